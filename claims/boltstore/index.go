package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// An entry is a claim's place in an index.
type entry struct {
	index claims.Index
	place []byte // score, sign flipped, and ID
}

func entryOf(e claims.Entry) entry { return entry{e.Index, place(e.Score, e.Claim)} }

// place orders as the score and then the ID do, because the flipped sign puts negative numbers before the others.
func place(score int64, id claims.ID) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(score)^1<<63), id...)
}

func (e entry) key() []byte { return under(string(e.index), e.place...) }

func (e entry) add(tx *bbolt.Tx) error {
	x := tx.Bucket(bucketIndex)
	if x.Get(e.key()) != nil {
		return nil
	}
	if err := x.Put(e.key(), present()); err != nil {
		return err
	}
	return e.count(tx, 1)
}

func (e entry) remove(tx *bbolt.Tx) error {
	x := tx.Bucket(bucketIndex)
	if x.Get(e.key()) == nil {
		return nil
	}
	if err := x.Delete(e.key()); err != nil {
		return err
	}
	return e.count(tx, -1)
}

func (e entry) count(tx *bbolt.Tx, by int64) error {
	counts := tx.Bucket(bucketCounts)
	return counts.Put([]byte(e.index), number(countOf(counts, e.index)+by))
}

func countOf(counts *bbolt.Bucket, x claims.Index) int64 {
	if b := counts.Get([]byte(x)); len(b) == 8 {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// Count gives how many claims each index holds.
func (s *Store) Count(ctx context.Context, xs ...claims.Index) ([]int64, error) {
	ns := make([]int64, len(xs))
	err := s.view(ctx, "count", func(tx *bbolt.Tx) error {
		for i, x := range xs {
			ns[i] = countOf(tx.Bucket(bucketCounts), x)
		}
		return nil
	})
	return ns, err
}

// walk gives the places of an index from one on, until f has enough.
func walk(tx *bbolt.Tx, x claims.Index, from []byte, f func(place []byte) (more bool)) {
	prefix := under(string(x))
	c := tx.Bucket(bucketIndex).Cursor()
	for k, _ := c.Seek(under(string(x), from...)); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if p := k[len(prefix):]; len(p) > 8 && !f(p) {
			return
		}
	}
}

// Range gives a page of an index, see claims.Store. The cursor is the place of the last claim given.
func (s *Store) Range(ctx context.Context, x claims.Index, after claims.Cursor, limit int) ([]claims.ID, claims.Cursor, error) {
	if limit < 1 {
		return nil, "", &claims.InvalidError{Field: "limit", Problem: claims.ProblemFormat}
	}
	last, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	var ids []claims.ID
	more := false
	err = s.view(ctx, "range", func(tx *bbolt.Tx) error {
		walk(tx, x, last, func(p []byte) bool {
			if bytes.Equal(p, last) {
				return true
			}
			if len(ids) == limit {
				more = true
				return false
			}
			ids = append(ids, claims.ID(p[8:]))
			after = claims.Cursor(hex.EncodeToString(p[:8]) + ":" + string(p[8:]))
			return true
		})
		return nil
	})
	if err != nil || !more {
		after = ""
	}
	return ids, after, err
}

func parseCursor(c claims.Cursor) (place []byte, err error) {
	if c == "" {
		return nil, nil
	}
	score, id, found := strings.Cut(string(c), ":")
	b, err := hex.DecodeString(score)
	if err != nil || !found || len(b) != 8 || claims.CheckName("cursor", id) != nil {
		return nil, &claims.InvalidError{Field: "cursor", Problem: claims.ProblemFormat}
	}
	return append(b, id...), nil
}

// holds are the claims that Pick gave and hides. They are a hint and need not outlive the process.
type holds struct {
	mu    sync.Mutex
	until map[claims.ID]time.Time
}

// Pick gives heads of the indexes that it does not hide, see claims.Store.
func (s *Store) Pick(ctx context.Context, n int, hold time.Duration, xs ...claims.Index) ([]claims.ID, error) {
	if n < 1 {
		return nil, ctx.Err()
	}
	s.holds.mu.Lock()
	defer s.holds.mu.Unlock()
	now := s.now()
	for id, until := range s.holds.until {
		if !now.Before(until) {
			delete(s.holds.until, id)
		}
	}
	var ids []claims.ID
	err := s.view(ctx, "pick", func(tx *bbolt.Tx) error {
		for _, x := range xs {
			walk(tx, x, nil, func(p []byte) bool {
				id := claims.ID(p[8:])
				if _, held := s.holds.until[id]; !held && len(ids) < n && !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
				return len(ids) < n
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		s.holds.until[id] = now.Add(hold)
	}
	return ids, nil
}
