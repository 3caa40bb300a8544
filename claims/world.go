package claims

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// A world is what several acts of one change make of the claims that they touch.
type world struct {
	desk        *Desk
	before, now map[ID]*Claim
	order       []ID
}

func (d *Desk) newWorld() *world {
	return &world{desk: d, before: map[ID]*Claim{}, now: map[ID]*Claim{}}
}

// chain is Desk.chain, as the acts before have left it.
func (w *world) chain(ctx context.Context, id ID) ([]Claim, error) {
	var out []Claim
	for range maxChain {
		c, read := w.now[id]
		if !read {
			cs, err := w.desk.store.Get(ctx, id)
			if err != nil {
				return nil, err
			}
			c = cs[0]
			w.before[id], w.now[id] = c, c
		}
		if c == nil {
			return out, nil
		}
		if len(out) > 0 && !slices.Contains(c.Merged, out[len(out)-1].ID) {
			return out, nil // its record was set aside, and the new one knows nothing of duplicates
		}
		if out = append(out, *c); !c.duplicate() {
			return out, nil
		}
		id = c.Closing.DuplicateOf
	}
	return nil, fmt.Errorf("claims: claim %s: more than %d duplicates of duplicates", id, maxChain)
}

// answering gives the claim that answers who asks in the words of a claim: the last of its chain, or what that is a duplicate of although it does not
// know of it. It is nil where there is none.
func (w *world) answering(ctx context.Context, id ID) (*Claim, error) {
	chain, err := w.chain(ctx, id)
	if err != nil || len(chain) == 0 {
		return nil, err
	}
	c := &chain[len(chain)-1]
	if !c.duplicate() {
		return c, nil
	}
	if c, err = w.desk.resolve(ctx, c.ID); errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return c, err
}

func (w *world) set(cs []Claim) {
	for _, c := range cs {
		if !slices.Contains(w.order, c.ID) {
			w.order = append(w.order, c.ID)
		}
		w.now[c.ID] = &c
	}
}

func (w *world) puts() []Put {
	var puts []Put
	for _, id := range w.order {
		puts = append(puts, Put{Before: w.before[id], After: *w.now[id]})
	}
	return puts
}

// chain gives a claim with those above it, each a duplicate of the next; it is empty where there is no such claim.
func (d *Desk) chain(ctx context.Context, id ID) ([]Claim, error) {
	return d.newWorld().chain(ctx, id)
}

// A reading is a caller who wants a claim with those above it.
type reading struct {
	read map[ID]*Claim
	err  error
}

// look gives what chain reads, and the claim that answers. Callers who meet over one claim read it once: what they are given is not changed.
func (d *Desk) look(ctx context.Context, id ID) (*world, *Claim, error) {
	r := &reading{err: ErrUnavailable}
	err := d.reads.meet(ctx, string(id), r, func(rs []*reading) {
		w := d.newWorld()
		_, err := w.chain(context.WithoutCancel(ctx), id)
		for _, r := range rs {
			r.read, r.err = w.before, err
		}
	})
	if err == nil {
		err = r.err
	}
	if err != nil {
		return nil, nil, err
	}
	w := &world{desk: d, before: maps.Clone(r.read), now: maps.Clone(r.read)}
	c, err := w.answering(ctx, id)
	return w, c, err
}
