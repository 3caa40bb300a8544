package claims

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SessionFor is how long a browser stays signed in, linkFor how long a sign-in link may be used.
const (
	SessionFor = 7 * 24 * time.Hour
	linkFor    = 72 * time.Hour
)

// An Invitation is what a new account's owner is shown once.
type Invitation struct {
	Account Account
	Link    Secret // signs in once, within 72 hours
	Token   Secret // for programs, until it is revoked
}

// AddAccount makes an account with a sign-in link and a token. Names are unique. It gives *InvalidError.
func (d *Desk) AddAccount(ctx context.Context, name string, roles []Role) (Invitation, error) {
	return d.addAccount(ctx, name, roles, false)
}

// FirstAccount makes the account "admin" of an empty store: it may add accounts, and as an editor it can work at once. It gives
// ErrConflict where there are accounts.
func (d *Desk) FirstAccount(ctx context.Context) (Invitation, error) {
	return d.addAccount(ctx, "admin", []Role{RoleAdmin, RoleEditor}, true)
}

func (d *Desk) addAccount(ctx context.Context, name string, roles []Role, first bool) (Invitation, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return Invitation{}, err
	}
	a := Account{Schema: 1, ID: "u_" + strings.ToLower(rand.Text()[:12]), Name: strings.TrimSpace(name), Roles: roles, Created: Clean(now)}
	if err := a.Check(); err != nil {
		return Invitation{}, err
	}
	if _, err := d.accountNamed(ctx, a.Name); err == nil && !first {
		return Invitation{}, &InvalidError{Field: "name", Problem: ProblemTaken}
	} else if err != nil && !errors.Is(err, ErrNotFound) {
		return Invitation{}, err
	}
	// The account goes last: one without credentials would be nobody's, credentials without an account are nothing.
	token := NewSecret()
	if err := d.store.PutCredential(ctx, Credential{Hash: token.Hash(), Kind: CredentialToken, Account: a.ID, Created: a.Created}); err != nil {
		return Invitation{}, fmt.Errorf("claims: add account: %w", err)
	}
	link, err := d.link(ctx, a)
	if err != nil {
		return Invitation{}, fmt.Errorf("claims: add account: %w", err)
	}
	if err := d.store.PutAccount(ctx, a, first); err != nil {
		return Invitation{}, errors.Join(fmt.Errorf("claims: add account: %w", err), d.store.DropCredentials(ctx, a.ID))
	}
	return Invitation{Account: a, Link: link, Token: token}, nil
}

func (d *Desk) accountNamed(ctx context.Context, name string) (Account, error) {
	as, err := d.store.Accounts(ctx)
	if err != nil {
		return Account{}, err
	}
	i := slices.IndexFunc(as, func(a Account) bool { return !a.Disabled && strings.EqualFold(a.Name, name) })
	if i < 0 {
		return Account{}, fmt.Errorf("claims: account %q: %w", name, ErrNotFound)
	}
	return as[i], nil
}

// link makes a sign-in link for an account.
func (d *Desk) link(ctx context.Context, a Account) (Secret, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return "", err
	}
	link := NewSecret()
	err = d.store.PutCredential(ctx, Credential{Hash: link.Hash(), Kind: CredentialLink, Account: a.ID,
		Created: Clean(now), Until: Clean(now.Add(linkFor))})
	return link, err
}

// NewLink makes another sign-in link for the account of a name.
func (d *Desk) NewLink(ctx context.Context, name string) (Secret, error) {
	a, err := d.accountNamed(ctx, name)
	if err != nil {
		return "", err
	}
	return d.link(ctx, a)
}

// RemoveAccount ends the account of a name: it stays in the history, and its links, tokens and sessions are gone. The last admin cannot be removed.
func (d *Desk) RemoveAccount(ctx context.Context, name string) error {
	a, err := d.accountNamed(ctx, name)
	if err != nil {
		return err
	}
	last, err := d.lastAdmin(ctx, a)
	if err != nil {
		return err
	}
	if last {
		return &InvalidError{Field: "name", Problem: ProblemLastAdmin}
	}
	a.Disabled = true
	if err := d.store.PutAccount(ctx, a, false); err != nil {
		return err
	}
	return d.store.DropCredentials(ctx, a.ID)
}

// lastAdmin reports whether nobody would be left to make accounts.
func (d *Desk) lastAdmin(ctx context.Context, a Account) (bool, error) {
	if !a.Is(RoleAdmin) {
		return false, nil
	}
	as, err := d.store.Accounts(ctx)
	return !slices.ContainsFunc(as, func(other Account) bool { return other.ID != a.ID && other.Is(RoleAdmin) }), err
}

// Accounts gives all accounts, oldest first.
func (d *Desk) Accounts(ctx context.Context) ([]Account, error) { return d.store.Accounts(ctx) }

// SignIn uses up a link and gives the account with the secret of a session. A link that is unknown, used or too old is ErrNotFound.
func (d *Desk) SignIn(ctx context.Context, link Secret) (Account, Secret, error) {
	a, err := d.who(ctx, link, CredentialLink)
	if err != nil {
		return Account{}, "", err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Account{}, "", err
	}
	session := NewSecret()
	err = d.store.PutCredential(ctx, Credential{Hash: session.Hash(), Kind: CredentialSession, Account: a.ID,
		Created: Clean(now), Until: Clean(now.Add(SessionFor))})
	if err != nil {
		return Account{}, "", err
	}
	// The link goes last: whoever loses the race for it has no session, and nobody loses the link for nothing.
	if _, err := d.store.TakeCredential(ctx, link.Hash()); err != nil {
		return Account{}, "", errors.Join(err, d.SignOut(ctx, session))
	}
	return a, session, nil
}

// SignOut ends a session.
func (d *Desk) SignOut(ctx context.Context, session Secret) error {
	_, err := d.store.TakeCredential(ctx, session.Hash())
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Who gives the account of a token or a session's secret, or ErrNotFound.
func (d *Desk) Who(ctx context.Context, s Secret) (Account, error) {
	return d.who(ctx, s, CredentialToken, CredentialSession)
}

func (d *Desk) who(ctx context.Context, s Secret, kinds ...CredentialKind) (Account, error) {
	c, err := d.store.Credential(ctx, s.Hash())
	if err != nil {
		return Account{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Account{}, err
	}
	if !slices.Contains(kinds, c.Kind) || !c.Until.IsZero() && !now.Before(c.Until) {
		return Account{}, ErrNotFound
	}
	a, err := d.store.Account(ctx, c.Account)
	if err == nil && a.Disabled {
		err = ErrNotFound
	}
	return a, err
}
