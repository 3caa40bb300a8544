package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"dalel/claims"
)

// A record is what a store has in the end.
type record struct {
	events  map[version]told
	tickets map[claims.Ticket]claims.ID
	closed  int // claims that were closed more than once, although nobody opens them again
}

// told is what the log tells of an act.
type told struct {
	kind claims.EventKind
	by   string
}

// A version is a claim as one act has left it.
type version struct {
	claim claims.ID
	n     int64
}

// readRecord reads the log and the submissions.
func readRecord(ctx context.Context, s claims.Store) (record, error) {
	r := record{events: map[version]told{}, tickets: map[claims.Ticket]claims.ID{}}
	closings := map[claims.ID]int{}
	const page = 1000
	for after := int64(0); ; {
		entries, err := s.Log(ctx, after, page)
		if err != nil {
			return r, fmt.Errorf("faults: read back: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		for _, entry := range entries {
			after = entry.Number
			var e claims.Event
			if json.Unmarshal(entry.Record, &e) != nil {
				continue // Inspect tells
			}
			r.events[version{e.Claim, e.After}] = told{e.Kind, e.By}
			if e.Kind == claims.EventClosed {
				if closings[e.Claim]++; closings[e.Claim] == 2 {
					r.closed++
				}
			}
		}
	}
	err := s.Each(ctx, claims.ItemSubmission, func(item claims.Item) error {
		var sent claims.Submission
		if err := json.Unmarshal(item.Data, &sent); err != nil {
			return fmt.Errorf("faults: a submission: %w", err)
		}
		r.tickets[claims.Ticket(item.Name)] = sent.Claim
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("faults: read back: %w", err)
	}
	return r, nil
}

// lost reports an acknowledged act that the store does not have.
func (r record) lost(d deed) bool {
	if d.Ticket != "" && r.tickets[d.Ticket] != d.Claim {
		return true
	}
	if d.Version == 0 {
		return false // the store did not say which version it was
	}
	e, there := r.events[version{d.Claim, d.Version}]
	return !there || e != (told{d.Kind, d.By})
}

// readBack holds all that a crowd was told against what the store has, and the store against itself.
func (v *verdict) readBack(ctx context.Context, s claims.Store, l *ledger) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, err := readRecord(ctx, s)
	if err != nil {
		return err
	}
	lost, asked := 0, 0
	var example deed
	for _, d := range l.deeds {
		if d.Ticket != "" {
			asked++
		}
		if r.lost(d) {
			lost++
			example = d
		}
	}
	kept, keptAsked, err := l.kept(ctx, s)
	if err != nil {
		return err
	}
	v.count("acknowledged", len(l.deeds))
	v.count("lost", lost)
	v.count("questions_acknowledged", asked)
	v.count("questions_counted", len(r.tickets))
	if !l.partial {
		v.count("leases_lost", l.leases)
		v.count("unanswered_commits", l.unsure)
		v.count("failed_calls", l.failed)
		v.count("never_acknowledged", len(l.open))
		v.count("never_acknowledged_kept", kept)
	}
	if lost > 0 {
		v.problem("%d of %d acknowledged acts are lost, as %s", lost, len(l.deeds), example)
	}
	if len(l.deeds) == 0 {
		v.problem("nothing was acknowledged, so nothing was tried")
	}
	if made := asked + keptAsked; len(r.tickets) < made || len(r.tickets) > made && !l.partial {
		v.problem("%d questions are counted; %d were acknowledged, and %d others made", len(r.tickets), asked, keptAsked)
	}
	if l.leases > 0 {
		v.problem("%d leases were lost", l.leases)
	}
	if r.closed > 0 {
		v.problem("%d claims were decided twice", r.closed)
	}
	for text, n := range l.strange {
		v.problem("%d times: %s", n, text)
	}
	return v.inspect(ctx, s)
}

// kept counts the acts that were never acknowledged and are there all the same, and the questions among them.
func (l *ledger) kept(ctx context.Context, s claims.Store) (kept, asked int, err error) {
	for _, a := range l.open {
		_, known, err := s.Done(ctx, a.key)
		if err != nil {
			return kept, asked, fmt.Errorf("faults: read back: %w", err)
		}
		if !known {
			continue
		}
		kept++
		if a.ticket != "" {
			asked++
		}
	}
	return kept, asked, nil
}

// inspect holds the store against itself: numbers, links, index entries, versions, histories, demand.
func (v *verdict) inspect(ctx context.Context, s claims.Store) error {
	found, err := claims.Inspect(ctx, s, false, nil)
	if err != nil {
		return err
	}
	_, head, err := s.Head(ctx)
	if err != nil {
		return errors.Join(errors.New("faults: read back"), err)
	}
	v.count("events", int(found.Events))
	v.count("flaws", len(found.Flaws))
	if found.Events != head {
		v.problem("the log has %d events and says %d", found.Events, head)
	}
	for i, f := range found.Flaws {
		if i == 3 {
			v.problem("and %d other flaws", len(found.Flaws)-i)
			break
		}
		v.problem("%s of %s: %s", f.Kind, f.Name, f.Detail)
	}
	return nil
}
