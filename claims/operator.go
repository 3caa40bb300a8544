package claims

import (
	"context"
	"time"
)

// operator is who works on the store itself, from the command line of the machine: no account, and no verdicts.
func operator(now time.Time) Actor { return Actor{Role: RoleAdmin, At: now} }

// Free ends a lease before its time, because its holder is gone. The draft stays. The holder finds the lease lost.
func Free(c Claim, why string, now time.Time) (Claim, Event, error) {
	if c.State != StateInReview {
		return c, Event{}, &StateError{Act: "free", From: c.State}
	}
	if err := checkNote("note", why); err != nil {
		return c, Event{}, err
	}
	next, e := c.back(EventFreed, operator(now), why)
	return next, e, nil
}

// Requeue puts a claim on the queue whatever it waits for: one that is parked, or that sources answer, one that was closed or retracted (as
// Reopen), or a published one, whose review is looked at again. What is under review stays with its reviewer, see Free, and so does a finding that
// waits for a second one.
func Requeue(c Claim, why string, now time.Time) (Claim, Event, error) {
	if err := checkText("reason", why, MaxNote); err != nil {
		return c, Event{}, err
	}
	who := operator(now)
	switch c.State {
	case StateParked, StateSourced:
		c.Expiries, c.Note = 0, why
		next, e := c.step(EventRequeued, c.waiting(), who, why)
		return next, e, nil
	case StatePublished:
		c.Note = why
		next, e := c.step(EventRequeued, StateNeedsUpdate, who, why)
		return next, e, nil
	case StateClosed, StateRetracted:
		return c.reopened(EventRequeued, who, why)
	}
	return c, Event{}, &StateError{Act: "requeue", From: c.State}
}

// Free ends the lease of a claim for the operator.
func (d *Desk) Free(ctx context.Context, id ID, why string) (Claim, error) {
	return d.change(ctx, id, Act{}, func(c Claim, now time.Time) (Claim, Event, error) { return Free(c, why, now) })
}

// Requeue puts a claim on the queue for the operator.
func (d *Desk) Requeue(ctx context.Context, id ID, why string) (Claim, error) {
	return d.change(ctx, id, Act{}, func(c Claim, now time.Time) (Claim, Event, error) { return Requeue(c, why, now) })
}
