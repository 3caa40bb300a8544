package boltstore

import (
	"context"
	"encoding/binary"

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
