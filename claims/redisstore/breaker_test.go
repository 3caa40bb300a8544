package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/faults"
	"dalel/claims/redisstore"
)

func startRedis(t *testing.T, args ...string) *faults.Redis {
	t.Helper()
	r, err := faults.StartRedis(t.Context(), t.TempDir(), args...)
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestBreaker stops a server as SIGSTOP does: after some calls that wait in vain others fail at once, also while somebody waits for events, and when
// the server goes on the store works again soon.
func TestBreaker(t *testing.T) {
	r := startRedis(t)
	s := open(t, r.URL(), redisstore.Options{})
	commit(t, s, newChange(1))
	waits, stopWaiting := context.WithCancel(t.Context())
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		for waits.Err() == nil {
			s.Events(waits, 1, 5, time.Minute)
		}
	}()
	defer func() { stopWaiting(); <-waited }()
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	failAll(t, s, func(name string, err error) bool {
		return errors.Is(err, claims.ErrUnavailable) || name == "Commit" && errors.Is(err, claims.ErrUnsure)
	})
	quick := 0
	for range 200 {
		began := time.Now()
		if _, err := s.Now(t.Context()); !errors.Is(err, claims.ErrUnavailable) {
			t.Fatalf("Now of a stopped server: %v", err)
		}
		if time.Since(began) < 100*time.Millisecond {
			quick++
		}
		if quick == 20 {
			break
		}
	}
	if quick < 20 {
		t.Errorf("only %d calls failed at once", quick)
	}
	if err := s.Commit(t.Context(), newChange(2)); errors.Is(err, claims.ErrUnsure) {
		t.Errorf("Commit that was not sent: %v, want ErrUnavailable alone", err)
	}
	if err := r.Continue(); err != nil {
		t.Fatal(err)
	}
	recovers(t, s)
	commit(t, s, newChange(3))
}

// TestBreakerHearsNobodyWhoGivesUp has callers give up in a moment: that says nothing about Redis.
func TestBreakerHearsNobodyWhoGivesUp(t *testing.T) {
	r := startRedis(t)
	s := open(t, r.URL(), redisstore.Options{})
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if _, err := s.Now(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Now whose caller gives up: %v, want the context's error", err)
		}
		cancel()
	}
	if err := r.Continue(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Now(t.Context()); err != nil {
		t.Errorf("Now: %v", err)
	}
}
