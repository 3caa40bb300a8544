package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// unreadable are records that a reader came upon and could not read, as it saw them.
type unreadable []struct{ bucket, key, value []byte }

func (u *unreadable) note(bucket, key, value []byte) {
	*u = append(*u, struct{ bucket, key, value []byte }{bucket, slices.Clone(key), slices.Clone(value)})
}

// damagedName is how Damaged lists a record. Tickets are secrets: of a submission it shows the first symbols only.
func damagedName(bucket, key []byte) []byte {
	switch {
	case bytes.Equal(bucket, bucketEvents):
		return fmt.Appendf(nil, "events/%d", binary.BigEndian.Uint64(key))
	case bytes.Equal(bucket, bucketSubmissions):
		return fmt.Appendf(nil, "submissions/%.4s…", key)
	}
	return fmt.Appendf(nil, "%s/%s", bucket, key)
}

// setAside moves unreadable records to where Damaged lists them. That it could not is logged and harms no reader: the next one tries again.
func (s *Store) setAside(ctx context.Context, bad unreadable) {
	if len(bad) == 0 {
		return
	}
	var moved []string
	err := s.write(context.WithoutCancel(ctx), "set aside", 0, func(tx *bbolt.Tx) error {
		moved = nil
		for _, b := range bad {
			if !bytes.Equal(tx.Bucket(b.bucket).Get(b.key), b.value) {
				continue // another reader was faster, or there is a sound one now
			}
			name, err := move(tx, b.bucket, b.key, b.value)
			if err != nil {
				return err
			}
			if name != "" {
				moved = append(moved, name)
			}
		}
		return nil
	})
	if err != nil {
		s.log.ErrorContext(ctx, "records cannot be read, nor set aside", "records", len(bad), "error", err)
		return
	}
	for _, name := range moved {
		s.log.ErrorContext(ctx, "record cannot be read and was set aside", "record", name)
	}
}

// move keeps the bytes of a record under the name that it gives, and frees its place. An event keeps its place, because the log is dense; the
// name is empty where that was set aside before.
func move(tx *bbolt.Tx, bucket, key, value []byte) (name string, err error) {
	damaged, plain := tx.Bucket(bucketDamaged), damagedName(bucket, key)
	if bytes.Equal(bucket, bucketEvents) {
		if damaged.Get(plain) != nil {
			return "", nil
		}
		return string(plain), damaged.Put(plain, slices.Clone(value))
	}
	full := plain
	for n := 2; damaged.Get(full) != nil; n++ { // a second record of one ID, or of a ticket that begins like another
		full = fmt.Appendf(nil, "%s#%d", plain, n)
	}
	if err := damaged.Put(full, slices.Clone(value)); err != nil {
		return "", err
	}
	return string(full), tx.Bucket(bucket).Delete(key)
}

// Damaged lists the records that a reader could not read, as "claims/ID", "events/number" and so on.
func (s *Store) Damaged(ctx context.Context) ([]string, error) {
	var names []string
	err := s.view(ctx, "damaged", func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketDamaged).ForEach(func(name, _ []byte) error {
			names = append(names, string(name))
			return nil
		})
	})
	return names, err
}

// kept reads what is kept under a key as JSON, or gives claims.ErrNotFound, also where it cannot be read: that is noted.
func kept(tx *bbolt.Tx, bucket []byte, key string, v any, bad *unreadable) error {
	value := tx.Bucket(bucket).Get([]byte(key))
	if value == nil {
		return fmt.Errorf("boltstore: %s: %w", bucket, claims.ErrNotFound)
	}
	if err := json.Unmarshal(value, v); err != nil {
		bad.note(bucket, []byte(key), value)
		return fmt.Errorf("boltstore: %s: the record is damaged: %w", bucket, claims.ErrNotFound)
	}
	return nil
}
