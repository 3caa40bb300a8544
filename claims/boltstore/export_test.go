package boltstore

import (
	"testing"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// Overwrite puts bytes into an open store's file, past everything that guards it.
func Overwrite(t testing.TB, s *Store, bucket, key string, value []byte) {
	t.Helper()
	err := s.file.now().Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucket)).Put([]byte(key), value) })
	if err != nil {
		t.Fatal(err)
	}
}

// Rows counts what a bucket holds.
func Rows(t testing.TB, s *Store, bucket string) (n int) {
	t.Helper()
	err := s.file.now().View(func(tx *bbolt.Tx) error {
		n = tx.Bucket([]byte(bucket)).Stats().KeyN
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Hold keeps the writer busy until the function that it gives is called.
func Hold(s *Store) (release func()) {
	busy, held := make(chan struct{}), make(chan struct{})
	j := &job{done: make(chan error, 1), apply: func(*bbolt.Tx) error {
		close(held)
		<-busy
		return nil
	}}
	s.queue.jobs <- j
	<-held
	return func() { close(busy) }
}

// Queued is how many changes wait for the writer.
func Queued(s *Store) int { return len(s.queue.jobs) }

// What the fuzz tests read.
var (
	DecodeClaim      = decodeClaim
	DecodeSubmission = decodeSubmission
	ParseCursor      = parseCursor
)

// Encode is how a claim's record is written.
func Encode(c claims.Claim) ([]byte, error) {
	data, err := claims.EncodeRecord("claim", c)
	return value(claims.Record{After: c.Version, Data: data}), err
}
