package redisstore_test

import (
	"context"
	"errors"
	"strings"
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

// TestBreaker stops a server as SIGSTOP does: after some calls that wait in vain others fail at once, also while somebody waits for events, and when the
// server goes on the store works again soon.
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

// TestRoom fills the memory: new submissions are refused in time, and decisions go on to the end.
func TestRoom(t *testing.T) {
	r := startRedis(t)
	s := open(t, r.URL(), redisstore.Options{})
	db := client(t, r.URL())
	first, done := newSubmission(1), newSubmission(2)
	commit(t, s, first)
	commit(t, s, done)
	if err := db.Set(t.Context(), "ballast", strings.Repeat("x", 64<<20), 0).Err(); err != nil {
		t.Fatal(err)
	}
	used := usedMemory(t, r)
	limit := func(percent int64) {
		t.Helper()
		if err := db.Do(t.Context(), "CONFIG", "SET", "maxmemory", used*100/percent).Err(); err != nil {
			t.Fatal(err)
		}
	}
	n := 10
	submit := func() error { n++; return s.Commit(t.Context(), newSubmission(n)) }

	limit(80)
	if err := submit(); err != nil {
		t.Errorf("a submission at 80 %%: %v", err)
	}
	limit(90)
	becomes(t, 3*time.Second, "submissions are refused at 90 %", func() bool { return errors.Is(submit(), claims.ErrFull) })
	version := int64(1)
	decide := func() error {
		before := first.Puts[0].After
		before.Version = version
		after := before
		after.Version++
		version++
		_, err := s.Pick(t.Context(), 1, time.Second, claims.Queue("")...)
		return errors.Join(err, s.Commit(t.Context(), changeOf(before, after)),
			s.PutCredential(t.Context(), claims.Credential{Hash: "h", Account: "a1", Until: time.Now().Add(time.Hour)}))
	}
	if err := decide(); err != nil {
		t.Errorf("a decision at 90 %%: %v", err)
	}
	limit(110)
	becomes(t, 3*time.Second, "submissions are refused when the memory is full", func() bool { return errors.Is(submit(), claims.ErrFull) })
	if err := decide(); err != nil {
		t.Errorf("a decision when the memory is full: %v", err)
	}
	if err := s.Commit(t.Context(), done); !errors.Is(err, claims.ErrDone) {
		t.Errorf("a submission that was made before: %v, want ErrDone", err)
	}
	sub := done.Submissions[0]
	sub.Version = 2
	change := newChange(99)
	change.Puts, change.Submissions = nil, []claims.Submission{sub}
	if err := s.Commit(t.Context(), change); err != nil {
		t.Errorf("a change of an old submission when the memory is full: %v", err)
	}
	limit(50)
	becomes(t, 3*time.Second, "submissions are taken again", func() bool { return submit() == nil })
}
