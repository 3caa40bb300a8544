package boltstore

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// A reach goes through the places of one index.
type reach struct {
	cursor *bbolt.Cursor
	prefix []byte
	place  []byte // where it stands; nil at the end
}

func reachOf(tx *bbolt.Tx, x claims.Index, from []byte) *reach {
	r := &reach{cursor: tx.Bucket(bucketIndex).Cursor(), prefix: under(string(x))}
	k, _ := r.cursor.Seek(under(string(x), from...))
	r.stand(k)
	return r
}

func (r *reach) next() {
	k, _ := r.cursor.Next()
	r.stand(k)
}

// stand passes over keys that are too short to be a place.
func (r *reach) stand(k []byte) {
	for bytes.HasPrefix(k, r.prefix) && len(k) <= len(r.prefix)+8 {
		k, _ = r.cursor.Next()
	}
	if r.place = nil; bytes.HasPrefix(k, r.prefix) {
		r.place = k[len(r.prefix):]
	}
}

// walk gives the places of some indexes together from one on, each once, until f has enough. The indexes are few, so that the next place is found
// by looking at all of them.
func walk(tx *bbolt.Tx, xs []claims.Index, from []byte, f func(place []byte) (more bool)) {
	var reaches []*reach
	for _, x := range xs {
		reaches = append(reaches, reachOf(tx, x, from))
	}
	for {
		var first []byte
		for _, r := range reaches {
			if r.place != nil && (first == nil || bytes.Compare(r.place, first) < 0) {
				first = r.place
			}
		}
		if first == nil || !f(first) {
			return
		}
		for _, r := range reaches {
			if bytes.Equal(r.place, first) {
				r.next()
			}
		}
	}
}

// Range gives a page of some indexes, see claims.Store. The cursor is the place of the last claim given.
func (s *Store) Range(ctx context.Context, after claims.Cursor, limit int, xs ...claims.Index) ([]claims.ID, claims.Cursor, error) {
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
		walk(tx, xs, last, func(p []byte) bool {
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
		walk(tx, xs, nil, func(p []byte) bool {
			id := claims.ID(p[8:])
			if _, held := s.holds.until[id]; !held && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
			return len(ids) < n
		})
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
