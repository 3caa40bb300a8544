package claimstest

import (
	"testing"
	"time"

	"dalel/claims"
)

// testPaging pages through ten thousand claims that are due at one moment, in twelve indexes together, while some of them move: a claim that does
// not is given once.
func testPaging(t *testing.T, s claims.Store, _ Options) {
	const total, page, moving = 10_000, 250, 400 // one of so many moves at each step
	languages, bands := []string{"en", "kk", "ru"}, claims.Bands()
	cs := make([]claims.Claim, total)
	for i := range cs {
		cs[i] = NewClaim(i, began())
		cs[i].Lang, cs[i].Priority.Band = languages[i%len(languages)], bands[i/len(languages)%len(bands)]
	}
	file(t, s, cs...)
	if n := count(t, s, queue()...); n != total {
		t.Fatalf("the queue counts %d, want %d", n, total)
	}

	moves := []func(c *claims.Claim){
		func(c *claims.Claim) { c.State = claims.StateClosed },
		func(c *claims.Claim) { c.Priority.Due = c.Priority.Due.Add(-time.Hour) },
		func(c *claims.Claim) { c.Priority.Due = c.Priority.Due.Add(time.Hour) },
		func(c *claims.Claim) { c.Priority.Band = otherBand(c.Priority.Band) },
		func(c *claims.Claim) { c.State = claims.StateNeedsUpdate },
	}
	seen, moved := map[claims.ID]int{}, map[claims.ID]bool{}
	var at claims.Cursor
	for step := 0; ; step++ {
		ids, then, err := s.Range(t.Context(), at, page, queue()...)
		if err != nil {
			t.Fatalf("Range: %v", err)
		}
		for _, id := range ids {
			seen[id]++
		}
		if then == "" {
			break
		}
		at = then
		var puts []claims.Put
		for i := step; i < total && step < moving; i += moving {
			moved[cs[i].ID] = true
			puts = append(puts, put(cs[i], next(cs[i], moves[i%len(moves)])))
		}
		commit(t, s, NewChange(puts...))
	}
	wrong := 0
	for _, c := range cs {
		if n := seen[c.ID]; n != 1 && !moved[c.ID] {
			if wrong++; wrong < 10 {
				t.Errorf("claim %s stayed where it was and was given %d times", c.ID, n)
			}
		}
	}
	if len(moved) < 500 || len(moved) > total/2 {
		t.Errorf("%d claims moved of %d: the test tests nothing", len(moved), total)
	}
}

func otherBand(b claims.Band) claims.Band {
	if b == claims.P1 {
		return claims.P2
	}
	return claims.P1
}
