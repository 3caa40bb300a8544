package boltstore_test

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

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
