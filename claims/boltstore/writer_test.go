package boltstore_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

func open(t testing.TB, clock *claimstest.Clock) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "claims.db"), boltstore.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSharedTransaction(t *testing.T) {
	s := open(t, claimstest.NewClock(time.Now()))
	// While the writer is held, many changes queue up, so that they share a transaction: half of them want the same claim.
	const callers = 40
	results := make(chan error, callers)
	release := boltstore.Hold(s)
	for i := range callers {
		n := 1000
		if i%2 == 0 {
			n = i
		}
		go func() {
			results <- s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: claimstest.NewClaim(n, time.Now())}))
		}()
	}
	release()
	made, refused := 0, 0
	for range callers {
		switch err := <-results; {
		case err == nil:
			made++
		case errors.Is(err, claims.ErrConflict):
			refused++
		default:
			t.Errorf("Commit: %v", err)
		}
	}
	if made != callers/2+1 || refused != callers/2-1 {
		t.Errorf("%d made, %d refused; want %d, %d", made, refused, callers/2+1, callers/2-1)
	}
}

func TestGiveUpBeforeTheWriter(t *testing.T) {
	s := open(t, claimstest.NewClock(time.Now()))
	release := boltstore.Hold(s)
	ctx, giveUp := context.WithCancel(t.Context())
	c := claimstest.NewClaim(1, time.Now())
	result := make(chan error, 1)
	go func() { result <- s.Commit(ctx, claimstest.NewChange(claims.Put{After: c})) }()
	giveUp()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Commit gave %v, want context.Canceled", err)
	}
	release()
	// What is committed after it has gone through the same queue behind it.
	if err := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: claimstest.NewClaim(2, time.Now())})); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), c.ID); err != nil || got[0] != nil {
		t.Errorf("a change that was given up was made: %v, %v", got, err)
	}
}

func TestCloseFinishesWhatWasAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const callers = 30
	type result struct {
		id  claims.ID
		err error
	}
	results := make(chan result, callers)
	release := boltstore.Hold(s)
	for i := range callers {
		c := claimstest.NewClaim(i, time.Now())
		go func() { results <- result{c.ID, s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: c}))} }()
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	release()
	if err := <-closed; err != nil {
		t.Fatalf("Close: %v", err)
	}
	again, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for range callers {
		r := <-results
		got, err := again.Get(t.Context(), r.id)
		if err != nil {
			t.Fatal(err)
		}
		if made := got[0] != nil; made != (r.err == nil) {
			t.Errorf("Commit gave %v, and the claim is there: %t", r.err, made)
		}
		if r.err != nil && !errors.Is(r.err, claims.ErrUnavailable) {
			t.Errorf("Commit: %v, want nil or ErrUnavailable", r.err)
		}
	}
}

func TestForgetting(t *testing.T) {
	clock := claimstest.NewClock(time.Now())
	s := open(t, clock)
	const changes = 50
	commit := func(key string) error {
		c := claimstest.NewChange()
		c.Once[0].Key = key
		return s.Commit(t.Context(), c)
	}
	for i := range changes {
		if err := commit(string(rune('A' + i))); err != nil {
			t.Fatal(err)
		}
	}
	ended := claims.Credential{Hash: "h1", Kind: claims.CredentialSession, Account: "a1", Created: clock.Now(), Until: clock.Now().Add(time.Hour)}
	lasting := claims.Credential{Hash: "h2", Kind: claims.CredentialToken, Account: "a1", Created: clock.Now()}
	if err := errors.Join(s.PutCredential(t.Context(), ended), s.PutCredential(t.Context(), lasting)); err != nil {
		t.Fatal(err)
	}

	clock.Advance(claims.OnceFor - time.Minute)
	if err := commit("A"); !errors.Is(err, claims.ErrDone) {
		t.Errorf("a once key within its time: %v, want ErrDone", err)
	}
	clock.Advance(2 * time.Hour)
	for i := range changes {
		if err := commit("later " + string(rune('A'+i))); err != nil {
			t.Fatal(err)
		}
	}
	for bucket, want := range map[string]int{"once": changes, "once_times": changes, "credentials": 1, "credential_owners": 1, "credential_ends": 0} {
		if got := boltstore.Rows(t, s, bucket); got != want {
			t.Errorf("bucket %s has %d rows, want %d", bucket, got, want)
		}
	}
	if _, err := s.Credential(t.Context(), lasting.Hash); err != nil {
		t.Errorf("a credential without an end: %v", err)
	}
}
