package redisstore_test

import (
	"crypto/rand"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/faults"
	"dalel/claims/redisstore"
)

// open opens a store of its own on a server that others may use too.
func open(t testing.TB, url string, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newPrefix() string { return "{test-" + rand.Text() + "}" }

// client is a connection past the store, for what only tests do.
func client(t testing.TB, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	return c
}

func newChange(n int) claims.Change {
	return claimstest.NewChange(claims.Put{After: claimstest.NewClaim(n, time.UnixMilli(int64(n)))})
}

// newSubmission is newChange with what a person sent.
func newSubmission(n int) claims.Change {
	c := newChange(n)
	c.Submissions = []claims.Submission{{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: c.Puts[0].After.ID, Lang: "en"}}
	return c
}

// changeOf is a change of a claim that is there.
func changeOf(before, after claims.Claim) claims.Change {
	return claimstest.NewChange(claims.Put{Before: &before, After: after})
}

func usedMemory(t *testing.T, r *faults.Redis) int64 {
	t.Helper()
	info, err := r.Info(t.Context(), "memory")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(info["used_memory"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// commit makes a change that nothing stands against.
func commit(t *testing.T, s claims.Store, c claims.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// becomes wants f to give true within a time.
func becomes(t *testing.T, within time.Duration, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); !f(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("after %v still not: %s", within, what)
		}
	}
}

// suite holds stores at an address to the contract. db sees the same keys.
func suite(t *testing.T, url string, db redis.UniversalClient) {
	var mu sync.Mutex
	prefixes := map[claims.Store]string{}
	prefixOf := func(s claims.Store) string {
		mu.Lock()
		defer mu.Unlock()
		return prefixes[s]
	}
	openAs := func(t *testing.T, prefix string) claims.Store {
		s := open(t, url, redisstore.Options{Prefix: prefix})
		mu.Lock()
		defer mu.Unlock()
		prefixes[s] = prefix
		return s
	}
	claimstest.Run(t, func(t *testing.T) claims.Store { return openAs(t, newPrefix()) }, claimstest.Options{
		Reopen: func(t *testing.T, s claims.Store) claims.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return openAs(t, prefixOf(s))
		},
		Damage: func(t *testing.T, s claims.Store, id claims.ID) {
			key := prefixOf(s) + ":claim:" + string(id)
			record, err := db.Get(t.Context(), key).Result()
			if err == nil {
				err = db.Set(t.Context(), key, record[:len(record)/2], 0).Err()
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		DamageType: func(t *testing.T, s claims.Store, id claims.ID) {
			key := prefixOf(s) + ":claim:" + string(id)
			if err := errors.Join(db.Del(t.Context(), key).Err(), db.RPush(t.Context(), key, "x").Err()); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestStore(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	suite(t, url, client(t, url))
}

func BenchmarkSubmits(b *testing.B) {
	url, _, _ := claimstest.StartRedis(b)
	claimstest.BenchmarkSubmits(b, func(b *testing.B) claims.Store { return open(b, url, redisstore.Options{Prefix: newPrefix()}) })
}
