// Package boltstore keeps claims in one bbolt file: the store that needs nothing but a directory.
//
// # Why
//
// A fact-check desk of one organisation fits on one disk, and a store inside the program is one thing less to run. bbolt keeps its file
// whole through kill -9 and power cuts: a commit writes new pages, syncs, and then switches one meta page. A sync costs as much for one
// change as for many, so one goroutine writes and takes all that has queued up into one transaction; each change is checked against
// what the same transaction has written before it, and one that is refused harms no other.
//
// A file never gets smaller by itself. Compact makes a new one beside it and exchanges the two while the store is open: both are locked as long as
// they have the name, so that no other process comes between.
//
// What was not taken: a log file of our own (its recovery would have to be proven as bbolt's is), and SQLite (cgo, or a large
// translation of it).
//
// # The file
//
//	meta               "form" → the form of this file; "epoch" → the log's name; "link" → the link of the last event;
//	                   "loading" → 1 while Load has not ended
//	claims             ID → version (8 bytes), JSON
//	submissions        ticket → version, JSON
//	index              name 0x00 score (8 bytes, sign flipped, so that bytes order as numbers) ID → 1
//	counts             name → number of entries
//	events             number → link, newline, JSON; the bucket's sequence is the log's head
//	history            ID 0x00 number → 1
//	once               key → end (ms), value
//	once_times         end, key → 1
//	accounts           ID → JSON
//	credentials        hash → JSON
//	credential_owners  account 0x00 hash → 1
//	credential_ends    time, hash → 1
//	damaged            "bucket/key" → what could not be read; of a ticket the first symbols, with a number where that is taken
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
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dalel/claims"
)

// Options are a store's settings. The zero value has its defaults.
type Options struct {
	Now     func() time.Time // the store's clock; nil is the computer's
	Log     *slog.Logger     // nil logs nothing
	Restore bool             // open also what an interrupted Load has left, for the next Load
}

// A Store is a claims.Store in one file. One process at a time has it.
type Store struct {
	file file
	path string
	now  func() time.Time
	log  *slog.Logger

	queue   *queue
	news    *news
	holds   holds
	loading atomic.Bool   // set while the file holds what a Load has begun: only Load uses it
	upkeep  chan struct{} // holds one who copies the file, or what is in it, and closes it under nobody
	closed  chan struct{}
	close   sync.Once
}

// A file is the open bbolt file, which Compact exchanges for another.
type file struct {
	mu   sync.RWMutex
	db   *bbolt.DB
	torn bool // the exchange may not outlive a power cut yet; the writer's own
}

var _ claims.Store = (*Store)(nil)

// Open opens the store in a file, and makes it where there is none; its directory must be there. It gives claims.ErrLocked, wrapped, within
// two seconds when another process has the file. A file that is something else, is damaged, or holds what an interrupted Load has left, is an
// error that names the file; it is left as it is. With Options.Restore the last of these is opened, and until Load has filled it whatever reads or
// writes gives claims.ErrUnavailable.
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
	loading, err := prepare(db, path)
	if err == nil && loading && !o.Restore {
		err = fmt.Errorf("boltstore: %s is no store: it holds what an interrupted restore has left, and must be restored again", path)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{file: file{db: db}, path: path, now: o.Now, log: o.Log, queue: newQueue(), news: newNews(),
		holds: holds{until: map[claims.ID]time.Time{}}, upkeep: make(chan struct{}, 1), closed: make(chan struct{})}
	s.loading.Store(loading)
	go s.writeAll()
	return s, nil
}

// Close makes the changes that were accepted before, wakes up whoever waits for events, ends a Snapshot, and closes the file. The second call does
// nothing.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		s.queue.end()
		close(s.closed)
		s.upkeep <- struct{}{} // for ever: nobody copies a closed file
		err = s.file.now().Close()
	})
	return err
}

func (f *file) now() *bbolt.DB {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.db
}

// read begins a transaction on the file that is there now. An exchanged file is closed when the last transaction on it has ended.
func (f *file) read() (*bbolt.Tx, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.db.Begin(false)
}

// Now is the computer's time, or that of Options.Now.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	return claims.Clean(s.now()), ctx.Err()
}

// view reads in one transaction.
func (s *Store) view(ctx context.Context, what string, f func(tx *bbolt.Tx) error) error {
	return s.guard(ctx, what, func() error {
		tx, err := s.file.read()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		return f(tx)
	})
}

// guard makes errors of what reading may do instead: a page that cannot be read makes bbolt panic, or fault where the file has been cut short.
func (s *Store) guard(ctx context.Context, what string, f func() error) (err error) {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.loading.Load():
		return unavailable(what, errLoading)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = unavailable(what, s.damage(r))
		}
	}()
	err = f()
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

var (
	errClosed  = errors.New("the store is closed")
	errLoading = errors.New("the store is being restored")
)

func unavailable(what string, cause error) error {
	return fmt.Errorf("boltstore: %s: %w: %w", what, claims.ErrUnavailable, cause)
}
