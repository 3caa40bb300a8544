package redisstore_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

// taken is what a store gives for a backup.
func taken(t *testing.T, s claims.Store) []claims.Item {
	t.Helper()
	var items []claims.Item
	if err := s.Snapshot(t.Context(), func(item claims.Item) error { items = append(items, item); return nil }); err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	return items
}

func each(items []claims.Item) iter.Seq2[claims.Item, error] {
	return func(yield func(claims.Item, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

var errTorn = errors.New("the backup ends here")

func TestLoadInterrupted(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	full := open(t, url, redisstore.Options{Prefix: newPrefix()})
	claimstest.Fill(t, full, 200)
	items := taken(t, full)

	prefix := newPrefix()
	s := open(t, url, redisstore.Options{Prefix: prefix})
	other := open(t, url, redisstore.Options{Prefix: prefix})
	err := s.Load(t.Context(), func(yield func(claims.Item, error) bool) {
		for i, item := range items {
			if i == len(items)*2/3 {
				yield(claims.Item{}, errTorn)
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	})
	if !errors.Is(err, errTorn) {
		t.Fatalf("Load of half a backup: %v, want its error", err)
	}
	if err := other.Commit(t.Context(), newChange(1)); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Commit to half a store: %v, want ErrUnavailable", err)
	}
	if _, err := redisstore.Open(t.Context(), url, redisstore.Options{Prefix: prefix}); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("Open of half a store: %v, want an error that says so", err)
	}
	again := open(t, url, redisstore.Options{Prefix: prefix, Restore: true})
	if err := again.Load(t.Context(), each(items)); err != nil {
		t.Fatalf("Load again: %v", err)
	}
	whole := open(t, url, redisstore.Options{Prefix: prefix})
	claimstest.Same(t, full, whole)
	if err := whole.Load(t.Context(), each(items)); !errors.Is(err, claims.ErrNotEmpty) {
		t.Errorf("Load into a store with records: %v, want ErrNotEmpty", err)
	}
	commit(t, whole, newChange(100_000))
	left, err := client(t, url).Keys(t.Context(), prefix+":*").Result()
	if err != nil || slices.Contains(left, prefix+":pause") || slices.Contains(left, prefix+":loading") || slices.Contains(left, prefix+":touched") {
		t.Errorf("Load left its marks: %v", err)
	}
}

// TestPause has a snapshot's pause held: who writes waits for its end, and is told so where it does not end.
func TestPause(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	commit(t, s, newChange(1))
	if err := db.Set(t.Context(), "{dalel}:pause", "somebody", 300*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	commit(t, s, newChange(2))
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("Commit did not wait for the end of the pause: %v", took)
	}
	if err := db.Set(t.Context(), "{dalel}:pause", "somebody", 0).Err(); err != nil {
		t.Fatal(err)
	}
	writes := map[string]func() error{
		"Commit":         func() error { return s.Commit(t.Context(), newChange(3)) },
		"PutAccount":     func() error { return s.PutAccount(t.Context(), claims.Account{ID: "a1"}, false) },
		"PutCredential":  func() error { return s.PutCredential(t.Context(), claims.Credential{Hash: "h", Account: "a1"}) },
		"TakeCredential": func() error { _, err := s.TakeCredential(t.Context(), "h"); return err },
	}
	var all sync.WaitGroup
	for name, write := range writes {
		all.Go(func() {
			began := time.Now()
			if err := write(); !errors.Is(err, claims.ErrUnavailable) || errors.Is(err, claims.ErrUnsure) || time.Since(began) > 2500*time.Millisecond {
				t.Errorf("%s while nothing may change: %v after %v, want ErrUnavailable", name, err, time.Since(began))
			}
		})
	}
	all.Wait()
	if _, err := s.Get(t.Context(), newChange(1).Puts[0].After.ID); err != nil {
		t.Errorf("Get while nothing may change: %v", err)
	}
	if err := db.Del(t.Context(), "{dalel}:pause").Err(); err != nil {
		t.Fatal(err)
	}
	if _, seq, err := s.Head(t.Context()); err != nil || seq != 2 {
		t.Errorf("Head: %d, %v, want 2", seq, err)
	}
}

// TestSnapshotTakesTurns has one snapshot wait for another's end, and for the end of one whose reader has died.
func TestSnapshotTakesTurns(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	for n := range 50 {
		commit(t, s, newSubmission(n))
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			n := 0
			err := s.Snapshot(t.Context(), func(item claims.Item) error {
				if item.Kind == claims.ItemEvent {
					n++
				}
				return nil
			})
			if err != nil || n != 50 {
				t.Errorf("Snapshot beside others: %d events, %v", n, err)
			}
		})
	}
	all.Wait()
	if err := db.RPush(t.Context(), "{dalel}:touched", "a reader that has died").Err(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
	defer cancel()
	if err := s.Snapshot(ctx, func(claims.Item) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Snapshot beside one that does not end: %v, want the context's error", err)
	}
	commit(t, s, newSubmission(51))
	if err := db.Del(t.Context(), "{dalel}:touched").Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Snapshot(t.Context(), func(claims.Item) error { return errTorn }); !errors.Is(err, errTorn) {
		t.Errorf("Snapshot whose reader fails: %v", err)
	}
	if n, err := db.Exists(t.Context(), "{dalel}:touched", "{dalel}:pause").Result(); err != nil || n != 0 {
		t.Errorf("a snapshot that failed left its marks: %d, %v", n, err)
	}
}

// TestOtherForm gives the store a database that an earlier program has filled.
func TestOtherForm(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	for _, have := range []map[string]string{{"epoch": "x"}, {"head": "7"}, {"epoch": "x", "form": "1"}, {"form": "3"}} {
		prefix := newPrefix()
		for key, value := range have {
			if err := db.Set(t.Context(), prefix+":"+key, value, 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		_, err := redisstore.Open(t.Context(), url, redisstore.Options{Prefix: prefix})
		if err == nil || errors.Is(err, redisstore.ErrUnsafe) || !strings.Contains(err.Error(), "form") {
			t.Errorf("Open of a database with %v: %v, want an error that names its form", have, err)
		}
	}
	s := open(t, url, redisstore.Options{})
	commit(t, s, newChange(1))
	epoch, _, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	commit(t, s, newChange(2))
	if fresh, seq, err := s.Head(t.Context()); err != nil || fresh == epoch || seq != 1 {
		t.Errorf("Head of an emptied database: %q, %d, %v, want another epoch than %q and 1", fresh, seq, err, epoch)
	}
	open(t, url, redisstore.Options{})
}
