// Package index holds what trusted sources say and what was reviewed, and finds what bears on a text, with how sure that is.
//
// A document is cut into passages. A passage is the unit that is found and quoted; wordings in which a document's subject is heard
// are units of their own, which are matched and never quoted.
//
// # Why
//
// The index is derived: all that it holds can be put there again from the feeds it follows, and it keeps its place in them inside
// itself, in the batch that brought what it read there. So it is never repaired and never migrated: one that is damaged, or was
// made by an older program, is set aside, and an empty one is filled again.
//
// Bleve keeps the postings, on disk and in memory by the same engine. Its ranking is not used: it takes the size of the
// dictionary for the length of the documents, so that the same texts rank differently once segments are merged. Scoring over
// its postings with the true statistics is exact and leaves behind which words matched, of which confidence is made. A question
// to 20,000 passages costs up to twice bleve's plain match query, a message of 300 words an eighth of it (BenchmarkSearch).
package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	store "github.com/blevesearch/bleve_index_api"
)

// Errors that a caller acts on.
var (
	// ErrLocked: another process, or another Index in this one, has the directory open.
	ErrLocked = errors.New("index: the directory is in use")
	// ErrClosed: the index was closed.
	ErrClosed = errors.New("index: closed")
	// ErrNotFound: no document has the ID.
	ErrNotFound = errors.New("index: no such document")
	// ErrQuery: a query asks for what there cannot be.
	ErrQuery = errors.New("index: query not understood")
	// ErrDamaged: the index cannot be read. Opening it anew sets it aside.
	ErrDamaged = errors.New("index: damaged")
	// ErrNotIndex: the directory has files in it and is not an index, and is left alone.
	ErrNotIndex = errors.New("index: the directory holds something else")
)

// Options are what an index needs from its surroundings. The zero value is ready to use.
type Options struct {
	Log *slog.Logger     // nil logs nothing
	Now func() time.Time // names directories that are set aside; nil is time.Now
}

// Index is what trusted sources say and what was reviewed, and the search over it. Its methods may be called concurrently;
// a Search sees the index as it was when it began.
type Index struct {
	log      *slog.Logger
	now      func() time.Time
	retry    func(attempt int) time.Duration
	patience time.Duration // with a batch
	rebuilt  bool
	lock     *lock // nil in memory

	open    sync.RWMutex // held to read while bleve is used, to write by Close
	closed  bool
	writing sync.Mutex // one batch at a time: it is made from what the last one left
	stuck   bool       // a batch never ended; under writing
	bleve   bleve.Index
	engine  store.Index
	boards  sync.Pool // of *board, see score.go
}

func newIndex(o Options) *Index {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	x := &Index{log: o.Log, now: o.Now, retry: pause, patience: patience}
	x.boards.New = func() any { return &board{} }
	return x
}

// NewMemory gives an empty index that lives in memory and ranks as one on disk does. What each batch brings is never merged
// with the rest, so that it is for what is filled in few batches.
func NewMemory(o Options) (*Index, error) {
	x := newIndex(o)
	b, err := bleve.NewUsing("", bleve.NewIndexMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("index: make in memory: %w", err)
	}
	if err := x.take(b); err != nil {
		return nil, err
	}
	return x, nil
}

// take makes an opened bleve index the index's own.
func (x *Index) take(b bleve.Index) error {
	engine, err := b.Advanced()
	if err != nil {
		return fmt.Errorf("index: reach the engine: %w", err)
	}
	x.bleve, x.engine = b, engine
	return nil
}

// Rebuilt reports whether Open set a damaged or outdated index aside and began an empty one, which the feeds have yet to fill.
func (x *Index) Rebuilt() bool { return x.rebuilt }

// Close ends the index once what is under way is done. What Apply acknowledged is on disk already. Closing twice is no error.
func (x *Index) Close() (err error) {
	x.open.Lock()
	defer x.open.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	defer x.lock.release()
	defer x.guard("close", &err)
	if err := x.bleve.Close(); err != nil {
		return fmt.Errorf("index: close: %w", err)
	}
	return nil
}

// use runs what reads or writes the index: not after Close, and with whatever panics below turned into ErrDamaged.
func (x *Index) use(what string, f func() error) (err error) {
	x.open.RLock()
	defer x.open.RUnlock()
	if x.closed {
		return ErrClosed
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer x.guard(what, &err)
	return f()
}

// read runs what reads one state of the index.
func (x *Index) read(what string, f func(snapshot) error) error {
	return x.use(what, func() error {
		r, err := x.engine.Reader()
		if err != nil {
			return fmt.Errorf("index: %s: %w", what, err)
		}
		defer r.Close()
		return f(snapshot{r})
	})
}

// guard turns a panic into an error; with SetPanicOnFault that includes the fault of a file cut short under a mapped index.
func (x *Index) guard(what string, err *error) {
	if r := recover(); r != nil {
		x.log.Error("the index failed", "during", what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		*err = fmt.Errorf("index: %s: %v: %w", what, r, ErrDamaged)
	}
}

// Mark is the place in a feed up to which the index has applied it, or empty.
func (x *Index) Mark(name string) (place string, err error) {
	err = x.read("mark", func(s snapshot) error {
		place, err = s.mark(name)
		return err
	})
	return place, err
}

// Document gives a document whole, or ErrNotFound.
func (x *Index) Document(ctx context.Context, id string) (d Document, err error) {
	err = x.read("document", func(s snapshot) error {
		r, err := s.record(id)
		if err != nil {
			return err
		}
		d = r.Document
		d.Passages = make([]Passage, r.Passages)
		for i := range d.Passages {
			if err := ctx.Err(); err != nil {
				return err
			}
			if d.Passages[i], err = s.passage(id, i); err != nil {
				return err
			}
		}
		return nil
	})
	return d, err
}

// Count gives the number of documents by kind and, within, by source; reviews have the empty source.
func (x *Index) Count(ctx context.Context) (counts map[Kind]map[string]int, err error) {
	counts = map[Kind]map[string]int{}
	err = x.read("count", func(s snapshot) error {
		groups, err := s.groups()
		if err != nil {
			return err
		}
		for _, g := range groups {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := s.count(fieldGroup, g.term())
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if counts[g.kind] == nil {
				counts[g.kind] = map[string]int{}
			}
			counts[g.kind][g.source] = n
		}
		return nil
	})
	return counts, err
}
