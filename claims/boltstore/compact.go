package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// compacting is what the name of a file ends with that Compact has not finished.
const compacting = ".compact"

// compactAtOnce is how many bytes of keys and values Compact writes in a transaction.
const compactAtOnce = 1 << 20

// Compact copies what is in the file to a new one and exchanges the two; see claims.Upkeep. Writers wait until it has ended, readers do not. A
// crash leaves the old file or the new one, each whole, under the file's name. Where the copy fails, the store goes on with the old file.
func (s *Store) Compact(ctx context.Context) (before, after int64, err error) {
	const what = "compact"
	if err := s.begin(ctx, what); err != nil {
		return 0, 0, err
	}
	defer s.end()
	var old *bbolt.DB
	err = s.hand(ctx, what, s.queue.alone, &job{done: make(chan error, 1), apply: func(*bbolt.Tx) error {
		return s.guard(context.WithoutCancel(ctx), what, func() (err error) {
			before, after, old, err = s.exchange()
			return err
		})
	}})
	if old != nil {
		err = errors.Join(err, old.Close()) // waits for those who still read it, and for nobody else
	}
	return before, after, err
}

// exchange is what the writer does: nothing is written meanwhile. The new file is locked before it gets the name, and the old one as long as
// it has the name, so that no other process ever finds a file that it may take. It gives the old one, to be closed.
func (s *Store) exchange() (before, after int64, old *bbolt.DB, err error) {
	path, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return 0, 0, nil, failed(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, nil, failed(err)
	}
	temporary := path + compacting
	made, after, err := s.copyTo(temporary, info)
	if err != nil {
		return 0, 0, nil, failed(errors.Join(err, remove(temporary)))
	}
	if err := os.Rename(temporary, path); err != nil {
		return 0, 0, nil, failed(errors.Join(err, made.Close(), remove(temporary)))
	}
	s.file.mu.Lock()
	old, s.file.db, s.file.torn = s.file.db, made, true
	s.file.mu.Unlock()
	if err := s.mendExchange(); err != nil {
		return info.Size(), after, old, failed(err)
	}
	return info.Size(), after, old, nil
}

// copyTo writes what is in the file to a new one, with all that is unused left out, and gives it open, locked and synced.
func (s *Store) copyTo(path string, info fs.FileInfo) (made *bbolt.DB, size int64, err error) {
	if err := remove(path); err != nil {
		return nil, 0, err
	}
	made, opened, err := openBolt(path, info.Size())
	if err != nil {
		return nil, 0, err
	}
	done := false
	defer func() { // also where a page of the old file cannot be read, and bbolt panics
		if !done {
			made.Close()
			remove(path)
		}
	}()
	if err := opened.Chmod(info.Mode().Perm()); err != nil {
		return nil, 0, err
	}
	made.NoSync, made.NoGrowSync = true, true
	if err := bbolt.Compact(made, s.file.now(), compactAtOnce); err != nil {
		return nil, 0, err
	}
	made.NoSync, made.NoGrowSync = false, false
	if err := made.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		return nil, 0, err
	}
	if err := errors.Join(opened.Truncate(size), opened.Sync()); err != nil { // nothing is written behind the size
		return nil, 0, err
	}
	done = true
	return made, size, nil
}

// mendExchange makes the exchange of the file outlive a power cut. Until it does nothing is written: the old file may come back.
func (s *Store) mendExchange() error {
	if !s.file.torn {
		return nil
	}
	path, err := filepath.EvalSymlinks(s.path)
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("make the compacted file's name durable: %w", err)
	}
	s.file.torn = false
	return nil
}

func failed(err error) error { return fmt.Errorf("%w: %w", claims.ErrUnavailable, err) }

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
