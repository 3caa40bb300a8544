package boltstore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

func TestOpenLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, claims.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("Open of a file in use: %v, want ErrLocked with its name", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Open of a file in use took %v", took)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = boltstore.Open(path, boltstore.Options{}); err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	s.Close()
}

// filled makes the file of a store with claims in it.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		c := claimstest.NewClaim(i, time.UnixMilli(int64(i)))
		c.Text = strings.Repeat("ы", 3_000)
		if err := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: c})); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name string
		make func(t *testing.T) string
	}{
		{"a text file", func(t *testing.T) string { return written(t, []byte("these are notes\n")) }},
		{"a large text file", func(t *testing.T) string { return written(t, bytes.Repeat([]byte("these are notes\n"), 10_000)) }},
		{"nothing but zeros", func(t *testing.T) string { return written(t, make([]byte, 64<<10)) }},
		{"a directory", func(t *testing.T) string { return t.TempDir() }},
		{"no directory", func(t *testing.T) string { return filepath.Join(t.TempDir(), "none", "claims.db") }},
		{"another program's bbolt file", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "other.db")
			rewrite(t, path, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("pages")); return err })
			return path
		}},
		{"a later form", func(t *testing.T) string {
			path := filled(t)
			rewrite(t, path, func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("form"), []byte("dalel claims 9"))
			})
			return path
		}},
		{"an earlier form", func(t *testing.T) string {
			path := filled(t)
			rewrite(t, path, func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("form"), []byte("dalel claims 1"))
			})
			return path
		}},
		{"what an interrupted Load has left", func(t *testing.T) string {
			path := filled(t)
			rewrite(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("loading"), []byte{1}) })
			return path
		}},
		{"a bucket is missing", func(t *testing.T) string {
			path := filled(t)
			rewrite(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("events")) })
			return path
		}},
		{"cut short by a page", func(t *testing.T) string {
			path := filled(t)
			used := int64(0) // the file may be longer
			rewrite(t, path, func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
			if err := os.Truncate(path, used-int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
			return path
		}},
		{"cut to its first pages", func(t *testing.T) string {
			path := filled(t)
			if err := os.Truncate(path, 2*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
			return path
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := test.make(t)
			before, _ := os.ReadFile(path)
			s, err := boltstore.Open(path, boltstore.Options{})
			if err == nil {
				s.Close()
				t.Fatal("Open gave no error")
			}
			if !strings.Contains(err.Error(), path) {
				t.Errorf("Open: %v: the file is not named", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("Open changed the file")
			}
			if _, err := boltstore.Open(path, boltstore.Options{}); errors.Is(err, claims.ErrLocked) {
				t.Errorf("the refused file stays locked: %v", err)
			}
		})
	}
}

func written(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claims.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDamagedPages overwrites each page in turn: whatever is hit, nothing panics, and what is given is either right or an error.
func TestDamagedPages(t *testing.T) {
	path, used := filled(t), int64(0) // the file is longer than what is used of it
	rewrite(t, path, func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sound = sound[:used]
	size := os.Getpagesize()
	failed := 0
	for page := range len(sound) / size {
		data := bytes.Clone(sound)
		copy(data[page*size:], bytes.Repeat([]byte{0xa5}, size))
		if err := useAll(t, written(t, data)); err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("no overwritten page made anything fail: the test tests nothing")
	}
	t.Logf("%d of %d overwritten pages made something fail", failed, len(sound)/size)
}

func useAll(t *testing.T, path string) error {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	var errs []error
	for i := range 20 {
		want := claimstest.NewClaim(i, time.UnixMilli(int64(i)))
		got, err := s.Get(t.Context(), want.ID)
		if err == nil && got[0] != nil && got[0].ID != want.ID {
			t.Errorf("Get of %s gave %s", want.ID, got[0].ID)
		}
		_, err2 := s.History(t.Context(), want.ID)
		errs = append(errs, err, err2)
	}
	_, _, rangeErr := s.Range(t.Context(), "", 100, claims.Queue("")...)
	_, eventsErr := s.Events(t.Context(), 0, 100, 0)
	_, countErr := s.Count(t.Context(), claims.Keys(claimstest.NewClaim(1, time.Now()))[0].Index)
	commitErr := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: claimstest.NewClaim(99, time.Now())}))
	return errors.Join(append(errs, rangeErr, eventsErr, countErr, commitErr)...)
}
