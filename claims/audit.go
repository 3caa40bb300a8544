package claims

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// Events gives up to limit events of all claims after a number, in order, and waits up to the given time where there are none yet. Only editors see
// the notes in them.
func (d *Desk) Events(ctx context.Context, who Account, after int64, limit int, wait time.Duration) ([]Event, error) {
	if !who.Is(RoleReviewer) {
		return nil, ErrForbidden
	}
	events, err := d.store.Events(ctx, after, limit, wait)
	if !who.Is(RoleEditor) {
		for i := range events {
			events[i].Note = ""
		}
	}
	return events, err
}

// Head gives the number of the last event.
func (d *Desk) Head(ctx context.Context) (int64, error) {
	_, seq, err := d.store.Head(ctx)
	return seq, err
}

// Audit calls f with the events of a period, in order: since is included, until is not, and a zero time leaves that side open. One that cannot be read,
// and so has no time, comes wherever the period comes by it. It is for editors and admins: events tell who did what. The error of f ends it.
func (d *Desk) Audit(ctx context.Context, who Account, since, until time.Time, f func(Event) error) error {
	if !who.Is(RoleEditor) && !who.Is(RoleAdmin) {
		return ErrForbidden
	}
	head, err := d.Head(ctx)
	if err != nil {
		return fmt.Errorf("claims: audit: %w", err)
	}
	after, err := d.before(ctx, head, since)
	if err != nil {
		return fmt.Errorf("claims: audit: %w", err)
	}
	for after < head {
		events, err := d.store.Events(ctx, after, logPage, 0)
		if err != nil {
			return fmt.Errorf("claims: audit: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		for _, e := range events {
			after = e.Seq
			if e.At.Before(since) && !e.At.IsZero() {
				continue
			}
			if !until.IsZero() && !e.At.Before(until.Add(skew)) || e.Seq > head {
				return nil
			}
			if !until.IsZero() && !e.At.Before(until) {
				continue
			}
			if err := f(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// skew is how much later than the next one an event may be in time: acts take their time from the store's clock before they are committed, and another
// machine may have become the store meanwhile, whose clock is off.
const skew = 15 * time.Minute

// before gives the number of an event behind which all of a period are: times rise with numbers, but for skew.
func (d *Desk) before(ctx context.Context, head int64, since time.Time) (int64, error) {
	if since.IsZero() {
		return 0, nil
	}
	var failed error
	first := sort.Search(int(head), func(n int) bool {
		if failed != nil {
			return true
		}
		at, err := d.timeAfter(ctx, int64(n))
		if err != nil {
			failed = err
		}
		return err != nil || at.IsZero() || !at.Before(since.Add(-skew))
	})
	return int64(first), failed
}

// timeAfter is the time of the first event behind a number that can be read, zero where there is none.
func (d *Desk) timeAfter(ctx context.Context, n int64) (time.Time, error) {
	for limit := 1; ; limit = logPage {
		events, err := d.store.Events(ctx, n, limit, 0)
		if err != nil || len(events) == 0 {
			return time.Time{}, err
		}
		for _, e := range events {
			if n = e.Seq; !e.At.IsZero() {
				return e.At, nil
			}
		}
	}
}
