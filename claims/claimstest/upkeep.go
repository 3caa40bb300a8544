package claimstest

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

var errEnough = errors.New("enough")

func testEach(t *testing.T, s claims.Store, _ Options) {
	const total = 1_100 // more than one reading gives
	var cs []claims.Claim
	for i := range total {
		cs = append(cs, NewClaim(i, began()))
	}
	file(t, s, cs...)
	second := next(cs[0], func(c *claims.Claim) { c.Version = 5 })
	change := NewChange(put(cs[0], second))
	change.Submissions = []claims.Submission{{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: second.ID, Lang: "kk", At: began()}}
	commit(t, s, change)
	cs[0] = second

	got := itemsOf(t, s, claims.ItemClaim)
	for _, want := range cs {
		item := got[string(want.ID)]
		c, err := claims.DecodeClaim(item.Data, want.ID, item.Version)
		if diff := cmp.Diff(&want, c); err != nil || diff != "" {
			t.Fatalf("Each of claims: %v (-want +got):\n%s", err, diff)
		}
	}
	subs := itemsOf(t, s, claims.ItemSubmission)
	item := subs[string(change.Submissions[0].Ticket)]
	sub, err := claims.DecodeSubmission(item.Data, change.Submissions[0].Ticket, item.Version)
	if diff := cmp.Diff(&change.Submissions[0], sub); err != nil || diff != "" || len(got) != total || len(subs) != 1 {
		t.Errorf("Each gives %d claims, %d submissions: %v (-want +got):\n%s", len(got), len(subs), err, diff)
	}

	calls := 0
	err = s.Each(t.Context(), claims.ItemClaim, func(claims.Item) error { calls++; return errEnough })
	if !errors.Is(err, errEnough) || calls != 1 {
		t.Errorf("Each whose function fails: %v after %d calls", err, calls)
	}
	var invalid *claims.InvalidError
	for _, kind := range []claims.ItemKind{"", "nobody/knows", claims.ItemEvent} {
		err := s.Each(t.Context(), kind, func(claims.Item) error { return nil })
		if !errors.As(err, &invalid) || invalid.Field != "kind" {
			t.Errorf("Each of %q: %v, want an InvalidError of the kind", kind, err)
		}
	}
}

func testMend(t *testing.T, s claims.Store, _ Options) {
	a, b := NewClaim(1, began()), NewClaim(2, began())
	file(t, s, a, b)
	a2 := next(a, nil)
	commit(t, s, NewChange(put(a, a2)))
	sound := claims.Keys(a)
	wrong := []claims.Key{{Index: claims.IndexLeases, Score: -7}, {Index: "mine/ү", Score: 1 << 60}}
	entries := func() map[claims.Entry]bool {
		t.Helper()
		got := map[claims.Entry]bool{}
		if err := s.Entries(t.Context(), func(e claims.Entry) error { got[e] = true; return nil }); err != nil {
			t.Fatalf("Entries: %v", err)
		}
		return got
	}
	before := entries()
	for _, version := range []int64{0, 1, 3} {
		if err := s.Mend(t.Context(), a.ID, version, sound, wrong); !errors.Is(err, claims.ErrConflict) {
			t.Errorf("Mend of version %d where 2 is stored: %v, want ErrConflict", version, err)
		}
	}
	if diff := cmp.Diff(before, entries()); diff != "" {
		t.Errorf("a refused Mend left a trace (-before +after):\n%s", diff)
	}
	mend := func(id claims.ID, version int64, gone, come []claims.Key) {
		t.Helper()
		if err := s.Mend(t.Context(), id, version, gone, come); err != nil {
			t.Errorf("Mend: %v", err)
		}
	}
	want := maps.Clone(before)
	for range 2 { // what is there already, or gone, is not counted again
		mend(a.ID, 2, sound, wrong)
		mend("absent", 0, nil, wrong[:1])
		delete(want, claims.Entry{Key: sound[0], Claim: a.ID})
		for _, e := range []claims.Entry{{Key: wrong[0], Claim: a.ID}, {Key: wrong[1], Claim: a.ID}, {Key: wrong[0], Claim: "absent"}} {
			want[e] = true
		}
		if diff := cmp.Diff(want, entries()); diff != "" {
			t.Errorf("Entries after Mend (-want +got):\n%s", diff)
		}
		counts, err := s.Count(t.Context(), sound[0].Index, wrong[0].Index, wrong[1].Index)
		if diff := cmp.Diff([]int64{1, 2, 1}, counts); err != nil || diff != "" {
			t.Errorf("Count after Mend: %v (-want +got):\n%s", err, diff)
		}
		if got := rangeAll(t, s, 5, wrong[0].Index); !slices.Equal(got, slices.Sorted(slices.Values([]claims.ID{a.ID, "absent"}))) {
			t.Errorf("Range after Mend: %v", got)
		}
	}
	mend(a.ID, 2, wrong, sound)
	mend("absent", 0, wrong, nil)
	if diff := cmp.Diff(before, entries()); diff != "" {
		t.Errorf("Entries when all was mended (-want +got):\n%s", diff)
	}
	if err := s.Entries(t.Context(), func(claims.Entry) error { return errEnough }); !errors.Is(err, errEnough) {
		t.Errorf("Entries whose function fails: %v", err)
	}
	if diff := cmp.Diff(&a2, get(t, s, a.ID)[0]); diff != "" {
		t.Errorf("Mend changed the record (-want +got):\n%s", diff)
	}
}

