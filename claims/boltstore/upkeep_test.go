package boltstore_test

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

// TestSnapshotLetsWritersGoOn commits more than bbolt first maps while a snapshot is being taken, from inside of it.
func TestSnapshotLetsWritersGoOn(t *testing.T) {
	s := open(t, claimstest.NewClock(time.Now()))
	if err := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: claimstest.NewClaim(0, time.UnixMilli(0))})); err != nil {
		t.Fatal(err)
	}
	items := 0
	err := s.Snapshot(t.Context(), func(claims.Item) error {
		if items++; items > 1 {
			return nil
		}
		made := make(chan error, 1)
		go func() {
			for i := range 8 {
				c := claimstest.NewClaim(i+1, time.UnixMilli(0))
				c.Text = strings.Repeat("ы", 1<<19)
				if err := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: c})); err != nil {
					made <- err
					return
				}
			}
			made <- nil
		}()
		select {
		case err := <-made:
			return err
		case <-time.After(30 * time.Second):
			return errors.New("writers wait for the snapshot")
		}
	})
	if err != nil || items != 3 {
		t.Errorf("Snapshot: %v, %d items, want the claim, the event and the once key that were there at its beginning", err, items)
	}
}

func TestCloseEndsSnapshot(t *testing.T) {
	s := open(t, claimstest.NewClock(time.Now()))
	claimstest.Fill(t, s, 50)
	closed := make(chan error, 1)
	begun := false
	err := s.Snapshot(t.Context(), func(claims.Item) error {
		if !begun {
			begun = true
			go func() { closed <- s.Close() }()
			if _, err := s.Events(t.Context(), 1_000_000, 1, time.Minute); !errors.Is(err, claims.ErrUnavailable) {
				return fmt.Errorf("events until the store is closed: %w", err)
			}
		}
		return nil
	})
	if !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Snapshot of a store that is closed meanwhile: %v, want ErrUnavailable", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

func itemsThenError(items []claims.Item, err error) iter.Seq2[claims.Item, error] {
	return func(yield func(claims.Item, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(claims.Item{}, err)
		}
	}
}

func TestInterruptedLoad(t *testing.T) {
	source := open(t, claimstest.NewClock(time.Now()))
	claimstest.Fill(t, source, 120)
	var items []claims.Item
	if err := source.Snapshot(t.Context(), func(i claims.Item) error { items = append(items, i); return nil }); err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{Restore: true})
	if err != nil {
		t.Fatal(err)
	}
	cut := errors.New("cut")
	if err := s.Load(t.Context(), itemsThenError(items[:len(items)/2], cut)); !errors.Is(err, cut) {
		t.Errorf("Load: %v, want the error of its items", err)
	}
	_, _, headErr := s.Head(t.Context())
	_, damagedErr := s.Damaged(t.Context())
	for name, err := range map[string]error{"Head": headErr, "Damaged": damagedErr, "Commit": s.Commit(t.Context(), claimstest.NewChange()),
		"Snapshot": s.Snapshot(t.Context(), func(claims.Item) error { return nil })} {
		if !errors.Is(err, claims.ErrUnavailable) {
			t.Errorf("%s after a Load that was interrupted: %v, want ErrUnavailable", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.Open(path, boltstore.Options{}); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "restore") {
		t.Errorf("Open of what an interrupted Load has left: %v, want an error that says so", err)
	}
	if s, err = boltstore.Open(path, boltstore.Options{Restore: true}); err != nil {
		t.Fatalf("Open with Restore: %v", err)
	}
	if _, _, err := s.Head(t.Context()); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Head of what an interrupted Load has left: %v, want ErrUnavailable", err)
	}
	if err := s.Load(t.Context(), itemsThenError(items, nil)); err != nil {
		t.Fatalf("Load again: %v", err)
	}
	claimstest.Same(t, source, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = boltstore.Open(path, boltstore.Options{}); err != nil {
		t.Fatalf("Open of what was loaded: %v", err)
	}
	defer s.Close()
	claimstest.Same(t, source, s)
}

func TestLoadRefuses(t *testing.T) {
	event := func(n int64, record string) claims.Item {
		return claims.Item{Kind: claims.ItemEvent, Number: n, Link: "x", Data: []byte(record)}
	}
	tests := []struct {
		name  string
		items []claims.Item
		field string
	}{
		{"a kind that is none", []claims.Item{{Kind: "page", Name: "x"}}, "kind"},
		{"a claim without a name", []claims.Item{{Kind: claims.ItemClaim}}, "claim"},
		{"a once key that is too long", []claims.Item{{Kind: claims.ItemOnce, Name: strings.Repeat("k", 201)}}, "once"},
		{"an event of number 0", []claims.Item{event(0, "{}")}, "event"},
		{"a gap in the log", []claims.Item{event(1, "{}"), event(3, "{}")}, "event"},
		{"two events of one number", []claims.Item{event(1, "{}"), event(2, "{}"), event(1, "[]")}, "event"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, claimstest.NewClock(time.Now()))
			var invalid *claims.InvalidError
			if err := s.Load(t.Context(), itemsThenError(test.items, nil)); !errors.As(err, &invalid) || invalid.Field != test.field {
				t.Errorf("Load: %v, want an InvalidError of the %s", err, test.field)
			}
		})
	}
}

// TestLoadKeepsBrokenLinks loads a log in which an event was overwritten: it stays as it is for whoever verifies it, and an event that comes
// twice is there once.
func TestLoadKeepsBrokenLinks(t *testing.T) {
	source := open(t, claimstest.NewClock(time.Now()))
	claimstest.Fill(t, source, 20)
	boltstore.Overwrite(t, source, "events", "\x00\x00\x00\x00\x00\x00\x00\x02", []byte("{torn"))
	var items []claims.Item
	err := source.Snapshot(t.Context(), func(i claims.Item) error {
		items = append(items, i)
		if i.Kind == claims.ItemEvent {
			items = append(items, i)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, claimstest.NewClock(time.Now()))
	if err := s.Load(t.Context(), itemsThenError(items, nil)); err != nil {
		t.Fatal(err)
	}
	log, err := s.Log(t.Context(), 1, 1)
	if err != nil || len(log) != 1 || log[0].Link != "" || string(log[0].Record) != "{torn" {
		t.Errorf("Log: %v, %v, want the torn event as it is", log, err)
	}
	want, err := source.Log(t.Context(), 2, 1_000)
	got, err2 := s.Log(t.Context(), 2, 1_000)
	if err := errors.Join(err, err2); err != nil || len(got) == 0 || len(got) != len(want) || got[len(got)-1].Link != want[len(want)-1].Link {
		t.Errorf("Log behind the torn event: %d entries, want %d, %v", len(got), len(want), err)
	}
}
