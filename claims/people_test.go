package claims_test

import (
	"errors"
	"testing"
	"time"

	"dalel/claims"
)

func TestPeople(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	first, err := r.FirstAccount(ctx)
	if err != nil || !first.Account.Is(claims.RoleAdmin) || !first.Account.Is(claims.RoleReviewer) {
		t.Fatalf("%+v, %v", first.Account, err)
	}
	if _, err := r.FirstAccount(ctx); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("a second first account: %v", err)
	}
	if who, err := r.Who(ctx, first.Token); err != nil || who.ID != first.Account.ID {
		t.Errorf("the token: %v", err)
	}
	if _, err := r.Who(ctx, first.Link); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a link as a token: %v", err)
	}
	if _, _, err := r.SignIn(ctx, first.Token); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a token as a link: %v", err)
	}
	_, session, err := r.SignIn(ctx, first.Link)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.SignIn(ctx, first.Link); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a link used twice: %v", err)
	}
	if _, err := r.Who(ctx, session); err != nil {
		t.Errorf("the session: %v", err)
	}
	r.clock.Advance(8 * 24 * time.Hour)
	if _, err := r.Who(ctx, session); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a session of last week: %v", err)
	}
	link, err := r.NewLink(ctx, "ADMIN")
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(73 * time.Hour)
	if _, _, err := r.SignIn(ctx, link); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a link after 73 hours: %v", err)
	}
	if _, err := r.AddAccount(ctx, "Admin", []claims.Role{claims.RoleReviewer}); err == nil {
		t.Error("two accounts of one name")
	}
	if err := r.RemoveAccount(ctx, "admin"); err == nil {
		t.Error("the last admin was removed")
	}
	if _, err := r.AddAccount(ctx, "Second admin", []claims.Role{claims.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := r.RemoveAccount(ctx, "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Who(ctx, first.Token); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("the token of a removed account: %v", err)
	}
}

func TestNamesOfRemovedAccountsAreFree(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	for range 2 {
		if _, err := r.AddAccount(ctx, "Aru", []claims.Role{claims.RoleReviewer}); err != nil {
			t.Fatal(err)
		}
		if err := r.RemoveAccount(ctx, "aru"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.NewLink(ctx, "Aru"); !errors.Is(err, claims.ErrNotFound) {
			t.Errorf("a link for a removed account: %v", err)
		}
	}
}
