package claimstest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testAccounts(t *testing.T, s claims.Store, _ Options) {
	if as, err := s.Accounts(t.Context()); len(as) != 0 || err != nil {
		t.Errorf("Accounts of an empty store: %v, %v", as, err)
	}
	if _, err := s.Account(t.Context(), "a1"); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("an unknown account: %v, want ErrNotFound", err)
	}
	const servers = 20
	var first atomic.Int32
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() {
			a := claims.Account{Schema: 1, ID: string(rune('a' + i)), Name: "Админ", Roles: []claims.Role{claims.RoleAdmin}, Created: began()}
			switch err := s.PutAccount(t.Context(), a, true); {
			case err == nil:
				first.Add(1)
			case !errors.Is(err, claims.ErrConflict):
				t.Errorf("PutAccount: %v, want nil or ErrConflict", err)
			}
		})
	}
	all.Wait()
	as, err := s.Accounts(t.Context())
	if first.Load() != 1 || len(as) != 1 || err != nil {
		t.Fatalf("%d servers made the first account, there are %v, %v", first.Load(), as, err)
	}

	older := claims.Account{Schema: 1, ID: "zz", Name: "Асель", Roles: []claims.Role{claims.RoleReviewer}, Created: began().Add(-time.Hour)}
	newer := claims.Account{Schema: 1, ID: "00", Name: "Ержан", Roles: []claims.Role{claims.RoleEditor}, Created: began().Add(time.Hour)}
	for _, a := range []claims.Account{newer, older} {
		if err := s.PutAccount(t.Context(), a, false); err != nil {
			t.Fatalf("PutAccount: %v", err)
		}
	}
	newer.Disabled = true
	if err := s.PutAccount(t.Context(), newer, false); err != nil {
		t.Fatalf("PutAccount again: %v", err)
	}
	got, err := s.Accounts(t.Context())
	if diff := cmp.Diff([]claims.Account{older, as[0], newer}, got); err != nil || diff != "" {
		t.Errorf("Accounts: %v (-want +got):\n%s", err, diff)
	}
	one, err := s.Account(t.Context(), newer.ID)
	if diff := cmp.Diff(newer, one); err != nil || diff != "" {
		t.Errorf("Account: %v (-want +got):\n%s", err, diff)
	}
}

func testCredentials(t *testing.T, s claims.Store, _ Options) {
	now, err := s.Now(t.Context())
	if err != nil {
		t.Fatalf("Now: %v", err)
	}
	if want := claims.Clean(now); !now.Equal(want) || now.Location() != time.UTC {
		t.Errorf("Now is %v, want UTC in whole milliseconds", now)
	}
	credential := func(kind claims.CredentialKind, account string, until time.Time) claims.Credential {
		c := claims.Credential{Hash: claims.NewSecret().Hash(), Kind: kind, Account: account, Created: now, Until: until}
		if err := s.PutCredential(t.Context(), c); err != nil {
			t.Fatalf("PutCredential: %v", err)
		}
		return c
	}
	link := credential(claims.CredentialLink, "a1", now.Add(time.Hour))
	token := credential(claims.CredentialToken, "a1", time.Time{})
	ended := credential(claims.CredentialSession, "a1", now.Add(-time.Minute))
	others := credential(claims.CredentialSession, "a2", now.Add(time.Hour))
	for _, want := range []claims.Credential{link, token, ended, others} {
		got, err := s.Credential(t.Context(), want.Hash)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Credential: %v (-want +got):\n%s", err, diff)
		}
	}

	var took atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got, err := s.TakeCredential(t.Context(), link.Hash)
			switch {
			case err == nil && cmp.Equal(link, got):
				took.Add(1)
			case !errors.Is(err, claims.ErrNotFound):
				t.Errorf("TakeCredential: %v, %v", got, err)
			}
		})
	}
	all.Wait()
	if took.Load() != 1 {
		t.Errorf("%d callers took one credential", took.Load())
	}

	if err := s.DropCredentials(t.Context(), "a1"); err != nil {
		t.Fatalf("DropCredentials: %v", err)
	}
	if err := s.DropCredentials(t.Context(), "nobody"); err != nil {
		t.Errorf("DropCredentials of an account without any: %v", err)
	}
	for hash, want := range map[string]error{link.Hash: claims.ErrNotFound, token.Hash: claims.ErrNotFound, ended.Hash: claims.ErrNotFound, others.Hash: nil} {
		if _, err := s.Credential(t.Context(), hash); !errors.Is(err, want) {
			t.Errorf("Credential after DropCredentials: %v, want %v", err, want)
		}
	}
}
