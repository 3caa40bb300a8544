package claimstest

import (
	"cmp"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testHundred(t *testing.T, s claims.Store, _ Options) {
	const callers = 100
	id := NewClaim(1, began()).ID
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for {
				got, err := s.Get(t.Context(), id)
				if err != nil {
					t.Errorf("Get: %v", err)
					return
				}
				change := NewChange(put(claims.Claim{}, NewClaim(1, began())))
				if got[0] != nil {
					change = NewChange(put(*got[0], next(*got[0], func(c *claims.Claim) { c.Requests++ })))
				}
				err = s.Commit(t.Context(), change)
				if errors.Is(err, claims.ErrConflict) {
					continue
				}
				if err != nil {
					t.Errorf("Commit: %v", err)
				}
				return
			}
		})
	}
	all.Wait()
	c := get(t, s, id)[0]
	if c == nil || c.Version != callers || c.Requests != callers {
		t.Fatalf("the claim is %v, want version and requests %d", c, callers)
	}
	for i, e := range eventsAll(t, s) {
		if e.Seq != int64(i+1) || e.After != int64(i+1) {
			t.Fatalf("event %d has number %d and version %d", i+1, e.Seq, e.After)
		}
	}
}

// A ledger is the model: what was acknowledged.
type ledger struct {
	mu      sync.Mutex
	records map[claims.ID]claims.Claim
	events  []claims.Event
	names   map[claims.Index]bool
}

func (l *ledger) note(c claims.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range c.Puts {
		if p.After.Version > l.records[p.After.ID].Version {
			l.records[p.After.ID] = p.After
		}
		for _, k := range claims.Keys(p.After) {
			l.names[k.Index] = true
		}
	}
	l.events = append(l.events, c.Events...)
}

func testModel(t *testing.T, s claims.Store, o Options) {
	const workers, universe = 8, 30
	seed := o.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	l := &ledger{records: map[claims.ID]claims.Claim{}, names: map[claims.Index]bool{}}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			for range o.Acts {
				if err := act(t, s, l, r, universe); err != nil {
					t.Errorf("worker %d: %v", w, err)
					return
				}
			}
		})
	}
	all.Wait()
	l.compare(t, s)
}

// act changes one to three random claims, and says what a store may not do.
func act(t *testing.T, s claims.Store, l *ledger, r *rand.Rand, universe int) error {
	numbers := r.Perm(universe)[:1+r.IntN(3)]
	var ids []claims.ID
	for _, n := range numbers {
		ids = append(ids, NewClaim(n, began()).ID)
	}
	got, err := s.Get(t.Context(), ids...)
	if err != nil {
		return err
	}
	var puts []claims.Put
	stale := false
	for i, c := range got {
		switch {
		case c == nil:
			puts = append(puts, put(claims.Claim{}, shuffle(NewClaim(numbers[i], began()), r)))
		case c.Version > 1 && r.IntN(12) == 0:
			old := *c
			old.Version--
			stale = true
			puts = append(puts, put(old, next(old, nil)))
		default:
			puts = append(puts, put(*c, shuffle(next(*c, nil), r)))
		}
	}
	change := NewChange(puts...)
	for i := range change.Events {
		change.Events[i].Note = change.Once.Key
	}
	change.Once.Value = "of " + change.Once.Key
	err = s.Commit(t.Context(), change)
	switch {
	case errors.Is(err, claims.ErrConflict):
		return nil
	case err != nil:
		return err
	case stale:
		return errors.New("a stale version was committed")
	}
	l.note(change)
	if r.IntN(8) == 0 {
		err := s.Commit(t.Context(), change)
		if done, ok := errors.AsType[*claims.DoneError](err); !ok || done.Value != change.Once.Value {
			return errors.Join(errors.New("a repeated change was not recognised"), err)
		}
	}
	return nil
}

// shuffle gives a claim a random state, priority and whatever decides its index entries.
func shuffle(c claims.Claim, r *rand.Rand) claims.Claim {
	at := time.UnixMilli(r.Int64N(40) - 20).UTC()
	c.State = claims.States()[r.IntN(len(claims.States()))]
	c.Lang = []string{"en", "ru", "kk"}[r.IntN(3)]
	c.Escalated = r.IntN(5) == 0
	c.Priority = claims.Priority{Band: claims.Bands()[r.IntN(4)], Due: at}
	c.Lease, c.Proposed, c.Review = nil, nil, nil
	author := []string{"a1", "a2"}[r.IntN(2)]
	switch c.State {
	case claims.StateInReview:
		c.Lease = &claims.Lease{Holder: author, Token: c.Version, Until: at}
	case claims.StateSecondReview:
		c.Proposed = &claims.Review{Version: 1, Author: author, Proposed: at}
	case claims.StatePublished, claims.StateNeedsUpdate:
		c.Review = &claims.Review{Version: 1, Author: author, Proposed: at, Published: at, Modified: at, ValidUntil: at.Add(time.Hour)}
	}
	return c
}

// compare holds everything that a store gives against the model.
func (l *ledger) compare(t *testing.T, s claims.Store) {
	ids := slices.Sorted(maps.Keys(l.records))
	var records []claims.Claim
	for i, c := range get(t, s, ids...) {
		want := l.records[ids[i]]
		records = append(records, want)
		if diff := gocmp.Diff(&want, c); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	}

	names := slices.Sorted(maps.Keys(l.names))
	counts, err := s.Count(t.Context(), names...)
	if err != nil {
		t.Fatalf("Count: %v", err)
	}
	for i, x := range names {
		want := expect(records, x)
		if diff := gocmp.Diff(want, rangeAll(t, s, x, 7)); diff != "" {
			t.Errorf("index %s (-want +got):\n%s", x, diff)
		}
		if counts[i] != int64(len(want)) {
			t.Errorf("index %s: Count %d, want %d", x, counts[i], len(want))
		}
	}

	log := eventsAll(t, s)
	histories := map[claims.ID][]claims.Event{}
	for i, e := range log {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
		histories[e.Claim] = append(histories[e.Claim], e)
		if e.After != int64(len(histories[e.Claim])) {
			t.Errorf("event %d is version %d of %s, after %d others", e.Seq, e.After, e.Claim, len(histories[e.Claim])-1)
		}
	}
	for _, id := range ids {
		got, err := s.History(t.Context(), id)
		if diff := gocmp.Diff(histories[id], got); err != nil || diff != "" {
			t.Errorf("history of %s: %v (-want +got):\n%s", id, err, diff)
		}
	}
	inOrder := func(a, b claims.Event) int {
		return cmp.Or(cmp.Compare(a.Claim, b.Claim), cmp.Compare(a.After, b.After))
	}
	for i := range log {
		log[i].Seq = 0
	}
	slices.SortFunc(log, inOrder)
	slices.SortFunc(l.events, inOrder)
	if diff := gocmp.Diff(l.events, log); diff != "" {
		t.Errorf("log against what was acknowledged (-want +got):\n%s", diff)
	}
}
