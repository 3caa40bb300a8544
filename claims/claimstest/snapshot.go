package claimstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

// snapshot is all that Snapshot gives, in its order.
func snapshot(t testing.TB, s claims.Store) []claims.Item {
	t.Helper()
	var items []claims.Item
	err := s.Snapshot(t.Context(), func(i claims.Item) error {
		items = append(items, i)
		return nil
	})
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	return items
}

// kinds counts items, those that come again once.
func kinds(items []claims.Item) map[claims.ItemKind]int {
	seen := map[string]bool{}
	n := map[claims.ItemKind]int{}
	for _, i := range items {
		if key := fmt.Sprintf("%s %s %d", i.Kind, i.Name, i.Number); !seen[key] {
			seen[key] = true
			n[i.Kind]++
		}
	}
	return n
}

// sequence gives items to Load.
func sequence(items []claims.Item) iter.Seq2[claims.Item, error] {
	return func(yield func(claims.Item, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// another opens a second store, which is empty.
func (o Options) another(t *testing.T) claims.Store {
	t.Helper()
	s := o.open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// testSnapshot takes a snapshot while eight workers write. What is loaded from it is as the store was at one moment: nothing is there by half,
// and nothing is missing that was acknowledged before.
func testSnapshot(t *testing.T, s claims.Store, o Options) {
	c := newCrew(t, s, o, 8, 60)
	c.wait(200, 20*time.Second)
	before := c.ledger.copied()
	var items []claims.Item
	err := s.Snapshot(t.Context(), func(i claims.Item) error {
		if items = append(items, i); len(items)%50 == 1 {
			c.wait(1, 10*time.Millisecond) // others write meanwhile, unless the store lets them wait
		}
		return nil
	})
	c.dismiss()
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	c.ledger.compare(t, s)

	loaded := o.another(t)
	if err := loaded.Load(t.Context(), sequence(items)); err != nil {
		t.Fatalf("Load: %v", err)
	}
	consistent(t, loaded)
	before.within(t, loaded)
}

// consistent holds a store against itself: claims against the log, submissions against claims, index entries against Keys.
func consistent(t *testing.T, s claims.Store) {
	t.Helper()
	log := chained(t, s)
	versions := map[claims.ID]int64{}
	for _, e := range log {
		versions[e.Claim] = e.After
	}
	var records []claims.Claim
	var ids []claims.ID
	for name, item := range itemsOf(t, s, claims.ItemClaim) {
		c, err := claims.DecodeClaim(item.Data, claims.ID(name), item.Version)
		if err != nil {
			t.Errorf("claim %s: %v", name, err)
			continue
		}
		if c.Version != versions[c.ID] {
			t.Errorf("claim %s has version %d, its last event %d", c.ID, c.Version, versions[c.ID])
		}
		records, ids = append(records, *c), append(ids, c.ID)
		delete(versions, c.ID)
	}
	if len(versions) > 0 {
		t.Errorf("claims that the log tells of are not there: %v", versions)
	}
	compareIndexes(t, s, records)
	compareHistories(t, s, ids, log)
	for _, item := range itemsOf(t, s, claims.ItemSubmission) {
		var sub claims.Submission
		if err := json.Unmarshal(item.Data, &sub); err != nil {
			t.Errorf("submission: %v", err)
		} else if get(t, s, sub.Claim)[0] == nil {
			t.Errorf("the claim %s of a submission is not there", sub.Claim)
		}
	}
}

// within reports what a store lacks of what was acknowledged at some time before.
func (l *ledger) within(t *testing.T, s claims.Store) {
	t.Helper()
	for id, want := range l.records {
		if got := get(t, s, id)[0]; got == nil || got.Version < want.Version || got.Version == want.Version && !cmp.Equal(&want, got) {
			t.Errorf("claim %s is %v, and version %d was acknowledged before", id, got, want.Version)
		}
	}
	for ticket, want := range l.submissions {
		if got, err := s.Submission(t.Context(), ticket); err != nil || got.Version < want.Version {
			t.Errorf("a submission is %v, %v, and version %d was acknowledged before", got, err, want.Version)
		}
	}
	for key, want := range l.once {
		if got, known, err := s.Done(t.Context(), key); got != want || !known || err != nil {
			t.Errorf("once key %q: %q, %t, %v, want %q", key, got, known, err, want)
		}
	}
	if _, seq := head(t, s); seq < int64(len(l.events)) {
		t.Errorf("the log ends at %d, and %d events were acknowledged before", seq, len(l.events))
	}
	if len(l.records) == 0 || len(l.submissions) == 0 {
		t.Error("nothing was acknowledged before: the test tests nothing")
	}
}

// testLoad copies a store full of everything into another.
func testLoad(t *testing.T, s claims.Store, o Options) {
	Fill(t, s, 150)
	items := snapshot(t, s)
	got := kinds(items)
	for _, kind := range []claims.ItemKind{claims.ItemClaim, claims.ItemSubmission, claims.ItemEvent, claims.ItemAccount, claims.ItemCredential,
		claims.ItemOnce, claims.ItemDamaged} {
		if got[kind] == 0 {
			t.Errorf("Snapshot gives no %s", kind)
		}
	}
	epoch, _ := head(t, s)
	if err := s.Load(t.Context(), sequence(items)); !errors.Is(err, claims.ErrNotEmpty) {
		t.Errorf("Load into a store that is not empty: %v, want ErrNotEmpty", err)
	}
	if again, _ := head(t, s); again != epoch {
		t.Error("a refused Load gave the log another epoch")
	}
	consistent(t, s)

	loaded := o.another(t)
	first, _ := head(t, loaded)
	// One that is interrupted leaves nothing that the next one keeps.
	half := func(yield func(claims.Item, error) bool) {
		for n := range 2_500 { // more than a store keeps in mind before it writes
			extra := claims.Item{Kind: claims.ItemOnce, Name: fmt.Sprintf("of the interrupted one, %d", n), Until: time.Now().Add(claims.OnceFor)}
			if !yield(extra, nil) {
				return
			}
		}
		for _, i := range items[:len(items)/2] {
			if !yield(i, nil) {
				return
			}
		}
		yield(claims.Item{}, errEnough)
	}
	if err := loaded.Load(t.Context(), half); !errors.Is(err, errEnough) {
		t.Fatalf("Load of what fails half-way: %v, want its error", err)
	}
	if err := loaded.Load(t.Context(), sequence(items)); err != nil {
		t.Fatalf("Load after one that was interrupted: %v", err)
	}
	Same(t, s, loaded)
	if again, _ := head(t, loaded); again == first || again == epoch || again == "" {
		t.Errorf("the epoch is %q after Load, was %q, and %q in the store that was copied", again, first, epoch)
	}
	if _, known, err := loaded.Done(t.Context(), "of the interrupted one, 7"); known || err != nil {
		t.Errorf("Load kept what an interrupted one has left: %t, %v", known, err)
	}
	consistent(t, loaded)

	// The log goes on where it was, and a store that is loaded is not empty.
	commit(t, loaded, NewChange(put(claims.Claim{}, NewClaim(1_000_000, began()))))
	consistent(t, loaded)
	if err := loaded.Load(t.Context(), sequence(items)); !errors.Is(err, claims.ErrNotEmpty) {
		t.Errorf("Load into a store that was loaded: %v, want ErrNotEmpty", err)
	}
}

// testLoadDamaged loads claims that cannot be read: they are set aside, and the others are loaded.
func testLoadDamaged(t *testing.T, s claims.Store, o Options) {
	a, b := NewClaim(1, began()), NewClaim(2, began())
	file(t, s, a, b)
	items := snapshot(t, s)
	for i, item := range items {
		if item.Kind == claims.ItemClaim && item.Name == string(b.ID) {
			items[i].Data = []byte("{torn")
		}
	}
	loaded := o.another(t)
	if err := loaded.Load(t.Context(), sequence(items)); err != nil {
		t.Fatalf("Load: %v", err)
	}
	if got := damaged(t, loaded); len(got) != 1 || naming(got, b.ID) != 1 {
		t.Errorf("Damaged after Load: %v, want the one of %s", got, b.ID)
	}
	if diff := cmp.Diff([]*claims.Claim{&a, nil}, get(t, loaded, a.ID, b.ID)); diff != "" {
		t.Errorf("Get after Load (-want +got):\n%s", diff)
	}
	compareIndexes(t, loaded, []claims.Claim{a})
	if got := chained(t, loaded); len(got) != 2 {
		t.Errorf("%d events after Load, want 2", len(got))
	}
	commit(t, loaded, NewChange(put(claims.Claim{}, b)))
}
