package claimstest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testEvents(t *testing.T, s claims.Store, _ Options) {
	epoch, seq := head(t, s)
	if epoch == "" || seq != 0 {
		t.Errorf("Head of an empty store: %q, %d", epoch, seq)
	}
	if es, err := s.Events(t.Context(), 0, 10, 0); len(es) != 0 || err != nil {
		t.Errorf("Events of an empty store: %v, %v", es, err)
	}
	var want []claims.Event
	for i := range 5 {
		a, b := NewClaim(2*i, began()), NewClaim(2*i+1, began())
		change := NewChange(put(claims.Claim{}, a), put(claims.Claim{}, b))
		change.Events[1].Kind, change.Events[1].By, change.Events[1].Role = claims.EventTaken, "a1", claims.RoleReviewer
		commit(t, s, change)
		if change.Events[0].Seq != 0 {
			t.Error("Commit wrote to the caller's events")
		}
		for _, e := range change.Events {
			e.Seq = int64(len(want) + 1)
			want = append(want, e)
		}
	}
	if diff := cmp.Diff(want, eventsAll(t, s)); diff != "" {
		t.Errorf("Events (-want +got):\n%s", diff)
	}
	tests := []struct {
		after int64
		limit int
		want  []claims.Event
	}{
		{0, 3, want[:3]}, {3, 3, want[3:6]}, {8, 100, want[8:]}, {9, 1, want[9:]}, {10, 5, nil}, {1_000_000, 5, nil},
	}
	for _, test := range tests {
		got, err := s.Events(t.Context(), test.after, test.limit, 0)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("Events(%d, %d): %v (-want +got):\n%s", test.after, test.limit, err, diff)
		}
	}
	for name, call := range map[string]func() error{
		"limit": func() error { _, err := s.Events(t.Context(), 0, 0, 0); return err },
		"after": func() error { _, err := s.Events(t.Context(), -1, 10, 0); return err },
	} {
		var invalid *claims.InvalidError
		if err := call(); !errors.As(err, &invalid) || invalid.Field != name {
			t.Errorf("Events with a wrong %s: %v, want an InvalidError of it", name, err)
		}
	}
	if again, seq := head(t, s); again != epoch || seq != 10 {
		t.Errorf("Head: %q, %d, want %q, 10", again, seq, epoch)
	}
}

func testEventsWait(t *testing.T, s claims.Store, _ Options) {
	type answer struct {
		events []claims.Event
		err    error
	}
	for i, after := range []int64{0, 1} {
		answered := make(chan answer, 1)
		started := make(chan struct{})
		go func() {
			close(started)
			es, err := s.Events(t.Context(), after, 10, 30*time.Second)
			answered <- answer{es, err}
		}()
		<-started
		commit(t, s, NewChange(put(claims.Claim{}, NewClaim(i, began()))))
		select {
		case a := <-answered:
			if a.err != nil || len(a.events) != 1 || a.events[0].Seq != after+1 {
				t.Errorf("Events after %d: %v, %v, want number %d", after, a.events, a.err, after+1)
			}
		case <-time.After(time.Second):
			t.Fatalf("Events after %d still waits a second after the commit", after)
		}
	}
	// There is one already: no waiting. There is none: not longer than asked.
	if es, err := s.Events(t.Context(), 1, 10, time.Hour); err != nil || len(es) != 1 {
		t.Errorf("Events that are there: %v, %v", es, err)
	}
	if es, err := s.Events(t.Context(), 2, 10, 20*time.Millisecond); err != nil || len(es) != 0 {
		t.Errorf("Events that never come: %v, %v", es, err)
	}
}

func testHistory(t *testing.T, s claims.Store, _ Options) {
	a, b := NewClaim(1, began()), NewClaim(2, began())
	a2 := next(a, func(c *claims.Claim) { c.State = claims.StateParked })
	commit(t, s, NewChange(put(claims.Claim{}, a)))
	commit(t, s, NewChange(put(claims.Claim{}, b)))
	change := NewChange(put(a, a2))
	change.Events = append(change.Events, claims.Event{Kind: claims.EventEscalated, Claim: a.ID, To: a2.State, At: began()})
	commit(t, s, change)
	for id, want := range map[claims.ID][]int64{a.ID: {1, 3, 4}, b.ID: {2}, NewClaim(3, began()).ID: nil} {
		es, err := s.History(t.Context(), id)
		var got []int64
		for _, e := range es {
			got = append(got, e.Seq)
			if e.Claim != id {
				t.Errorf("History of %s has an event of %s", id, e.Claim)
			}
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("History of %s: %v (-want +got):\n%s", id, err, diff)
		}
	}
}
