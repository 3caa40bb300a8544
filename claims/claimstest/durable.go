package claimstest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testReopen(t *testing.T, s claims.Store, o Options) {
	if o.Reopen == nil {
		t.Skip("this store gives no way to open the same records again")
	}
	a, b := NewClaim(1, began()), NewClaim(2, began())
	ticket := claims.NewTicket()
	change := NewChange(put(claims.Claim{}, a), put(claims.Claim{}, b))
	change.Once[0].Value = "kept"
	change.Submissions = []claims.Submission{{Schema: 1, Ticket: ticket, Version: 1, Claim: a.ID, SeenIn: "family group", At: began()}}
	commit(t, s, change)
	account := claims.Account{Schema: 1, ID: "a1", Name: "Асель", Roles: []claims.Role{claims.RoleReviewer}, Created: began()}
	credential := claims.Credential{Hash: claims.NewSecret().Hash(), Kind: claims.CredentialToken, Account: "a1", Created: began()}
	if err := errors.Join(s.PutAccount(t.Context(), account, true), s.PutCredential(t.Context(), credential)); err != nil {
		t.Fatal(err)
	}
	before := stateOf(t, s, ticket, change.Once[0].Key, a.ID, b.ID)
	epoch, _ := head(t, s)

	s = o.Reopen(t, s)
	t.Cleanup(func() { s.Close() })
	if diff := cmp.Diff(before, stateOf(t, s, ticket, change.Once[0].Key, a.ID, b.ID)); diff != "" {
		t.Errorf("after opening again (-before +after):\n%s", diff)
	}
	if again, seq := head(t, s); again != epoch || seq != 2 {
		t.Errorf("Head after opening again: %q, %d, want %q, 2", again, seq, epoch)
	}
	if err := s.Commit(t.Context(), change); !errors.Is(err, claims.ErrDone) {
		t.Errorf("a once key after opening again: %v, want ErrDone", err)
	}
	if got, err := s.History(t.Context(), b.ID); err != nil || len(got) != 1 {
		t.Errorf("History after opening again: %v, %v", got, err)
	}
	gotAccount, err1 := s.Account(t.Context(), "a1")
	gotCredential, err2 := s.Credential(t.Context(), credential.Hash)
	if err := errors.Join(err1, err2); err != nil || !cmp.Equal(account, gotAccount) || !cmp.Equal(credential, gotCredential) {
		t.Errorf("people after opening again: %v, %v, %v", gotAccount, gotCredential, err)
	}
	commit(t, s, NewChange(put(a, next(a, nil))))
	if _, seq := head(t, s); seq != 3 {
		t.Errorf("the log goes on at %d, want 3", seq)
	}
}

func testClosed(t *testing.T, s claims.Store, _ Options) {
	c := NewClaim(1, began())
	file(t, s, c)
	waiting := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		_, err := s.Events(t.Context(), 1, 1, 30*time.Second)
		waiting <- err
	}()
	<-started
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	select {
	case err := <-waiting:
		if !errors.Is(err, claims.ErrUnavailable) {
			t.Errorf("Events of a store that is closed meanwhile: %v, want ErrUnavailable", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Events still waits after Close")
	}
	_, err := s.Get(t.Context(), c.ID)
	for name, err := range map[string]error{"Get": err, "Commit": s.Commit(t.Context(), NewChange(put(c, next(c, nil))))} {
		if !errors.Is(err, claims.ErrUnavailable) {
			t.Errorf("%s after Close: %v, want ErrUnavailable", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}
