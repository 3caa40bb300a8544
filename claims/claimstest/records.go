package claimstest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testGet(t *testing.T, s claims.Store, _ Options) {
	a, b := NewClaim(1, began()), NewClaim(2, began())
	absent := NewClaim(3, began()).ID
	file(t, s, a, b)
	got := get(t, s, b.ID, absent, a.ID, b.ID)
	if diff := cmp.Diff([]*claims.Claim{&b, nil, &a, &b}, got); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	if got := get(t, s); len(got) != 0 {
		t.Errorf("Get of nothing gave %v", got)
	}
	if _, err := s.Submission(t.Context(), claims.NewTicket()); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("Submission of an unknown ticket gave %v, want ErrNotFound", err)
	}
}

// state is all of a small store that a refused change could have touched.
type state struct {
	Claims []*claims.Claim
	Queue  []claims.ID
	Count  []int64
	Events []claims.Event
	Sent   bool
	Done   bool
}

func stateOf(t *testing.T, s claims.Store, ticket claims.Ticket, once string, ids ...claims.ID) state {
	t.Helper()
	counts := []int64{count(t, s, queue()...), count(t, s, claims.OfState(claims.StateQueued)...), count(t, s, claims.OfState(claims.StateClosed)...)}
	_, sent := s.Submission(t.Context(), ticket)
	if sent != nil && !errors.Is(sent, claims.ErrNotFound) {
		t.Fatalf("Submission: %v", sent)
	}
	_, done, err := s.Done(t.Context(), once)
	if err != nil {
		t.Fatalf("Done: %v", err)
	}
	return state{Claims: get(t, s, ids...), Queue: rangeAll(t, s, 10, queue()...), Count: counts, Events: eventsAll(t, s), Sent: sent == nil, Done: done}
}

func testWhole(t *testing.T, s claims.Store, _ Options) {
	a, b, c := NewClaim(1, began()), NewClaim(2, began()), NewClaim(3, began())
	file(t, s, a, b)
	ticket := claims.NewTicket()
	closed := func(c *claims.Claim) { c.State = claims.StateClosed }
	tests := []struct {
		name   string
		change func() claims.Change
	}{
		{"the first of two puts conflicts", func() claims.Change {
			return NewChange(put(next(a, nil), next(next(a, nil), closed)), put(b, next(b, closed)), put(claims.Claim{}, c))
		}},
		{"the last of two puts conflicts", func() claims.Change {
			return NewChange(put(a, next(a, closed)), put(claims.Claim{}, c), put(claims.Claim{}, b))
		}},
		{"the submission conflicts", func() claims.Change {
			change := NewChange(put(a, next(a, closed)))
			change.Submissions = []claims.Submission{{Schema: 1, Ticket: ticket, Version: 2, Claim: a.ID, Lang: "en", At: began()}}
			return change
		}},
	}
	for _, test := range tests {
		change := test.change()
		before := stateOf(t, s, ticket, change.Once[0].Key, a.ID, b.ID, c.ID)
		if err := s.Commit(t.Context(), change); !errors.Is(err, claims.ErrConflict) {
			t.Errorf("%s: Commit gave %v, want ErrConflict", test.name, err)
		}
		if diff := cmp.Diff(before, stateOf(t, s, ticket, change.Once[0].Key, a.ID, b.ID, c.ID)); diff != "" {
			t.Errorf("%s: the refused change left a trace (-before +after):\n%s", test.name, diff)
		}
	}

	change := NewChange(put(a, next(a, closed)), put(claims.Claim{}, c))
	change.Submissions = []claims.Submission{{Schema: 1, Ticket: ticket, Version: 1, Claim: a.ID, Lang: "en", At: began()}}
	commit(t, s, change)
	got := stateOf(t, s, ticket, change.Once[0].Key, a.ID, b.ID, c.ID)
	aClosed := next(a, closed)
	want := []*claims.Claim{&aClosed, &b, &c}
	if diff := cmp.Diff(want, got.Claims); diff != "" {
		t.Errorf("claims after the commit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{2, 2, 1}, got.Count); diff != "" || len(got.Events) != 4 || !got.Sent || !got.Done {
		t.Errorf("after the commit: counts (-want +got):\n%s%d events, submission %t, once key %t; want 4, true, true", diff, len(got.Events), got.Sent, got.Done)
	}
}

func testVersions(t *testing.T, s claims.Store, _ Options) {
	v1 := NewClaim(1, began())
	v2 := next(v1, func(c *claims.Claim) { c.Requests = 2 })
	v3 := next(v2, func(c *claims.Claim) { c.Requests = 3 })
	if err := s.Commit(t.Context(), NewChange(put(v1, v2))); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("version 2 where there is none: %v, want ErrConflict", err)
	}
	commit(t, s, NewChange(put(claims.Claim{}, v1)))
	if err := s.Commit(t.Context(), NewChange(put(claims.Claim{}, v1))); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("a new claim where there is one: %v, want ErrConflict", err)
	}
	commit(t, s, NewChange(put(v1, v2)))
	if err := s.Commit(t.Context(), NewChange(put(v1, v2))); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("a stale version: %v, want ErrConflict", err)
	}
	commit(t, s, NewChange(put(v2, v3)))
	if diff := cmp.Diff(&v3, get(t, s, v1.ID)[0]); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
}

