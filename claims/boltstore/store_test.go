package boltstore_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

// A subject is a store that the suite has, with what its hooks need.
type subject struct {
	path  string
	clock *claimstest.Clock
	inner *boltstore.Store
}

// testStore runs the suite on stores in a wrapper.
func testStore(t *testing.T, wrap func(s claims.Store) claims.Store) {
	var mu sync.Mutex
	subjects := map[claims.Store]subject{}
	open := func(t *testing.T, path string, clock *claimstest.Clock) claims.Store {
		t.Helper()
		inner, err := boltstore.Open(path, boltstore.Options{Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		s := wrap(inner)
		mu.Lock()
		defer mu.Unlock()
		subjects[s] = subject{path, clock, inner}
		return s
	}
	of := func(s claims.Store) subject {
		mu.Lock()
		defer mu.Unlock()
		return subjects[s]
	}
	claimstest.Run(t, func(t *testing.T) claims.Store {
		return open(t, filepath.Join(t.TempDir(), "claims.db"), claimstest.NewClock(time.Now()))
	}, claimstest.Options{
		Reopen: func(t *testing.T, s claims.Store) claims.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, of(s).path, of(s).clock)
		},
		Damage: func(t *testing.T, s claims.Store, id claims.ID) {
			boltstore.Overwrite(t, of(s).inner, "claims", string(id), []byte("\x00\x00\x00\x00\x00\x00\x00\x01{torn"))
		},
		DamageType: func(t *testing.T, s claims.Store, id claims.ID) {
			boltstore.Overwrite(t, of(s).inner, "claims", string(id), []byte("\x00\x00\x00\x00\x00\x00\x00\x01[1, 2, 3]"))
		},
		Advance: func(_ *testing.T, s claims.Store, d time.Duration) { of(s).clock.Advance(d) },
	})
}

func TestStore(t *testing.T) {
	testStore(t, func(s claims.Store) claims.Store { return s })
}

// TestStoreBehindOutage holds the wrapper to the contract that it passes on.
func TestStoreBehindOutage(t *testing.T) {
	testStore(t, func(s claims.Store) claims.Store { return claimstest.NewOutage(s) })
}

func BenchmarkSubmits(b *testing.B) {
	claimstest.BenchmarkSubmits(b, func(b *testing.B) claims.Store {
		s, err := boltstore.Open(filepath.Join(b.TempDir(), "claims.db"), boltstore.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		return s
	})
}

// rewrite changes a closed file by hand.
func rewrite(t *testing.T, path string, f func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(f); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
