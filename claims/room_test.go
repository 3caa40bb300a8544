package claims_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
	"dalel/index"
)

// A room is a desk on a real store and a real index, with a clock that the test moves.
type room struct {
	*claims.Desk
	store claims.Store
	index *index.Index
	open  *index.Index
	clock *claimstest.Clock
}

func newRoom(t *testing.T, o claims.Options, wrap ...func(claims.Store) claims.Store) *room {
	t.Helper()
	clock := claimstest.NewClock(start)
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "claims.db"), boltstore.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bolt.Close() })
	var store claims.Store = bolt
	for _, w := range wrap {
		store = w(store)
	}
	return furnish(t, store, clock, o)
}

// onBothStores runs a test on the embedded store and on one in Redis, which goes by a clock of its own.
func onBothStores(t *testing.T, o claims.Options, test func(t *testing.T, r *room)) {
	t.Run("bolt", func(t *testing.T) {
		t.Parallel()
		test(t, newRoom(t, o))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		address, _, _ := claimstest.StartRedis(t)
		store, err := redisstore.Open(t.Context(), address, redisstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		test(t, furnish(t, store, claimstest.NewClock(time.Now()), o))
	})
}

// furnish is a desk on a store, with an index that knows one thing.
func furnish(t *testing.T, store claims.Store, clock *claimstest.Clock, o claims.Options) *room {
	t.Helper()
	x, err := index.NewMemory(index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	doc := index.Document{ID: "starter:garlic:en", Kind: index.KindSummary, Source: "who", Topic: "garlic", URL: "https://www.who.int/garlic", Title: "Garlic does not protect you",
		Lang: "en", Fetched: "2020-04-30", Version: 1, Heard: []string{"eating garlic protects you from covid"},
		Passages: []index.Passage{{Text: "Garlic is healthy food, but there is no evidence that eating garlic protects people from the new coronavirus.", Kind: index.PassageAdvice}}}
	if err := x.Apply(t.Context(), index.Batch{Put: []index.Document{doc}}); err != nil {
		t.Fatal(err)
	}
	open, err := index.NewMemory(index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { open.Close() })
	o.Open, o.Now = open, clock.Now
	return &room{Desk: claims.NewDesk(store, x, o), store: store, index: x, open: open, clock: clock}
}

// follow brings both indexes to the head of the log.
func (r *room) follow(t *testing.T) {
	t.Helper()
	err := r.index.CatchUp(t.Context(), claims.Feed{Store: r.store})
	if err := errors.Join(err, r.open.CatchUp(t.Context(), claims.OpenFeed{Store: r.store})); err != nil {
		t.Fatal(err)
	}
}

const samovar = "A rusty samovar beside the bed drives the coronavirus out of the whole house"

func (r *room) check(t *testing.T, text string) claims.Answer {
	t.Helper()
	a, err := r.Check(t.Context(), claims.Question{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// publish brings a rumour all the way and gives its claim.
func (r *room) publish(t *testing.T, text string) claims.Claim {
	t.Helper()
	id := r.check(t, text).Claim.ID
	c, err := r.Take(t.Context(), id, claims.Act{By: aigerim}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Propose(t.Context(), id, claims.Act{By: aigerim}, c.Lease.Token, found()); err != nil {
		t.Fatal(err)
	}
	if c, err = r.Approve(t.Context(), id, claims.Act{By: marat}, 0, ""); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	return c
}

func found() claims.Finding {
	f := finding()
	return claims.Finding{Verdict: f.Verdict, Summary: f.Summary, Evidence: f.Evidence}
}
