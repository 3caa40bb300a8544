package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dalel/claims"
)

// An act is one thing that somebody does to a claim, under one once key.
type act struct {
	key    string
	claim  claims.ID
	by     string
	ticket claims.Ticket // of a question

	// step is the transition: from the claim as it is, nil where there is none. An error says that it may not be.
	step func(c *claims.Claim, now time.Time) (claims.Claim, claims.Event, *claims.Submission, error)
}

// How often a commit that was not answered is made again at once, as the desk does it, and how long somebody waits who was told that the store is
// not available.
const (
	unsureAttempts = 3
	comeBack       = 20 * time.Millisecond
)

// errRefused is what a transition said.
type errRefused struct{ error }

func (e errRefused) Unwrap() error { return e.error }

// do makes an act as a desk and its caller do: a commit that was not answered is made again with the same change; whoever is told that the store
// is not available comes back with the same once key, and is told where it was done meanwhile. It gives the claim after it, or what the
// transition said against it, as errRefused, or the context's error: then nobody knows whether it was made.
func (c *crowd) do(ctx context.Context, a act) (claims.Claim, error) {
	for again := false; ; again = true {
		began := time.Now()
		after, made, err := c.attempt(ctx, a, again)
		var refused errRefused
		switch {
		case err == nil:
			d := deed{Claim: a.claim, Kind: made.Kind, By: a.by, Version: made.After, Ticket: a.ticket}
			c.ledger.acknowledged(d, began, made.After > 0)
			return after, nil
		case errors.As(err, &refused):
			return after, err
		case ctx.Err() != nil:
			c.ledger.unknown(a)
			return after, ctx.Err()
		case errors.Is(err, claims.ErrConflict):
			continue
		case !errors.Is(err, claims.ErrUnavailable):
			c.ledger.odd(err)
		}
		if pause(ctx, comeBack) != nil {
			c.ledger.unknown(a)
			return after, ctx.Err()
		}
	}
}

// attempt tries an act from its beginning. The event is what was committed; it is empty where the act had been done before.
func (c *crowd) attempt(ctx context.Context, a act, again bool) (after claims.Claim, made claims.Event, err error) {
	known := false
	if again {
		err = c.call(func() error {
			_, known, err = c.store.Done(ctx, a.key)
			return err
		})
		if err != nil {
			return after, made, err
		}
	}
	before, now, err := c.read(ctx, a.claim)
	if err != nil {
		return after, made, err
	}
	if known {
		return seen(before, a)
	}
	after, event, submission, err := a.step(before, now)
	if err != nil {
		return after, made, errRefused{err}
	}
	change := claims.Change{Puts: []claims.Put{{Before: before, After: after}}, Events: []claims.Event{event}, Once: []claims.Once{{Key: a.key}}}
	if submission != nil {
		change.Submissions = []claims.Submission{*submission}
	}
	err = c.commit(ctx, change)
	if !errors.Is(err, claims.ErrDone) {
		return after, event, err
	}
	if before, _, err = c.read(ctx, a.claim); err != nil {
		return after, made, err
	}
	return seen(before, a)
}

// seen is the answer to an act that was done before: the claim as it stands.
func seen(c *claims.Claim, a act) (claims.Claim, claims.Event, error) {
	if c == nil {
		return claims.Claim{}, claims.Event{}, fmt.Errorf("faults: an act on claim %s is done, and the claim is not there", a.claim)
	}
	return *c, claims.Event{}, nil
}

// read gives a claim, nil where there is none, and the store's time.
func (c *crowd) read(ctx context.Context, id claims.ID) (found *claims.Claim, now time.Time, err error) {
	err = c.call(func() error {
		now, err = c.store.Now(ctx)
		return err
	})
	if err != nil {
		return nil, now, err
	}
	err = c.call(func() error {
		cs, err := c.store.Get(ctx, id)
		if err == nil {
			found = cs[0]
		}
		return err
	})
	return found, now, err
}

// commit makes a change, the same again where the store did not say whether it was made.
func (c *crowd) commit(ctx context.Context, change claims.Change) error {
	for range unsureAttempts {
		err := c.call(func() error { return c.store.Commit(ctx, change) })
		if !errors.Is(err, claims.ErrUnsure) {
			return err
		}
		c.ledger.notAnswered()
	}
	return fmt.Errorf("faults: commit: %w", claims.ErrUnavailable)
}

// call asks the store, and notes how long it took to fail.
func (c *crowd) call(f func() error) error {
	began := time.Now()
	err := f()
	if errors.Is(err, claims.ErrUnavailable) || errors.Is(err, claims.ErrUnsure) {
		c.ledger.unavailable(began)
	}
	return err
}
