package boltstore_test

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

// TestSetAsideInARace has two readers of one damaged record. When the second comes to set it aside, there is a sound one in its place, which
// stays.
func TestSetAsideInARace(t *testing.T) {
	s := open(t, claimstest.NewClock(time.Now()))
	c := claimstest.NewClaim(1, time.UnixMilli(0).UTC())
	boltstore.Overwrite(t, s, "claims", string(c.ID), []byte("torn"))
	release := boltstore.Hold(s)
	done := make(chan error, 3)
	read := func() { _, err := s.Get(t.Context(), c.ID); done <- err }
	commit := func() { done <- s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: c})) }
	for i, act := range []func(){read, commit, read} {
		go act()
		waitFor(t, func() bool { return boltstore.Queued(s) == i+1 })
	}
	release()
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got, err := s.Get(t.Context(), c.ID); err != nil || got[0] == nil {
		t.Errorf("Get of the sound claim: %v, %v", got, err)
	}
	if got, err := s.Damaged(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("Damaged: %v, %v, want one record", got, err)
	}
}

// waitFor waits until something is so, for ten seconds at most.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it did not come so in ten seconds")
		}
	}
}

// TestDamagedTwice damages two claims of one ID, one after the other, and two tickets that begin alike: nothing takes another's place.
func TestDamagedTwice(t *testing.T) {
	s := open(t, claimstest.NewClock(time.Now()))
	c := claimstest.NewClaim(1, time.UnixMilli(0).UTC())
	want := map[string]string{}
	for i, name := range []string{"claims/" + string(c.ID), "claims/" + string(c.ID) + "#2", "claims/" + string(c.ID) + "#3"} {
		want[name] = strings.Repeat("torn", i+1)
		boltstore.Overwrite(t, s, "claims", string(c.ID), []byte(want[name]))
		if got, err := s.Get(t.Context(), c.ID); err != nil || got[0] != nil {
			t.Errorf("Get: %v, %v", got, err)
		}
	}
	for _, end := range []string{"", "#2"} {
		want["submissions/same…"+end] = "torn" + end
		boltstore.Overwrite(t, s, "submissions", "same as the other"+end, []byte("torn"+end))
		if _, err := s.Submission(t.Context(), claims.Ticket("same as the other"+end)); !errors.Is(err, claims.ErrNotFound) {
			t.Errorf("Submission: %v", err)
		}
	}
	got := map[string]string{}
	err := s.Snapshot(t.Context(), func(i claims.Item) error { got[i.Name] = string(i.Data); return nil })
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("what was set aside: %v (-want +got):\n%s", err, diff)
	}
}

func TestDamagedRecords(t *testing.T) {
	var logged bytes.Buffer
	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ticket := claims.NewTicket()
	change := claimstest.NewChange(claims.Put{After: claimstest.NewClaim(1, time.Now())})
	change.Events = append(change.Events, change.Events[0], change.Events[0])
	change.Submissions = []claims.Submission{{Ticket: ticket, Version: 1}}
	sound := claims.Account{ID: "a1", Name: "Асель"}
	if err := errors.Join(s.Commit(t.Context(), change), s.PutAccount(t.Context(), sound, true)); err != nil {
		t.Fatal(err)
	}
	boltstore.Overwrite(t, s, "events", "\x00\x00\x00\x00\x00\x00\x00\x02", []byte("{torn"))
	boltstore.Overwrite(t, s, "submissions", string(ticket), []byte("torn"))
	boltstore.Overwrite(t, s, "accounts", "a2", []byte("torn"))

	for range 2 {
		es, err := s.Events(t.Context(), 0, 10, 0)
		if err != nil || len(es) != 3 || es[1] != (claims.Event{Seq: 2}) || es[2].Claim != change.Puts[0].After.ID {
			t.Errorf("Events: %v, %v, want the second with its number alone", es, err)
		}
		if h, err := s.History(t.Context(), change.Puts[0].After.ID); err != nil || len(h) != 3 {
			t.Errorf("History: %v, %v", h, err)
		}
		if _, err := s.Submission(t.Context(), ticket); !errors.Is(err, claims.ErrNotFound) {
			t.Errorf("Submission: %v, want ErrNotFound", err)
		}
		if _, err := s.Account(t.Context(), "a2"); !errors.Is(err, claims.ErrNotFound) {
			t.Errorf("Account: %v, want ErrNotFound", err)
		}
		if as, err := s.Accounts(t.Context()); err != nil || len(as) != 1 || as[0].ID != sound.ID {
			t.Errorf("Accounts: %v, %v, want the sound one", as, err)
		}
	}
	names, err := s.Damaged(t.Context())
	got := strings.Join(names, " ")
	if want := "accounts/a2 events/2 submissions/" + string(ticket[:4]) + "…"; err != nil || got != want {
		t.Errorf("Damaged: %q, %v, want %q", got, err, want)
	}
	if n := strings.Count(logged.String(), "set aside"); n != 3 {
		t.Errorf("the log tells of %d records, want each of the three once:\n%s", n, logged.String())
	}
	if strings.Contains(logged.String(), string(ticket)) {
		t.Error("the log shows a ticket")
	}
}
