package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// How much is read at a time: a long transaction keeps pages that others have freed, and the file grows.
const (
	sliceRows  = 1_000
	sliceBytes = 4 << 20
)

// Log gives entries of the event log after a number, see claims.Upkeep.
func (s *Store) Log(ctx context.Context, after int64, limit int) ([]claims.LogEntry, error) {
	if err := checkPage(after, limit); err != nil {
		return nil, err
	}
	var entries []claims.LogEntry
	err := s.view(ctx, "log", func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketEvents).Cursor()
		for k, v := c.Seek(number(after + 1)); len(k) == 8 && len(entries) < limit; k, v = c.Next() {
			link, data := unlinked(slices.Clone(v))
			entries = append(entries, claims.LogEntry{Number: int64(binary.BigEndian.Uint64(k)), Link: link, Record: data})
		}
		return nil
	})
	return entries, err
}

func checkPage(after int64, limit int) error {
	switch {
	case after < 0:
		return &claims.InvalidError{Field: "after", Problem: claims.ProblemFormat}
	case limit < 1:
		return &claims.InvalidError{Field: "limit", Problem: claims.ProblemFormat}
	}
	return nil
}

// A row is a key and its value, copied out of the file.
type row struct{ key, value []byte }

// rows gives the rows of a bucket after a key, as many as are read at a time; none after the last.
func rows(tx *bbolt.Tx, bucket, after []byte) (rs []row) {
	c, size := tx.Bucket(bucket).Cursor(), 0
	k, v := c.Seek(after)
	if after != nil && bytes.Equal(k, after) {
		k, v = c.Next()
	}
	for ; k != nil && len(rs) < sliceRows && size < sliceBytes; k, v = c.Next() {
		rs = append(rs, row{slices.Clone(k), slices.Clone(v)})
		size += len(k) + len(v)
	}
	return rs
}

// eachRow gives all rows of a bucket to f, outside of the transactions that read gives.
func eachRow(bucket []byte, read func(func(tx *bbolt.Tx) error) error, f func(row) error) error {
	var last []byte
	for {
		var rs []row
		err := read(func(tx *bbolt.Tx) error {
			rs = rows(tx, bucket, last)
			return nil
		})
		if err != nil || len(rs) == 0 {
			return err
		}
		for _, r := range rs {
			if err := f(r); err != nil {
				return err
			}
		}
		last = rs[len(rs)-1].key
	}
}

// Each gives every record of a kind, see claims.Upkeep.
func (s *Store) Each(ctx context.Context, kind claims.ItemKind, f func(claims.Item) error) error {
	if kind != claims.ItemClaim && kind != claims.ItemSubmission {
		return &claims.InvalidError{Field: "kind", Problem: claims.ProblemUnknown}
	}
	read := func(f func(tx *bbolt.Tx) error) error { return s.view(ctx, "each", f) }
	return eachRow(bucketOf(kind), read, func(r row) error { return f(itemOf(kind, r)) })
}

// Entries gives every index entry, see claims.Upkeep. Keys that are none are passed over.
func (s *Store) Entries(ctx context.Context, f func(claims.Entry) error) error {
	read := func(f func(tx *bbolt.Tx) error) error { return s.view(ctx, "entries", f) }
	return eachRow(bucketIndex, read, func(r row) error {
		x, p, _ := bytes.Cut(r.key, []byte{0})
		if len(p) <= 8 {
			return nil
		}
		score := int64(binary.BigEndian.Uint64(p) ^ 1<<63)
		return f(claims.Entry{Key: claims.Key{Index: claims.Index(x), Score: score}, Claim: claims.ID(p[8:])})
	})
}

