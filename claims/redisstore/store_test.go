package redisstore_test

import (
	"crypto/rand"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/claimstest"
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

func TestStore(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
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
			if err := db.HSet(t.Context(), prefixOf(s)+":claim:"+string(id), "d", "{torn").Err(); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func BenchmarkSubmits(b *testing.B) {
	url, _, _ := claimstest.StartRedis(b)
	claimstest.BenchmarkSubmits(b, func(b *testing.B) claims.Store { return open(b, url, redisstore.Options{Prefix: newPrefix()}) })
}
