package claimstest

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testEntries(t *testing.T, s claims.Store, _ Options) {
	queued := NewClaim(1, began())
	leased := next(queued, func(c *claims.Claim) {
		c.State = claims.StateInReview
		c.Lease = &claims.Lease{Holder: "a1", Token: 1, Until: began().Add(time.Hour)}
	})
	renewed := next(leased, func(c *claims.Claim) {
		c.Lease = &claims.Lease{Holder: "a1", Token: 1, Until: began().Add(2 * time.Hour)}
	})
	closed := next(renewed, func(c *claims.Claim) { c.State, c.Lease = claims.StateClosed, nil })
	other := NewClaim(2, began().Add(90*time.Minute))
	other.State, other.Lease = claims.StateInReview, &claims.Lease{Holder: "a1", Token: 1, Until: other.Priority.Due}
	file(t, s, other)

	names := []claims.Index{"nobody/knows"}
	steps := []claims.Claim{queued, leased, renewed, closed}
	for _, c := range append(steps, other) {
		for _, k := range claims.Keys(c) {
			if !slices.Contains(names, k.Index) {
				names = append(names, k.Index)
			}
		}
	}
	before := claims.Claim{}
	for _, c := range steps {
		commit(t, s, NewChange(put(before, c)))
		before = c
		counts, err := s.Count(t.Context(), names...)
		if err != nil {
			t.Fatalf("Count: %v", err)
		}
		for i, x := range names {
			want := expect([]claims.Claim{c, other}, x)
			if diff := gocmp.Diff(want, rangeAll(t, s, 1, x)); diff != "" {
				t.Errorf("%s, index %s (-want +got):\n%s", c.State, x, diff)
			}
			if counts[i] != int64(len(want)) {
				t.Errorf("%s, index %s: Count %d, want %d", c.State, x, counts[i], len(want))
			}
		}
	}
	if counts, err := s.Count(t.Context()); err != nil || len(counts) != 0 {
		t.Errorf("Count of nothing: %v, %v", counts, err)
	}
}

// expect is what indexes hold of some claims together: by score, then ID.
func expect(cs []claims.Claim, xs ...claims.Index) []claims.ID {
	type entry struct {
		score int64
		id    claims.ID
	}
	var entries []entry
	for _, c := range cs {
		for _, k := range claims.Keys(c) {
			if e := (entry{k.Score, c.ID}); slices.Contains(xs, k.Index) && !slices.Contains(entries, e) {
				entries = append(entries, e)
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.id, b.id)) })
	var ids []claims.ID
	for _, e := range entries {
		ids = append(ids, e.id)
	}
	return ids
}

func testRange(t *testing.T, s claims.Store, _ Options) {
	var cs []claims.Claim
	for i, ms := range []int64{0, -1, 1, -1 << 40, 1 << 40, -255, -256, -257, 255, 256, 1, -1} {
		cs = append(cs, NewClaim(i, time.UnixMilli(ms).UTC()))
	}
	file(t, s, cs...)
	waiting := claims.Keys(cs[0])[0].Index
	for _, limit := range []int{1, 5, len(cs), 100} {
		if diff := gocmp.Diff(expect(cs, waiting), rangeAll(t, s, limit, waiting)); diff != "" {
			t.Errorf("Range with limit %d (-want +got):\n%s", limit, diff)
		}
	}
	// A name that begins like another is another index.
	if ids, then, err := s.Range(t.Context(), "", 5, waiting[:3]); len(ids) != 0 || then != "" || err != nil {
		t.Errorf("Range of an index that holds nothing: %v, %q, %v", ids, then, err)
	}
	for _, wrong := range []claims.Cursor{"x", "zzzzzzzzzzzzzzzz:abc", "\x00", claims.Cursor(strings.Repeat("a", 10_000))} {
		var invalid *claims.InvalidError
		if _, _, err := s.Range(t.Context(), wrong, 5, waiting); !errors.As(err, &invalid) || invalid.Field != "cursor" {
			t.Errorf("Range after %.20q: %v, want an InvalidError of the cursor", wrong, err)
		}
	}
	var invalid *claims.InvalidError
	if _, _, err := s.Range(t.Context(), "", 0, waiting); !errors.As(err, &invalid) || invalid.Field != "limit" {
		t.Errorf("Range with limit 0: %v, want an InvalidError of the limit", err)
	}
}

func testPick(t *testing.T, s claims.Store, o Options) {
	const hold = 150 * time.Millisecond
	var cs []claims.Claim
	for i := range 6 {
		c := NewClaim(i, began().Add(time.Duration(i)*time.Second))
		if i%2 == 1 {
			c.Lang = "kk"
		}
		cs = append(cs, c)
	}
	file(t, s, cs...)
	all, kazakh := queue(), claims.Queue("", "kk")
	pick := func(n int, hold time.Duration, xs ...claims.Index) []claims.ID {
		t.Helper()
		ids, err := s.Pick(t.Context(), n, hold, xs...)
		if err != nil {
			t.Fatalf("Pick: %v", err)
		}
		return ids
	}
	steps := []struct {
		name string
		got  []claims.ID
		want []claims.ID
	}{
		{"nothing asked for", pick(0, time.Hour, all...), nil},
		{"no index", pick(1, time.Hour), nil},
		{"an empty index", pick(1, time.Hour, "nobody/knows"), nil},
		{"some indexes alone", pick(1, time.Hour, kazakh...), []claims.ID{cs[1].ID}},
		{"all indexes together", pick(3, time.Hour, all...), []claims.ID{cs[0].ID, cs[2].ID, cs[3].ID}},
		{"what is left, held shortly", pick(5, hold, all...), []claims.ID{cs[4].ID, cs[5].ID}},
		{"nothing left", pick(1, time.Hour, all...), nil},
	}
	for _, step := range steps {
		if diff := gocmp.Diff(step.want, step.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}

	if o.Advance != nil {
		o.Advance(t, s, hold)
	}
	var again []claims.ID
	for deadline := time.Now().Add(5 * time.Second); len(again) == 0 && time.Now().Before(deadline); {
		again = pick(5, time.Hour, all...)
	}
	if diff := gocmp.Diff([]claims.ID{cs[4].ID, cs[5].ID}, again); diff != "" {
		t.Errorf("after the hold (-want +got):\n%s", diff)
	}
	if got := rangeAll(t, s, 10, all...); len(got) != 6 {
		t.Errorf("Pick took claims out of the index: %d left of 6", len(got))
	}
}

func testPickSpread(t *testing.T, s claims.Store, _ Options) {
	const callers = 20
	var cs []claims.Claim
	for i := range callers {
		cs = append(cs, NewClaim(i, began()))
	}
	file(t, s, cs...)
	var mu sync.Mutex
	got := map[claims.ID]int{}
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			ids, err := s.Pick(t.Context(), 1, time.Hour, queue()...)
			if err != nil || len(ids) != 1 {
				t.Errorf("Pick: %v, %v", ids, err)
				return
			}
			mu.Lock()
			got[ids[0]]++
			mu.Unlock()
		})
	}
	all.Wait()
	if len(got) != callers {
		t.Errorf("%d callers got %d different claims", callers, len(got))
	}
}
