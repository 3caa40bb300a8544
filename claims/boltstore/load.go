package boltstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// Load fills an empty store, see claims.Upkeep. Meanwhile whatever reads or writes gives claims.ErrUnavailable, and also when it has failed: then
// the next Load begins anew. An event that has another number than the one after the last, and was not given before, is a claims.InvalidError,
// because the log would not be whole. What a later version of the program has written is kept without index entries.
func (s *Store) Load(ctx context.Context, items iter.Seq2[claims.Item, error]) error {
	const what = "load"
	if err := s.begin(ctx, what); err != nil {
		return err
	}
	defer s.end()
	again := s.loading.Load()
	if err := s.fill(ctx, what, empty); err != nil {
		s.loading.Store(again || errors.Is(err, claims.ErrUnsure))
		return err
	}
	var chunk []claims.Item
	size := 0
	write := func() error {
		err := s.fill(ctx, what, func(tx *bbolt.Tx) error { return putAll(tx, chunk) })
		chunk, size = chunk[:0], 0
		return err
	}
	for item, err := range items {
		if err != nil {
			return wrap(what, err)
		}
		if err := checkItem(item); err != nil {
			return wrap(what, err)
		}
		chunk, size = append(chunk, item), size+len(item.Data)
		if len(chunk) < sliceRows && size < sliceBytes {
			continue
		}
		if err := write(); err != nil {
			return err
		}
	}
	if err := write(); err != nil {
		return err
	}
	if err := s.indexAll(ctx, what); err != nil {
		return err
	}
	err := s.fill(ctx, what, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Put(keyEpoch, []byte(rand.Text())), meta.Delete(keyLoading))
	})
	if err != nil {
		return err
	}
	s.loading.Store(false)
	s.news.tell()
	return nil
}

// fill makes one of Load's transactions. The store is loading from the first on that is not refused, before the writer comes to whatever others have
// asked for meanwhile, and until the last is durable.
func (s *Store) fill(ctx context.Context, what string, f func(tx *bbolt.Tx) error) error {
	j := &job{done: make(chan error, 1), apply: func(*bbolt.Tx) error {
		refused, err := s.transact([]*job{{apply: func(tx *bbolt.Tx) error {
			err := f(tx)
			if err == nil {
				s.loading.Store(true)
			}
			return err
		}}})
		if err != nil {
			return err
		}
		return refused[0]
	}}
	return s.hand(ctx, what, s.queue.alone, j)
}

// empty holds a store to being empty, or makes it so where a Load was interrupted, and marks it.
func empty(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta.Get(keyLoading) == nil {
		for _, name := range buckets() {
			if k, _ := tx.Bucket(name).Cursor().First(); k != nil && !bytes.Equal(name, bucketMeta) && !bytes.Equal(name, bucketCounts) {
				return claims.ErrNotEmpty
			}
		}
	}
	for _, name := range buckets() {
		if bytes.Equal(name, bucketMeta) {
			continue
		}
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return errors.Join(meta.Delete(keyLink), meta.Put(keyLoading, present()))
}

// checkItem refuses what no store gives.
func checkItem(item claims.Item) error {
	switch item.Kind {
	case claims.ItemEvent:
		if item.Number < 1 || strings.ContainsRune(item.Link, '\n') {
			return &claims.InvalidError{Field: "event", Problem: claims.ProblemFormat}
		}
		return nil
	case claims.ItemOnce:
		switch {
		case item.Name == "":
			return &claims.InvalidError{Field: "once", Problem: claims.ProblemRequired}
		case len(item.Name) > claims.MaxOnce || len(item.Data) > claims.MaxOnce:
			return &claims.InvalidError{Field: "once", Problem: claims.ProblemTooLong, Limit: claims.MaxOnce}
		}
		return nil
	case claims.ItemDamaged:
		if item.Name == "" || len(item.Name) > bbolt.MaxKeySize {
			return &claims.InvalidError{Field: "damaged", Problem: claims.ProblemFormat}
		}
		return nil
	}
	if bucketOf(item.Kind) == nil {
		return &claims.InvalidError{Field: "kind", Problem: claims.ProblemUnknown}
	}
	return claims.CheckName(string(item.Kind), item.Name)
}

func putAll(tx *bbolt.Tx, items []claims.Item) error {
	for _, item := range items {
		if err := putItem(tx, item); err != nil {
			return err
		}
	}
	return nil
}

// putItem keeps an item as it was given. Of an item that comes again the last holds.
func putItem(tx *bbolt.Tx, item claims.Item) error {
	switch item.Kind {
	case claims.ItemClaim, claims.ItemSubmission:
		return tx.Bucket(bucketOf(item.Kind)).Put([]byte(item.Name), value(claims.Record{After: item.Version, Data: item.Data}))
	case claims.ItemEvent:
		return putEvent(tx, item)
	case claims.ItemOnce:
		return remember(tx, item.Name, string(item.Data), item.Until)
	case claims.ItemCredential:
		var c claims.Credential
		if err := json.Unmarshal(item.Data, &c); err == nil && c.Hash == item.Name && claims.CheckName("account", c.Account) == nil {
			return putCredential(tx, c, item.Data)
		}
	}
	return tx.Bucket(bucketOf(item.Kind)).Put([]byte(item.Name), item.Data)
}

// putEvent appends an event with the link that it has, whatever that is: a chain that was broken stays so.
func putEvent(tx *bbolt.Tx, item claims.Item) error {
	log := tx.Bucket(bucketEvents)
	last := int64(log.Sequence())
	switch kept := log.Get(number(item.Number)); {
	case item.Number <= last && bytes.Equal(kept, linked(item.Link, item.Data)):
		return nil
	case item.Number != last+1:
		return fmt.Errorf("boltstore: event %d comes after %d: %w", item.Number, last, &claims.InvalidError{Field: "event", Problem: claims.ProblemFormat})
	}
	var e claims.Event
	if err := json.Unmarshal(item.Data, &e); err != nil || claims.CheckName("event", string(e.Claim)) != nil {
		e.Claim = "" // in nobody's history
	}
	return errors.Join(record(tx, item.Number, item.Link, item.Data, e.Claim), tx.Bucket(bucketMeta).Put(keyLink, []byte(item.Link)))
}

// indexAll gives all claims their index entries, and sets aside those that cannot be read.
func (s *Store) indexAll(ctx context.Context, what string) error {
	var last []byte
	for more := true; more; {
		err := s.fill(ctx, what, func(tx *bbolt.Tx) error {
			rs := rows(tx, bucketClaims, last)
			for _, r := range rs {
				if err := indexOne(tx, r); err != nil {
					return err
				}
				last = r.key
			}
			more = len(rs) > 0
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func indexOne(tx *bbolt.Tx, r row) error {
	c, err := decodeClaim(r.value, claims.ID(r.key))
	if errors.Is(err, claims.ErrNewer) {
		return nil
	}
	var keys []claims.Key
	if err == nil {
		keys = claims.Keys(*c)
	}
	if err != nil || slices.ContainsFunc(keys, func(k claims.Key) bool { return claims.CheckName("index", string(k.Index)) != nil }) {
		_, err := move(tx, bucketClaims, r.key, r.value)
		return err
	}
	for _, k := range keys {
		if err := entryOf(claims.Entry{Key: k, Claim: c.ID}).add(tx); err != nil {
			return err
		}
	}
	return nil
}
