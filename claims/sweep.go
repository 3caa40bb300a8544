package claims

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// expire gives a claim back whose lease has run out, else it gives a *StateError.
func (d *Desk) expire(ctx context.Context, id ID) error {
	_, err := d.change(ctx, id, Act{}, Expire)
	return err
}

// sweepAtOnce bounds what one sweep does, so that a backlog does not hold up the next tick.
const sweepAtOnce = 200

// Sweep expires the leases that have run out and puts the reviews whose date to look again has come on the queue. It reports how many of
// each. Many desks may sweep one store: who comes second changes nothing.
func (d *Desk) Sweep(ctx context.Context) (leases, rechecks int, err error) {
	leases, err = d.sweep(ctx, IndexLeases, func(c Claim, now time.Time) bool {
		return c.State == StateInReview && c.LeaseAt(now) == nil
	}, Expire)
	if err != nil {
		return leases, 0, err
	}
	rechecks, err = d.sweep(ctx, IndexRecheck, func(c Claim, now time.Time) bool {
		return c.State == StatePublished && !c.Review.ValidUntil.After(now)
	}, func(c Claim, now time.Time) (Claim, Event, error) {
		return NeedsUpdate(c, Account{}, "", now)
	})
	return leases, rechecks, err
}

// sweep applies a transition to the claims at the head of an index for which it is time. Records that cannot be read are passed over.
func (d *Desk) sweep(ctx context.Context, x Index, due func(Claim, time.Time) bool, f func(Claim, time.Time) (Claim, Event, error)) (int, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	n, after := 0, Cursor("")
	for {
		ids, next, err := d.store.Range(ctx, after, sweepAtOnce, x)
		if err != nil {
			return n, err
		}
		cs, err := d.store.Get(ctx, ids...)
		if err != nil {
			return n, err
		}
		for _, c := range cs {
			switch {
			case c == nil:
				continue
			case !due(*c, now) || n == sweepAtOnce:
				return n, nil
			}
			switch _, err := d.change(ctx, c.ID, Act{}, f); {
			case err == nil:
				n++
			case !skippable(err):
				return n, err
			}
		}
		if after = next; next == "" {
			return n, nil
		}
	}
}

// Run sweeps about every period until ctx ends, and then gives nil. A store that fails is tried again with the next tick.
func (d *Desk) Run(ctx context.Context, every time.Duration) error {
	failing := false
	for {
		pause := every/2 + rand.N(every)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		leases, rechecks, err := d.Sweep(ctx)
		switch {
		case err != nil && errors.Is(err, context.Canceled):
			return nil
		case err != nil && !failing:
			d.log.WarnContext(ctx, "sweep failed, will try again", "error", err)
		case leases+rechecks > 0:
			d.log.InfoContext(ctx, "swept", "leases", leases, "rechecks", rechecks)
		}
		failing = err != nil
	}
}
