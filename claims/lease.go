package claims

import "time"

// MaxExpiries is how many leases may run out before the claim is parked for an editor.
const MaxExpiries = 5

// Take leases a claim to a reviewer for a time. Parked and escalated claims are for editors. Taking what one already holds renews it.
// It gives ErrLeaseHeld, ErrForbidden or a *StateError.
func Take(c Claim, who Account, now time.Time, d time.Duration) (Claim, Event, error) {
	now = Clean(now)
	editorsOnly := c.Escalated || c.State == StateParked
	if !who.Is(RoleReviewer) || editorsOnly && !who.Is(RoleEditor) {
		return c, Event{}, ErrForbidden
	}
	switch c.State {
	case StateQueued, StateNeedsUpdate, StateSourced, StateParked:
	case StateInReview:
		if l := c.LeaseAt(now); l != nil && l.Holder == who.ID {
			return Renew(c, who, l.Token, now, d)
		}
		return c, Event{}, ErrLeaseHeld
	default:
		return c, Event{}, &StateError{Act: "take", From: c.State}
	}
	if c.State == StateParked {
		c.Expiries = 0
	}
	c.Leases++
	next, e := c.step(EventTaken, StateInReview, by(who, now), "")
	next.Lease = &Lease{Holder: who.ID, Token: c.Leases, Until: now.Add(d)}
	return next, e, nil
}

// held reports why somebody who acts under a token may not: ErrLeaseLost, ErrForbidden, or a *StateError when the claim is not under review.
func (c Claim) held(act string, who Account, token int64, now time.Time) error {
	if !who.Is(RoleReviewer) || c.Escalated && !who.Is(RoleEditor) {
		return ErrForbidden
	}
	if c.State != StateInReview {
		if token > 0 && token <= c.Leases {
			return ErrLeaseLost
		}
		return &StateError{Act: act, From: c.State}
	}
	if l := c.LeaseAt(now); l == nil || l.Holder != who.ID || l.Token != token {
		return ErrLeaseLost
	}
	return nil
}

// Renew makes a lease last its time again from now.
func Renew(c Claim, who Account, token int64, now time.Time, d time.Duration) (Claim, Event, error) {
	if err := c.held("renew", who, token, now); err != nil {
		return c, Event{}, err
	}
	next, e := c.step(EventRenewed, StateInReview, by(who, now), "")
	next.Lease = &Lease{Holder: who.ID, Token: token, Until: Clean(now).Add(d)}
	return next, e, nil
}

// Release gives a claim back to the queue. The draft stays for whoever takes it next.
func Release(c Claim, who Account, token int64, note string, now time.Time) (Claim, Event, error) {
	if err := c.held("release", who, token, now); err != nil {
		return c, Event{}, err
	}
	if err := checkNote("note", note); err != nil {
		return c, Event{}, err
	}
	if note != "" {
		c.Note = note
	}
	next, e := c.back(EventReleased, by(who, now), note)
	return next, e, nil
}

// Expire gives a claim back whose lease has run out; the fifth time it is parked for an editor.
func Expire(c Claim, now time.Time) (Claim, Event, error) {
	if c.State != StateInReview || c.LeaseAt(now) != nil {
		return c, Event{}, &StateError{Act: "expire", From: c.State}
	}
	c.Expiries++
	if c.Expiries >= MaxExpiries {
		next, e := c.step(EventParked, StateParked, Actor{At: now}, "")
		return next, e, nil
	}
	next, e := c.back(EventExpired, Actor{At: now}, "")
	return next, e, nil
}

// back lets a claim wait again, or ends it where everybody who asked has taken the question back meanwhile.
func (c Claim) back(kind EventKind, who Actor, note string) (Claim, Event) {
	if c.Asking == 0 && c.Review == nil {
		return c.abandoned(who)
	}
	return c.step(kind, c.waiting(), who, note)
}

// Save keeps a draft with the claim; its state stays.
func Save(c Claim, who Account, token int64, d Draft, now time.Time) (Claim, Event, error) {
	if err := c.held("save", who, token, now); err != nil {
		return c, Event{}, err
	}
	d.Author, d.At = who.ID, Clean(now)
	c.Draft = &d
	next, e := c.step(EventSaved, StateInReview, by(who, now), "")
	return next, e, nil
}
