package redisstore_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

// TestClock wants the time to be that of Redis, measured once for all who meet and again when it is a second old.
func TestClock(t *testing.T) {
	url, stop, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	asked := func() (calls string) {
		t.Helper()
		stats, err := db.Info(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(stats, "cmdstat_time:calls=")
		calls, _, _ = strings.Cut(after, ",")
		return calls
	}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 50 {
				if _, err := s.Now(t.Context()); err != nil {
					t.Errorf("Now: %v", err)
				}
			}
		})
	}
	all.Wait()
	once := asked()
	if once != "1" && once != "2" { // a slow machine may take more than a second for it
		t.Errorf("Redis was asked for the time %q times", once)
	}
	becomes(t, 5*time.Second, "the time is measured again", func() bool {
		got, err := s.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		again := asked() != once
		want, err := db.Time(t.Context()).Result()
		if off := want.Sub(got).Abs(); err != nil || off > 250*time.Millisecond {
			t.Errorf("Now is %v off, %v", off, err)
		}
		once = asked()
		return again
	})

	if _, err := s.Now(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	becomes(t, 1500*time.Millisecond, "Now of a server that is gone fails", func() bool {
		_, err := s.Now(t.Context())
		return errors.Is(err, claims.ErrUnavailable)
	})
}

// TestClockOfAClosedStore wants no time from a store that is closed, although it was measured a moment ago.
func TestClockOfAClosedStore(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	s := open(t, url, redisstore.Options{})
	if _, err := s.Now(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Now(t.Context()); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Now of a closed store: %v, %v, want ErrUnavailable", now, err)
	}
}

// TestClockHolds wants a measurement to hold for a second, and not where the wall clock went another way than the monotonic one.
func TestClockHolds(t *testing.T) {
	tests := []struct {
		name         string
		passed, wall time.Duration
		want         bool
	}{
		{"just measured", 0, 0, true},
		{"almost a second", 999 * time.Millisecond, 999 * time.Millisecond, true},
		{"a second", time.Second, time.Second, false},
		{"the wall clock is slewed", 500 * time.Millisecond, 501 * time.Millisecond, true},
		{"the wall clock was set ten minutes ahead", time.Millisecond, 10 * time.Minute, false},
		{"the wall clock was set back", time.Millisecond, -10 * time.Minute, false},
	}
	for _, test := range tests {
		if got := redisstore.ClockHolds(test.passed, test.wall); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}
