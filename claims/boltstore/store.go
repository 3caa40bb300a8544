// Package boltstore keeps claims in one bbolt file: the store that needs nothing but a directory.
//
// # Why
//
// A fact-check desk of one organisation fits on one disk, and a store inside the program is one thing less to run. bbolt keeps its file
// whole through kill -9 and power cuts: a commit writes new pages, syncs, and then switches one meta page. A sync costs as much for one
// change as for many, so one goroutine writes and takes all that has queued up into one transaction; each change is checked against
// what the same transaction has written before it, and one that is refused harms no other.
//
// What was not taken: a log file of our own (its recovery would have to be proven as bbolt's is), and SQLite (cgo, or a large
// translation of it).
//
// # The file
//
//	meta               "form" → the form of this file; "epoch" → the log's name
//	claims             ID → version (8 bytes), JSON
//	submissions        ticket → version, JSON
//	index              name 0x00 score (8 bytes, sign flipped, so that bytes order as numbers) ID → 1
//	counts             name → number of entries
//	events             number → JSON; the bucket's sequence is the log's head
//	history            ID 0x00 number → 1
//	once               key → time (ms), value
//	once_times         time, key → 1
//	accounts           ID → JSON
//	credentials        hash → JSON
//	credential_owners  account 0x00 hash → 1
//	credential_ends    time, hash → 1
//	damaged            "bucket/key" → a copy of what could not be read
//
// All numbers are big-endian.
package boltstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dalel/claims"
)

// Options are a store's settings. The zero value has its defaults.
type Options struct {
	Now func() time.Time // the store's clock; nil is the computer's
	Log *slog.Logger     // nil logs nothing
}

// A Store is a claims.Store in one file. One process at a time has it.
type Store struct {
	db    *bbolt.DB
	path  string
	epoch string
	now   func() time.Time
	log   *slog.Logger

	queue  *queue
	news   *news
	holds  holds
	closed chan struct{}
	close  sync.Once
}

var _ claims.Store = (*Store)(nil)

// Open opens the store in a file, and makes it where there is none; its directory must be there. It gives claims.ErrLocked, wrapped, within
// two seconds when another process has the file. A file that is something else, or is damaged, is an error that names the file; it
// is left as it is.
func Open(path string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, path: path, now: o.Now, log: o.Log, queue: newQueue(), news: newNews(),
		holds: holds{until: map[claims.ID]time.Time{}}, closed: make(chan struct{})}
	if s.epoch, err = prepare(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.writeAll()
	return s, nil
}

// Close makes the changes that were accepted before, wakes up whoever waits for events, and closes the file. The second call does nothing.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		s.queue.end()
		close(s.closed)
		err = s.db.Close()
	})
	return err
}

// Now is the computer's time, or that of Options.Now.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	return claims.Clean(s.now()), ctx.Err()
}

// view reads in one transaction. A page that cannot be read makes bbolt panic, or fault where the file has been cut short: both become
// errors.
func (s *Store) view(ctx context.Context, what string, f func(tx *bbolt.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = unavailable(what, s.damage(r))
		}
	}()
	err = s.db.View(f)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return unavailable(what, errClosed)
	}
	return err
}

// damage is what bbolt's panic on an unreadable page becomes.
func (s *Store) damage(panicked any) error {
	s.log.Error("store file is damaged", "path", s.path, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
	return fmt.Errorf("%s is damaged: %v", s.path, panicked)
}

var errClosed = errors.New("the store is closed")

func unavailable(what string, cause error) error {
	return fmt.Errorf("boltstore: %s: %w: %w", what, claims.ErrUnavailable, cause)
}
