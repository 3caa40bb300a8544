package boltstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

func TestCompactGivesBackSpace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "claims.db")
	if err := os.Symlink(filepath.Join(dir, "elsewhere.db"), path); err != nil {
		t.Fatal(err)
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	var last claims.Claim
	for i := range 8 { // a large claim that becomes small
		c := claimstest.NewClaim(i, time.UnixMilli(0).UTC())
		c.Text = strings.Repeat("ы", 1<<20)
		change := claimstest.NewChange(claims.Put{After: c})
		last = c
		last.Version, last.Text = 2, "short"
		if err := errors.Join(s.Commit(t.Context(), change), s.Commit(t.Context(), claimstest.NewChange(claims.Put{Before: &c, After: last}))); err != nil {
			t.Fatal(err)
		}
	}
	before, after, err := s.Compact(t.Context())
	if err != nil || before < 2<<20 || after > 1<<20 {
		t.Errorf("Compact: %d bytes before, %d after, %v", before, after, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 || info.Size() != after {
		t.Errorf("the file is now %v of %d bytes, %v, want the mode that it had and %d bytes", info.Mode(), info.Size(), err, after)
	}
	if link, err := os.Readlink(path); err != nil || filepath.Base(link) != "elsewhere.db" {
		t.Errorf("the link to the file is now %q, %v", link, err)
	}
	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, claims.ErrLocked) {
		t.Errorf("Open of a compacted file in use: %v, want ErrLocked", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = boltstore.Open(path, boltstore.Options{}); err != nil {
		t.Fatalf("Open of a compacted file: %v", err)
	}
	defer s.Close()
	if got, err := s.Get(t.Context(), last.ID); err != nil || got[0] == nil || got[0].Text != "short" {
		t.Errorf("Get from a compacted file: %v, %v", got, err)
	}
}

// TestOpenDuringCompact waits for a file whose owner exchanges it for another meanwhile: the one that was waited for is nobody's any more.
func TestOpenDuringCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 3 {
		opened := make(chan error, 1)
		go func() {
			other, err := boltstore.Open(path, boltstore.Options{})
			if err == nil {
				other.Close()
			}
			opened <- err
		}()
		compacted := 0
		for waiting := true; waiting; {
			select {
			case err := <-opened:
				if !errors.Is(err, claims.ErrLocked) {
					t.Errorf("Open of a file in use that is compacted meanwhile: %v, want ErrLocked", err)
				}
				waiting = false
			default:
				if _, _, err := s.Compact(t.Context()); err != nil {
					t.Fatal(err)
				}
				compacted++
			}
		}
		if compacted == 0 {
			t.Error("nothing was compacted meanwhile: the test tests nothing")
		}
	}
	if err := s.Commit(t.Context(), claimstest.NewChange()); err != nil {
		t.Errorf("Commit by the owner: %v", err)
	}
}

func TestCompactFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := claimstest.NewClaim(1, time.UnixMilli(0).UTC())
	// Something that cannot be removed is in the way of the new file.
	if err := os.MkdirAll(filepath.Join(path+".compact", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(t.Context()); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Compact: %v, want ErrUnavailable", err)
	}
	if err := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: c})); err != nil {
		t.Errorf("Commit after a Compact that failed: %v", err)
	}
	if err := os.RemoveAll(path + ".compact"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Errorf("Compact after one that failed: %v", err)
	}
	if got, err := s.Get(t.Context(), c.ID); err != nil || got[0] == nil {
		t.Errorf("Get: %v, %v", got, err)
	}
}

// TestCompactOfDamage compacts a file of which a page cannot be read: the store goes on with it as it is.
func TestCompactOfDamage(t *testing.T) {
	path := filled(t)
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Truncate(path, int64(2*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(t.Context()); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Compact of a file that was cut short: %v, want ErrUnavailable", err)
	}
	if _, err := os.Stat(path + ".compact"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a Compact that failed left its file: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > int64(2*os.Getpagesize()) {
		t.Errorf("a Compact that failed exchanged the file: %v", err)
	}
}

func TestOpenRemovesWhatCompactLeft(t *testing.T) {
	path := filled(t)
	if err := os.WriteFile(path+".compact", []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(path + ".compact"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a crash has left of a Compact is still there: %v", err)
	}
}