// Mend takes away and adds index entries of a claim, see claims.Upkeep.
func (s *Store) Mend(ctx context.Context, id claims.ID, version int64, gone, come []claims.Key) error {
	if err := claims.CheckName("claim", string(id)); err != nil {
		return err
	}
	for _, k := range come {
		if err := claims.CheckName("index", string(k.Index)); err != nil {
			return err
		}
	}
	return s.write(ctx, "mend", 0, func(tx *bbolt.Tx) error {
		if versionOf(tx.Bucket(bucketClaims).Get([]byte(id))) != version {
			return claims.ErrConflict
		}
		for _, k := range gone {
			if err := entryOf(claims.Entry{Key: k, Claim: id}).remove(tx); err != nil {
				return err
			}
		}
		for _, k := range come {
			if err := entryOf(claims.Entry{Key: k, Claim: id}).add(tx); err != nil {
				return err
			}
		}
		for _, k := range slices.Concat(gone, come) {
			if err := recount(tx, k.Index); err != nil {
				return err
			}
		}
		return nil
	})
}

// recount counts what an index holds.
func recount(tx *bbolt.Tx, x claims.Index) error {
	var n int64
	prefix := under(string(x))
	c := tx.Bucket(bucketIndex).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n++
	}
	return tx.Bucket(bucketCounts).Put([]byte(x), number(n))
}

// Snapshot gives all that the store keeps, in one transaction, see claims.Upkeep. Writers go on meanwhile; what they free becomes free when it
// ends. f must not use the store: bbolt's transactions of one goroutine may wait for each other. One Snapshot, Load or Compact runs at a time, and
// others wait for it.
func (s *Store) Snapshot(ctx context.Context, f func(claims.Item) error) error {
	const what = "snapshot"
	if err := s.begin(ctx, what); err != nil {
		return err
	}
	defer s.end()
	var tx *bbolt.Tx
	err := s.guard(ctx, what, func() (err error) {
		tx, err = s.file.read()
		return err
	})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	read := func(f func(tx *bbolt.Tx) error) error {
		select {
		case <-s.closed:
			return unavailable(what, errClosed)
		default:
			return s.guard(ctx, what, func() error { return f(tx) })
		}
	}
	for _, kind := range []claims.ItemKind{claims.ItemClaim, claims.ItemSubmission, claims.ItemAccount, claims.ItemCredential, claims.ItemOnce,
		claims.ItemDamaged, claims.ItemEvent} {
		if err := eachRow(bucketOf(kind), read, func(r row) error { return f(itemOf(kind, r)) }); err != nil {
			return err
		}
	}
	return nil
}

// begin waits until nobody else copies what is in the file; end lets the next one.
func (s *Store) begin(ctx context.Context, what string) error {
	select {
	case s.upkeep <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return unavailable(what, errClosed)
	}
}

func (s *Store) end() { <-s.upkeep }

// bucketOf is where items of a kind are kept; nil for a kind that is unknown.
func bucketOf(kind claims.ItemKind) []byte {
	switch kind {
	case claims.ItemClaim:
		return bucketClaims
	case claims.ItemSubmission:
		return bucketSubmissions
	case claims.ItemEvent:
		return bucketEvents
	case claims.ItemAccount:
		return bucketAccounts
	case claims.ItemCredential:
		return bucketCredentials
	case claims.ItemOnce:
		return bucketOnce
	case claims.ItemDamaged:
		return bucketDamaged
	}
	return nil
}

// itemOf is a row as an item.
func itemOf(kind claims.ItemKind, r row) claims.Item {
	item := claims.Item{Kind: kind, Name: string(r.key), Data: r.value}
	switch kind {
	case claims.ItemClaim, claims.ItemSubmission:
		if data, version, err := open(r.value); err == nil {
			item.Version, item.Data = version, data
		}
	case claims.ItemEvent:
		item.Name, item.Number = "", numberOf(r.key)
		item.Link, item.Data = unlinked(r.value)
	case claims.ItemOnce:
		item.Until, item.Data = time.UnixMilli(numberOf(r.value)).UTC(), []byte(onceValue(r.value))
	}
	return item
}
