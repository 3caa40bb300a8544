package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// Get gives claims by their IDs, see claims.Store.
func (s *Store) Get(ctx context.Context, ids ...claims.ID) ([]*claims.Claim, error) {
	cs := make([]*claims.Claim, len(ids))
	var bad unreadable
	err := s.view(ctx, "get", func(tx *bbolt.Tx) error {
		stored := tx.Bucket(bucketClaims)
		for i, id := range ids {
			value := stored.Get([]byte(id))
			if value == nil {
				continue
			}
			c, err := decodeClaim(value, id)
			if err != nil {
				bad.note(tx, bucketClaims, []byte(id), value, err)
				continue
			}
			cs[i] = c
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.setAside(ctx, bad)
	return cs, nil
}

// Submission gives what was sent under a ticket, or claims.ErrNotFound, also where the record cannot be read.
func (s *Store) Submission(ctx context.Context, t claims.Ticket) (*claims.Submission, error) {
	var sub *claims.Submission
	var bad unreadable
	err := s.view(ctx, "submission", func(tx *bbolt.Tx) error {
		value := tx.Bucket(bucketSubmissions).Get([]byte(t))
		if value == nil {
			return fmt.Errorf("boltstore: submission: %w", claims.ErrNotFound)
		}
		got, err := decodeSubmission(value, t)
		if err != nil {
			bad.note(tx, bucketSubmissions, []byte(t), value, err)
			return fmt.Errorf("boltstore: submission: its record is damaged: %w", claims.ErrNotFound)
		}
		sub = got
		return nil
	})
	s.setAside(ctx, bad)
	return sub, err
}

// decodeEvent reads an event. One that cannot be read keeps its number, so that the log stays dense and its readers go on.
func decodeEvent(tx *bbolt.Tx, key, value []byte, bad *unreadable) claims.Event {
	var e claims.Event
	if err := json.Unmarshal(value, &e); err != nil {
		e = claims.Event{}
		bad.note(tx, bucketEvents, key, value, err)
	}
	e.Seq = int64(binary.BigEndian.Uint64(key))
	return e
}

// eventsAfter gives up to limit events after a number.
func (s *Store) eventsAfter(ctx context.Context, after int64, limit int) ([]claims.Event, error) {
	var es []claims.Event
	var bad unreadable
	err := s.view(ctx, "events", func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketEvents).Cursor()
		for k, v := c.Seek(number(after + 1)); len(k) == 8 && len(es) < limit; k, v = c.Next() {
			es = append(es, decodeEvent(tx, k, v, &bad))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.setAside(ctx, bad)
	return es, nil
}

// History gives all events of a claim, oldest first.
func (s *Store) History(ctx context.Context, id claims.ID) ([]claims.Event, error) {
	var es []claims.Event
	var bad unreadable
	err := s.view(ctx, "history", func(tx *bbolt.Tx) error {
		log, prefix := tx.Bucket(bucketEvents), under(string(id))
		c := tx.Bucket(bucketHistory).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			key := k[len(prefix):]
			if value := log.Get(key); len(key) == 8 && value != nil {
				es = append(es, decodeEvent(tx, key, value, &bad))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.setAside(ctx, bad)
	return es, nil
}

// Head gives the log's epoch and the number of its last event.
func (s *Store) Head(ctx context.Context) (epoch string, seq int64, err error) {
	err = s.view(ctx, "head", func(tx *bbolt.Tx) error {
		seq = int64(tx.Bucket(bucketEvents).Sequence())
		return nil
	})
	return s.epoch, seq, err
}

// unreadable are records that a reader came upon and could not read.
type unreadable []struct{ name, copied []byte }

// note keeps a copy of what could not be read, unless that was done before.
func (u *unreadable) note(tx *bbolt.Tx, bucket, key, value []byte, why error) {
	name := damagedName(bucket, key)
	if tx.Bucket(bucketDamaged).Get(name) == nil {
		copied := fmt.Appendf(nil, "%v\x00%s", why, value)
		*u = append(*u, struct{ name, copied []byte }{name, copied})
	}
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

// setAside notes unreadable records in the file. That it could not is logged and harms no reader.
func (s *Store) setAside(ctx context.Context, bad unreadable) {
	if len(bad) == 0 {
		return
	}
	err := s.write(context.WithoutCancel(ctx), "set aside", func(tx *bbolt.Tx) error {
		for _, b := range bad {
			if err := tx.Bucket(bucketDamaged).Put(b.name, b.copied); err != nil {
				return err
			}
		}
		return nil
	})
	for _, b := range bad {
		s.log.ErrorContext(ctx, "record cannot be read and was set aside", "record", string(b.name), "noted", err == nil)
	}
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