func testSubmissions(t *testing.T, s claims.Store, _ Options) {
	v1 := claims.Submission{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: NewClaim(1, began()).ID, Lang: "en",
		Channel: "whatsapp", SeenIn: "family group", Forwarded: true, At: began()}
	v2 := v1
	v2.Version, v2.SeenIn, v2.Erased = 2, "", true
	v2.Feedback = []claims.Feedback{{Match: "https://www.who.int/", Opinion: "useful", At: began()}}
	of := func(subs ...claims.Submission) claims.Change {
		c := NewChange()
		c.Submissions = subs
		return c
	}
	commit(t, s, of(v1))
	for name, sub := range map[string]claims.Submission{"the same version": v1, "a version too far": {Schema: 1, Ticket: v1.Ticket, Version: 3}} {
		if err := s.Commit(t.Context(), of(sub)); !errors.Is(err, claims.ErrConflict) {
			t.Errorf("%s: %v, want ErrConflict", name, err)
		}
	}
	got, err := s.Submission(t.Context(), v1.Ticket)
	if diff := cmp.Diff(&v1, got); err != nil || diff != "" {
		t.Errorf("Submission: %v (-want +got):\n%s", err, diff)
	}
	commit(t, s, of(v2))
	got, err = s.Submission(t.Context(), v1.Ticket)
	if diff := cmp.Diff(&v2, got); err != nil || diff != "" {
		t.Errorf("Submission erased: %v (-want +got):\n%s", err, diff)
	}
}

func testMalformed(t *testing.T, s claims.Store, _ Options) {
	v1 := NewClaim(1, began())
	tests := []struct {
		name  string
		spoil func(c *claims.Change)
	}{
		{"no once key", func(c *claims.Change) { c.Once = nil }},
		{"an empty once key", func(c *claims.Change) { c.Once[0].Key = "" }},
		{"a once key twice", func(c *claims.Change) { c.Once = append(c.Once, c.Once[0]) }},
		{"a once key for a negative time", func(c *claims.Change) { c.Once[0].For = -time.Second }},
		{"no event", func(c *claims.Change) { c.Events = nil }},
		{"a once key of 201 bytes", func(c *claims.Change) { c.Once[0].Key = strings.Repeat("k", 201) }},
		{"a once value of 201 bytes", func(c *claims.Change) { c.Once[0].Value = strings.Repeat("v", 201) }},
		{"no id", func(c *claims.Change) { c.Puts[0].After.ID = "" }},
		{"a version that is not higher", func(c *claims.Change) { c.Puts[0].Before = &v1 }},
		{"a put from another claim", func(c *claims.Change) {
			other := NewClaim(2, began())
			c.Puts[0].Before, c.Puts[0].After.Version = &other, 2
		}},
		{"one claim twice", func(c *claims.Change) { c.Puts = append(c.Puts, put(v1, next(v1, nil))) }},
		{"one ticket twice", func(c *claims.Change) {
			c.Submissions = []claims.Submission{{Ticket: "T", Version: 1}, {Ticket: "T", Version: 2}}
		}},
		{"a submission without a ticket", func(c *claims.Change) { c.Submissions = []claims.Submission{{Version: 1}} }},
		{"an event of no claim", func(c *claims.Change) { c.Events[0].Claim = "" }},
	}
	for _, test := range tests {
		change := NewChange(put(claims.Claim{}, v1))
		test.spoil(&change)
		var invalid *claims.InvalidError
		if err := s.Commit(t.Context(), change); !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want an InvalidError", test.name, err)
		}
	}
	if _, seq := head(t, s); seq != 0 || get(t, s, v1.ID)[0] != nil {
		t.Errorf("refused changes left %d events, claim %v", seq, get(t, s, v1.ID)[0])
	}
}
