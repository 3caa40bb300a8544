package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
)

// Apply takes a batch wholly or not at all; on disk it is durable when Apply returns. An error of Document.Check, two documents of
// one ID and a context that has ended are refused before anything changes. Applying a batch twice is the same as once.
func (x *Index) Apply(ctx context.Context, b Batch) error {
	seen := map[string]bool{}
	for _, d := range b.Put {
		if err := d.Check(); err != nil {
			return err
		}
		if seen[d.ID] {
			return fmt.Errorf("index: document %q: twice in one batch", d.ID)
		}
		seen[d.ID] = true
	}
	if b.Empty() {
		return nil
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.stuck {
		return fmt.Errorf("index: apply: an earlier batch never ended: %w", ErrDamaged)
	}
	return x.read("apply", func(s snapshot) error {
		batch, err := x.batch(ctx, s, b)
		if err != nil {
			return err
		}
		return x.commit(batch)
	})
}

// patience is how long a batch may take, many times what the largest needs on a slow disk.
const patience = 2 * time.Minute

// commit hands a batch to bleve. A failure of bleve's own goroutines would make it wait for ever: then the index takes no more batches, goes on
// answering, and is found damaged at the next opening.
func (x *Index) commit(batch *bleve.Batch) error {
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() { done <- err }()
		defer x.guard("apply", &err)
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		err = x.bleve.Batch(batch)
	}()
	late := time.NewTimer(x.patience)
	defer late.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("index: apply: %w", err)
		}
		return nil
	case <-late.C:
		x.stuck = true
		x.log.Error("the index takes no more batches", "waited", x.patience.String())
		return fmt.Errorf("index: apply: no end after %s: %w", x.patience, ErrDamaged)
	}
}

// batch says in bleve's terms what b changes in a snapshot.
func (x *Index) batch(ctx context.Context, s snapshot, b Batch) (*bleve.Batch, error) {
	out := x.bleve.NewBatch()
	total, err := s.sums()
	if err != nil {
		return nil, err
	}
	gone, err := s.affected(ctx, b)
	if err != nil {
		return nil, err
	}
	for _, id := range gone {
		r, err := s.record(id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out.Delete(unit{id: id, sort: unitRecord}.key())
		for i := range r.Passages {
			out.Delete(unit{id, unitPassage, i}.key())
		}
		for i := range r.Heard {
			out.Delete(unit{id, unitHeard, i}.key())
		}
		total.add(r.Sums, -1)
	}
	for _, d := range b.Put {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		made, r, err := entries(d)
		if err != nil {
			return nil, err
		}
		for _, e := range made {
			if err := out.IndexAdvanced(e); err != nil {
				return nil, fmt.Errorf("index: document %q: %w", d.ID, err)
			}
		}
		total.add(r.Sums, 1)
	}
	text, err := json.Marshal(total)
	if err != nil {
		return nil, fmt.Errorf("index: sums: %w", err)
	}
	out.SetInternal([]byte(internalSums), text)
	for name, place := range b.Marks {
		out.SetInternal([]byte(internalMark+name), []byte(place))
	}
	return out, nil
}

// affected are the documents that a batch takes away or replaces, each once.
func (s snapshot) affected(ctx context.Context, b Batch) ([]string, error) {
	ids := slices.Clone(b.Delete)
	for _, d := range b.Put {
		ids = append(ids, d.ID)
	}
	if len(b.Clear) > 0 {
		groups, err := s.groups()
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if !slices.Contains(b.Clear, g.kind) {
				continue
			}
			found, err := s.members(ctx, g)
			if err != nil {
				return nil, err
			}
			ids = append(ids, found...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// members are the documents of a group.
func (s snapshot) members(ctx context.Context, g group) ([]string, error) {
	var numbers []uint64
	if err := s.postings(ctx, fieldGroup, g.term(), func(p posting) { numbers = append(numbers, p.unit) }); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(numbers))
	for _, n := range numbers {
		key, err := s.key(n)
		if err != nil {
			return nil, err
		}
		u, err := parseUnit(key)
		if err != nil {
			return nil, err
		}
		ids = append(ids, u.id)
	}
	return ids, nil
}
