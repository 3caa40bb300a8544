package claims

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// changeAll applies an act to a claim with those above it, as change does to a claim alone.
func (d *Desk) changeAll(ctx context.Context, id ID, a Act, f func(chain []Claim, now time.Time) (Change, Claim, error)) (Claim, error) {
	end, err := d.turn(ctx, id)
	if err != nil {
		return Claim{}, err
	}
	defer end()
	once := a.once(id)
	for range attempts {
		if done, err := d.done(ctx, once, a.Key); err != nil || done {
			return d.seen(ctx, id, a.By, err)
		}
		c, now, err := d.read(ctx, id)
		if err != nil {
			return Claim{}, err
		}
		if a.Version != 0 && a.Version != c.Version {
			return c, fmt.Errorf("claims: %s is at version %d: %w", id, c.Version, ErrConflict)
		}
		chain := []Claim{c}
		if c.duplicate() {
			if chain, err = d.chain(ctx, id); err != nil {
				return c, err
			}
			if len(chain) == 0 {
				return c, fmt.Errorf("claims: claim %s: %w", id, ErrNotFound)
			}
		}
		change, made, err := f(chain, now)
		if err != nil {
			return c, err
		}
		change.Once = []Once{once}
		err = d.commit(ctx, change)
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case errors.Is(err, ErrDone):
			return d.again(ctx, id, a, err)
		}
		return made, err
	}
	return Claim{}, fmt.Errorf("claims: %s changed %d times under us: %w", id, attempts, ErrConflict)
}

// Duplicate closes a claim as a duplicate of another, or of what that is a duplicate of.
func (d *Desk) Duplicate(ctx context.Context, id ID, a Act, token int64, of ID) (Claim, error) {
	return d.changeAll(ctx, id, a, func(chain []Claim, now time.Time) (Change, Claim, error) {
		c := chain[0]
		target, err := d.resolve(ctx, of)
		if errors.Is(err, ErrNotFound) {
			err = &InvalidError{Field: "duplicateOf", Problem: ProblemUnknown}
		}
		if err != nil {
			return Change{}, c, err
		}
		closed, merged, events, err := Duplicate(c, *target, a.By, token, now)
		return Change{Puts: []Put{{Before: &c, After: closed}, {Before: target, After: merged}}, Events: events}, closed, err
	})
}

// Unmerge undoes Duplicate, and what joined by itself.
func (d *Desk) Unmerge(ctx context.Context, id ID, a Act, reason string) (Claim, error) {
	return d.changeAll(ctx, id, a, func(chain []Claim, now time.Time) (Change, Claim, error) {
		after, events, err := Unmerge(chain, a.By, reason, now)
		if err != nil {
			return Change{}, chain[0], err
		}
		var change Change
		change.move(chain)(after, events)
		return change, after[0], nil
	})
}

// Reject notes that another claim is not the same.
func (d *Desk) Reject(ctx context.Context, id ID, a Act, other ID) (Claim, error) {
	switch found, err := d.only(ctx, other); {
	case err != nil:
		return Claim{}, err
	case found == nil:
		return Claim{}, &InvalidError{Field: "claim", Problem: ProblemUnknown}
	}
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) { return Reject(c, a.By, other, now) })
}

// only gives the claim of an ID, nil where there is none, also where it is a duplicate.
func (d *Desk) only(ctx context.Context, id ID) (*Claim, error) {
	cs, err := d.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return cs[0], nil
}
