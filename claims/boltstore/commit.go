package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// Commit makes a change, see claims.Store. What is malformed is a claims.InvalidError.
func (s *Store) Commit(ctx context.Context, c claims.Change) error {
	const what = "commit"
	made, err := c.Encode()
	if err != nil {
		return wrap(what, err)
	}
	return s.write(ctx, what, func(tx *bbolt.Tx) error { return apply(tx, made, s.now()) })
}

// apply checks everything and then writes everything.
func apply(tx *bbolt.Tx, c claims.Encoded, now time.Time) error {
	if kept := tx.Bucket(bucketOnce).Get([]byte(c.Once.Key)); kept != nil {
		return &claims.DoneError{Value: onceValue(kept)}
	}
	kinds := []struct {
		bucket  *bbolt.Bucket
		records []claims.Record
	}{{tx.Bucket(bucketClaims), c.Claims}, {tx.Bucket(bucketSubmissions), c.Submissions}}
	for _, kind := range kinds {
		for _, r := range kind.records {
			if versionOf(kind.bucket.Get([]byte(r.Name))) != r.Before {
				return claims.ErrConflict
			}
		}
	}

	at := millis(now)
	err := errors.Join(
		tx.Bucket(bucketOnce).Put([]byte(c.Once.Key), timed(at, []byte(c.Once.Value))),
		tx.Bucket(bucketOnceTimes).Put(timed(at, []byte(c.Once.Key)), present()))
	for _, kind := range kinds {
		for _, r := range kind.records {
			err = errors.Join(err, kind.bucket.Put([]byte(r.Name), value(r)))
		}
	}
	for _, e := range c.Gone {
		err = errors.Join(err, entryOf(e).remove(tx))
	}
	for _, e := range c.Come {
		err = errors.Join(err, entryOf(e).add(tx))
	}
	log, history := tx.Bucket(bucketEvents), tx.Bucket(bucketHistory)
	for _, e := range c.Events {
		seq, numberErr := log.NextSequence()
		err = errors.Join(err, numberErr, log.Put(number(int64(seq)), e.Data),
			history.Put(under(string(e.Claim), number(int64(seq))...), present()))
	}
	return err
}

// Done gives the value of a once key, and whether the key is known.
func (s *Store) Done(ctx context.Context, key string) (value string, known bool, err error) {
	err = s.view(ctx, "done", func(tx *bbolt.Tx) error {
		if kept := tx.Bucket(bucketOnce).Get([]byte(key)); kept != nil {
			value, known = onceValue(kept), true
		}
		return nil
	})
	return value, known, err
}

// onceValue is the value that is kept behind a once key's time.
func onceValue(kept []byte) string { return string(kept[min(8, len(kept)):]) }

// sweep forgets what has had its time: up to n once keys and n credentials.
func sweep(tx *bbolt.Tx, now time.Time, n int) error {
	end := number(millis(now.Add(-claims.OnceFor)))
	once := tx.Bucket(bucketOnce)
	err := expired(tx.Bucket(bucketOnceTimes), end, n, func(at int64, key []byte) error {
		if kept := once.Get(key); len(kept) >= 8 && int64(binary.BigEndian.Uint64(kept)) == at {
			return once.Delete(key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return expired(tx.Bucket(bucketEnds), end, n, func(_ int64, hash []byte) error { return removeCredential(tx, hash) })
}

// expired removes up to n keys that begin with a time before end, the oldest first, and tells each.
func expired(times *bbolt.Bucket, end []byte, n int, tell func(at int64, rest []byte) error) error {
	var keys [][]byte
	c := times.Cursor()
	for k, _ := c.First(); k != nil && len(keys) < n && slices.Compare(k[:min(8, len(k))], end) < 0; k, _ = c.Next() {
		keys = append(keys, slices.Clone(k))
	}
	for _, k := range keys {
		if err := times.Delete(k); err != nil {
			return err
		}
		if len(k) < 8 {
			continue
		}
		if err := tell(int64(binary.BigEndian.Uint64(k)), k[8:]); err != nil {
			return err
		}
	}
	return nil
}
