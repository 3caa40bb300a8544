package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
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
			switch {
			case err == nil:
				cs[i] = c
			case !errors.Is(err, claims.ErrNewer):
				bad.note(bucketClaims, []byte(id), value)
			}
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
		switch {
		case errors.Is(err, claims.ErrNewer):
			return fmt.Errorf("boltstore: submission: %w: %w", claims.ErrNotFound, err)
		case err != nil:
			bad.note(bucketSubmissions, []byte(t), value)
			return fmt.Errorf("boltstore: submission: its record is damaged: %w", claims.ErrNotFound)
		}
		sub = got
		return nil
	})
	s.setAside(ctx, bad)
	return sub, err
}

// decodeEvent reads an event. One that cannot be read keeps its number and its place, so that the log stays dense and its readers go on.
func decodeEvent(tx *bbolt.Tx, key, value []byte, bad *unreadable) claims.Event {
	var e claims.Event
	_, data := unlinked(value)
	if err := json.Unmarshal(data, &e); err != nil {
		e = claims.Event{}
		if tx.Bucket(bucketDamaged).Get(damagedName(bucketEvents, key)) == nil {
			bad.note(bucketEvents, key, value)
		}
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
		epoch, seq = string(tx.Bucket(bucketMeta).Get(keyEpoch)), int64(tx.Bucket(bucketEvents).Sequence())
		return nil
	})
	return epoch, seq, err
}
