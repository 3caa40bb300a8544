package claimstest

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"dalel/claims"
)

// began is when the made-up claims were first seen.
func began() time.Time {
	return time.Date(2021, time.February, 1, 9, 30, 0, int(250*time.Millisecond), time.UTC)
}

// NewClaim is a made-up claim as it is first stored: it waits in the queue until a due time. Equal numbers are the same claim.
func NewClaim(n int, due time.Time) claims.Claim {
	text := fmt.Sprintf("Rumour number %d says that hot tea cures it", n)
	return claims.Claim{Schema: 1, ID: claims.IDOf("en", text), Version: 1, State: claims.StateQueued, Lang: "en", Text: text,
		Requests: 1, FirstSeen: began(), LastSeen: began(), Priority: claims.Priority{Band: claims.P3, Due: due}}
}

// next is the claim's next version, changed by f.
func next(c claims.Claim, f func(c *claims.Claim)) claims.Claim {
	c.Version++
	if f != nil {
		f(&c)
	}
	return c
}

// put replaces before by after; a zero before is none.
func put(before, after claims.Claim) claims.Put {
	if before.Version == 0 {
		return claims.Put{After: after}
	}
	return claims.Put{Before: &before, After: after}
}

// NewChange is a change of these puts, with an event for each version that a claim gets and a once key of its own. Without any put it has the event that every change must
// have, one of the claim number 0.
func NewChange(puts ...claims.Put) claims.Change {
	c := claims.Change{Puts: puts, Once: []claims.Once{{Key: "test/" + rand.Text()}}}
	if len(puts) == 0 {
		c.Events = []claims.Event{{Kind: claims.EventFeedback, Claim: NewClaim(0, began()).ID, To: claims.StateQueued, At: began()}}
	}
	for _, p := range puts {
		e := claims.Event{Kind: claims.EventSubmitted, Claim: p.After.ID, To: p.After.State, At: began()}
		if p.Before != nil {
			e.From, e.Before = p.Before.State, p.Before.Version
		}
		for e.After = e.Before + 1; e.After <= p.After.Version; e.After++ {
			c.Events = append(c.Events, e)
			e.From, e.Before = e.To, e.After
		}
	}
	return c
}

// queue is the whole queue, all of its indexes.
func queue() []claims.Index { return claims.Queue("") }

// commit makes a change that nothing stands against.
func commit(t testing.TB, s claims.Store, c claims.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// file stores new claims, many at a time.
func file(t testing.TB, s claims.Store, cs ...claims.Claim) {
	t.Helper()
	const at = 500
	for len(cs) > 0 {
		var puts []claims.Put
		for _, c := range cs[:min(at, len(cs))] {
			puts = append(puts, claims.Put{After: c})
		}
		commit(t, s, NewChange(puts...))
		cs = cs[len(puts):]
	}
}

func get(t testing.TB, s claims.Store, ids ...claims.ID) []*claims.Claim {
	t.Helper()
	got, err := s.Get(t.Context(), ids...)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if len(got) != len(ids) {
		t.Fatalf("Get of %d gave %d", len(ids), len(got))
	}
	return got
}

// rangeAll reads indexes together to their end in pages.
func rangeAll(t testing.TB, s claims.Store, limit int, xs ...claims.Index) []claims.ID {
	t.Helper()
	var all []claims.ID
	var at claims.Cursor
	for {
		ids, then, err := s.Range(t.Context(), at, limit, xs...)
		if err != nil {
			t.Fatalf("Range %s after %q: %v", xs, at, err)
		}
		if len(ids) > limit {
			t.Fatalf("Range %s gave %d, more than the limit of %d", xs, len(ids), limit)
		}
		all = append(all, ids...)
		if then == "" {
			return all
		}
		if len(ids) == 0 || then == at {
			t.Fatalf("Range %s after %q gave %d and the cursor %q: it would never end", xs, at, len(ids), then)
		}
		at = then
	}
}

// eventsAll reads the log to its end in pages.
func eventsAll(t testing.TB, s claims.Store) []claims.Event {
	t.Helper()
	var all []claims.Event
	for {
		after := int64(0)
		if len(all) > 0 {
			after = all[len(all)-1].Seq
		}
		es, err := s.Events(t.Context(), after, 37, 0)
		if err != nil {
			t.Fatalf("Events after %d: %v", after, err)
		}
		if len(es) == 0 {
			return all
		}
		all = append(all, es...)
	}
}

// count is how many claims some indexes hold together.
func count(t testing.TB, s claims.Store, xs ...claims.Index) (sum int64) {
	t.Helper()
	ns, err := s.Count(t.Context(), xs...)
	if err != nil || len(ns) != len(xs) {
		t.Fatalf("Count of %d indexes: %v, %v", len(xs), ns, err)
	}
	for _, n := range ns {
		sum += n
	}
	return sum
}

func head(t testing.TB, s claims.Store) (string, int64) {
	t.Helper()
	epoch, seq, err := s.Head(t.Context())
	if err != nil {
		t.Fatalf("Head: %v", err)
	}
	return epoch, seq
}
