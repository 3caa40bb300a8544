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
	return s.write(ctx, what, len(made.Once), func(tx *bbolt.Tx) error { return apply(tx, made, s.now()) })
}

// apply checks everything and then writes everything.
func apply(tx *bbolt.Tx, c claims.Encoded, now time.Time) error {
	for _, o := range c.Once {
		if kept := tx.Bucket(bucketOnce).Get([]byte(o.Key)); kept != nil {
			return &claims.DoneError{Key: o.Key, Value: onceValue(kept)}
		}
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

	var err error
	for _, o := range c.Once {
		err = errors.Join(err, remember(tx, o.Key, o.Value, now.Add(o.For)))
	}
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
	meta, log := tx.Bucket(bucketMeta), tx.Bucket(bucketEvents)
	link := string(meta.Get(keyLink))
	for _, e := range c.Events {
		n := int64(log.Sequence()) + 1
		link = claims.Link(link, n, e.Data)
		err = errors.Join(err, record(tx, n, link, e.Data, e.Claim))
	}
	return errors.Join(err, meta.Put(keyLink, []byte(link)))
}

// record appends an event to the log, and to its claim's history unless the claim is not known.
func record(tx *bbolt.Tx, n int64, link string, data []byte, id claims.ID) error {
	log := tx.Bucket(bucketEvents)
	err := errors.Join(log.SetSequence(uint64(n)), log.Put(number(n), linked(link, data)))
	if id == "" {
		return err
	}
	return errors.Join(err, tx.Bucket(bucketHistory).Put(under(string(id), number(n)...), present()))
}

// remember keeps a once key until an end. Of a key that is there the later end holds.
func remember(tx *bbolt.Tx, key, value string, until time.Time) error {
	end := millis(until)
	return errors.Join(tx.Bucket(bucketOnce).Put([]byte(key), timed(end, []byte(value))),
		tx.Bucket(bucketOnceTimes).Put(timed(end, []byte(key)), present()))
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

// onceValue is the value that is kept behind a once key's end.
func onceValue(kept []byte) string { return string(kept[min(8, len(kept)):]) }

// credentialRest is how long a credential is still there after its end, so that whoever shows it is told that it has ended.
const credentialRest = 24 * time.Hour

// sweep forgets what has had its time: up to n once keys and n credentials.
func sweep(tx *bbolt.Tx, now time.Time, n int) error {
	once := tx.Bucket(bucketOnce)
	err := expired(tx.Bucket(bucketOnceTimes), number(millis(now)), n, func(at int64, key []byte) error {
		if kept := once.Get(key); len(kept) >= 8 && int64(binary.BigEndian.Uint64(kept)) == at {
			return once.Delete(key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	ended := number(millis(now.Add(-credentialRest)))
	return expired(tx.Bucket(bucketEnds), ended, n, func(_ int64, hash []byte) error { return removeCredential(tx, hash) })
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