func testLog(t *testing.T, s claims.Store, o Options) {
	if got, err := s.Log(t.Context(), 0, 10); len(got) != 0 || err != nil {
		t.Errorf("Log of an empty store: %v, %v", got, err)
	}
	const changes = 5
	a := NewClaim(1, began())
	commit(t, s, NewChange(put(claims.Claim{}, a)))
	for range changes {
		b := next(a, func(c *claims.Claim) { c.Version += 2 })
		commit(t, s, NewChange(put(a, b)))
		a = b
	}
	log := chained(t, s)
	if len(log) != 1+3*changes {
		t.Errorf("%d events, want %d", len(log), 1+3*changes)
	}
	page, err := s.Log(t.Context(), 4, 3)
	if err != nil || len(page) != 3 || page[0].Number != 5 || page[2].Number != 7 {
		t.Errorf("Log(4, 3): %v, %v", page, err)
	}
	if page, err := s.Log(t.Context(), 1_000_000, 3); len(page) != 0 || err != nil {
		t.Errorf("Log behind the end: %v, %v", page, err)
	}
	for name, call := range map[string]func() error{
		"limit": func() error { _, err := s.Log(t.Context(), 0, 0); return err },
		"after": func() error { _, err := s.Log(t.Context(), -1, 10); return err },
	} {
		var invalid *claims.InvalidError
		if err := call(); !errors.As(err, &invalid) || invalid.Field != name {
			t.Errorf("Log with a wrong %s: %v, want an InvalidError of it", name, err)
		}
	}
	if o.Reopen == nil {
		return
	}
	s = o.Reopen(t, s)
	t.Cleanup(func() { s.Close() })
	commit(t, s, NewChange(put(a, next(a, nil))))
	if again := chained(t, s); len(again) != len(log)+1 {
		t.Errorf("%d events after opening again, want %d", len(again), len(log)+1)
	}
}

// testCompact compacts a store while others write: nothing is lost, and who waits for events gets them.
func testCompact(t *testing.T, s claims.Store, o Options) {
	c := newCrew(t, s, o, 4, 30)
	for range 3 {
		c.wait(20, 10*time.Second)
		before, after, err := s.Compact(t.Context())
		if err != nil || before < 1 || after < 1 {
			t.Errorf("Compact: %d bytes before, %d after, %v", before, after, err)
		}
	}
	c.wait(20, 10*time.Second)
	c.dismiss()
	c.ledger.compare(t, s)
	if len(c.ledger.records) == 0 {
		t.Error("nothing was written meanwhile: the test tests nothing")
	}

	_, seq := head(t, s)
	waiting := make(chan []claims.Event, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		es, err := s.Events(t.Context(), seq, 5, 30*time.Second)
		if err != nil {
			t.Errorf("Events during Compact: %v", err)
		}
		waiting <- es
	}()
	<-started
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Errorf("Compact: %v", err)
	}
	commit(t, s, NewChange())
	select {
	case es := <-waiting:
		if len(es) != 1 || es[0].Seq != seq+1 {
			t.Errorf("Events that were waited for during Compact: %v, want number %d", es, seq+1)
		}
	case <-time.After(10 * time.Second):
		t.Error("Events still waits after Compact and a commit")
	}
}
