package claimstest

import (
	"context"
	"iter"

	"dalel/claims"
)

// Log is the store's Log.
func (o *Outage) Log(ctx context.Context, after int64, limit int) ([]claims.LogEntry, error) {
	return through(o, func() ([]claims.LogEntry, error) { return o.store.Log(ctx, after, limit) })
}

// Each is the store's Each. An outage that begins meanwhile does not end it.
func (o *Outage) Each(ctx context.Context, kind claims.ItemKind, f func(claims.Item) error) error {
	return o.act(func() error { return o.store.Each(ctx, kind, f) })
}

// Entries is the store's Entries. An outage that begins meanwhile does not end it.
func (o *Outage) Entries(ctx context.Context, f func(claims.Entry) error) error {
	return o.act(func() error { return o.store.Entries(ctx, f) })
}

// Mend is the store's Mend.
func (o *Outage) Mend(ctx context.Context, id claims.ID, version int64, gone, come []claims.Key) error {
	return o.act(func() error { return o.store.Mend(ctx, id, version, gone, come) })
}

// Snapshot is the store's Snapshot. An outage that begins meanwhile does not end it.
func (o *Outage) Snapshot(ctx context.Context, f func(claims.Item) error) error {
	return o.act(func() error { return o.store.Snapshot(ctx, f) })
}

// Load is the store's Load. An outage that begins meanwhile does not end it.
func (o *Outage) Load(ctx context.Context, items iter.Seq2[claims.Item, error]) error {
	return o.act(func() error { return o.store.Load(ctx, items) })
}

// Compact is the store's Compact.
func (o *Outage) Compact(ctx context.Context) (before, after int64, err error) {
	before, err = through(o, func() (int64, error) {
		before, after, err = o.store.Compact(ctx)
		return before, err
	})
	return before, after, err
}
