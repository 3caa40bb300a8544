package claimstest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"dalel/claims"
)

// An Outage stands between a store and its user and plays the store's failures. It starts switched on, and then changes nothing.
type Outage struct {
	store claims.Store
	off   atomic.Bool
	lose  atomic.Bool
}

var _ claims.Store = (*Outage)(nil)

// NewOutage is a store that can be switched off.
func NewOutage(s claims.Store) *Outage { return &Outage{store: s} }

// Off makes every method but Close give ErrUnavailable, wrapped, without asking the store.
func (o *Outage) Off() { o.off.Store(true) }

// On ends what Off began.
func (o *Outage) On() { o.off.Store(false) }

// LoseReply makes the next Commit that succeeds give ErrUnsure, wrapped, although the change was made.
func (o *Outage) LoseReply() { o.lose.Store(true) }

// through asks the store, unless it is switched off.
func through[T any](o *Outage, f func() (T, error)) (T, error) {
	if o.off.Load() {
		var none T
		return none, fmt.Errorf("claimstest: switched off: %w", claims.ErrUnavailable)
	}
	return f()
}

// act is through for what gives nothing but an error.
func (o *Outage) act(f func() error) error {
	_, err := through(o, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// Get is the store's Get.
func (o *Outage) Get(ctx context.Context, ids ...claims.ID) ([]*claims.Claim, error) {
	return through(o, func() ([]*claims.Claim, error) { return o.store.Get(ctx, ids...) })
}

// Submission is the store's Submission.
func (o *Outage) Submission(ctx context.Context, t claims.Ticket) (*claims.Submission, error) {
	return through(o, func() (*claims.Submission, error) { return o.store.Submission(ctx, t) })
}

// Commit is the store's Commit, see LoseReply.
func (o *Outage) Commit(ctx context.Context, c claims.Change) error {
	return o.act(func() error {
		err := o.store.Commit(ctx, c)
		if err == nil && o.lose.CompareAndSwap(true, false) {
			return fmt.Errorf("claimstest: lost the reply: %w", claims.ErrUnsure)
		}
		return err
	})
}

// Done is the store's Done.
func (o *Outage) Done(ctx context.Context, key string) (value string, known bool, err error) {
	value, err = through(o, func() (string, error) {
		value, known, err = o.store.Done(ctx, key)
		return value, err
	})
	return value, known, err
}

// Range is the store's Range.
func (o *Outage) Range(ctx context.Context, after claims.Cursor, limit int, xs ...claims.Index) (ids []claims.ID, then claims.Cursor, err error) {
	ids, err = through(o, func() ([]claims.ID, error) {
		ids, then, err = o.store.Range(ctx, after, limit, xs...)
		return ids, err
	})
	return ids, then, err
}

// Pick is the store's Pick.
func (o *Outage) Pick(ctx context.Context, n int, hold time.Duration, xs ...claims.Index) ([]claims.ID, error) {
	return through(o, func() ([]claims.ID, error) { return o.store.Pick(ctx, n, hold, xs...) })
}

// Count is the store's Count.
func (o *Outage) Count(ctx context.Context, xs ...claims.Index) ([]int64, error) {
	return through(o, func() ([]int64, error) { return o.store.Count(ctx, xs...) })
}

// Events is the store's Events. A call that waits when the outage begins goes on waiting.
func (o *Outage) Events(ctx context.Context, after int64, limit int, wait time.Duration) ([]claims.Event, error) {
	return through(o, func() ([]claims.Event, error) { return o.store.Events(ctx, after, limit, wait) })
}

// History is the store's History.
func (o *Outage) History(ctx context.Context, id claims.ID) ([]claims.Event, error) {
	return through(o, func() ([]claims.Event, error) { return o.store.History(ctx, id) })
}

// Head is the store's Head.
func (o *Outage) Head(ctx context.Context) (epoch string, seq int64, err error) {
	epoch, err = through(o, func() (string, error) {
		epoch, seq, err = o.store.Head(ctx)
		return epoch, err
	})
	return epoch, seq, err
}

// Damaged is the store's Damaged.
func (o *Outage) Damaged(ctx context.Context) ([]string, error) {
	return through(o, func() ([]string, error) { return o.store.Damaged(ctx) })
}

// Now is the store's Now.
func (o *Outage) Now(ctx context.Context) (time.Time, error) {
	return through(o, func() (time.Time, error) { return o.store.Now(ctx) })
}

// Accounts is the store's Accounts.
func (o *Outage) Accounts(ctx context.Context) ([]claims.Account, error) {
	return through(o, func() ([]claims.Account, error) { return o.store.Accounts(ctx) })
}

// Account is the store's Account.
func (o *Outage) Account(ctx context.Context, id string) (claims.Account, error) {
	return through(o, func() (claims.Account, error) { return o.store.Account(ctx, id) })
}

// PutAccount is the store's PutAccount.
func (o *Outage) PutAccount(ctx context.Context, a claims.Account, first bool) error {
	return o.act(func() error { return o.store.PutAccount(ctx, a, first) })
}

// PutCredential is the store's PutCredential.
func (o *Outage) PutCredential(ctx context.Context, c claims.Credential) error {
	return o.act(func() error { return o.store.PutCredential(ctx, c) })
}

// Credential is the store's Credential.
func (o *Outage) Credential(ctx context.Context, hash string) (claims.Credential, error) {
	return through(o, func() (claims.Credential, error) { return o.store.Credential(ctx, hash) })
}

// TakeCredential is the store's TakeCredential.
func (o *Outage) TakeCredential(ctx context.Context, hash string) (claims.Credential, error) {
	return through(o, func() (claims.Credential, error) { return o.store.TakeCredential(ctx, hash) })
}

// DropCredentials is the store's DropCredentials.
func (o *Outage) DropCredentials(ctx context.Context, account string) error {
	return o.act(func() error { return o.store.DropCredentials(ctx, account) })
}

// Close closes the store, switched off or not.
func (o *Outage) Close() error { return o.store.Close() }
