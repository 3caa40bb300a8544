package boltstore

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// maxBatch is how many changes share one transaction, and so one sync.
const maxBatch = 256

// gatherTime is how long a batch waits for others at most, about as long as a sync takes.
const gatherTime = time.Millisecond

// A job is one change on its way to the writer.
type job struct {
	// apply makes the change. It refuses (ErrConflict, ErrDone, ErrNotFound, ErrNotEmpty) before it has written anything; any other error undoes
	// the transaction. It may be called again in another transaction.
	apply func(tx *bbolt.Tx) error
	keys  int // how many once keys it brings
	owned atomic.Bool
	done  chan error
}

// own decides who has the job, of the writer and a caller who gives up: the first.
func (j *job) own() bool { return j.owned.CompareAndSwap(false, true) }

// A queue is how jobs come to the writer.
type queue struct {
	gate  sync.RWMutex // held for reading while a job is put in, so that end closes after the last
	ended bool
	jobs  chan *job
	alone chan *job     // whose apply gets no transaction, because it does without, or with its own
	idle  chan struct{} // closed when the writer has ended
}

func newQueue() *queue {
	return &queue{jobs: make(chan *job, maxBatch), alone: make(chan *job), idle: make(chan struct{})}
}

func (q *queue) put(ctx context.Context, to chan<- *job, j *job) error {
	q.gate.RLock()
	defer q.gate.RUnlock()
	if q.ended {
		return errClosed
	}
	select {
	case to <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end takes no more jobs and waits until those that were taken are done.
func (q *queue) end() {
	q.gate.Lock()
	q.ended = true
	close(q.jobs)
	q.gate.Unlock()
	<-q.idle
}

// write hands a change with a number of once keys to the writer, and waits until it is durable or refused. A caller who gives up before the
// writer has taken the change gets the context's error and the change is not made; one who gives up later gets the result.
func (s *Store) write(ctx context.Context, what string, keys int, apply func(tx *bbolt.Tx) error) error {
	return s.hand(ctx, what, s.queue.jobs, &job{keys: keys, done: make(chan error, 1), apply: func(tx *bbolt.Tx) error {
		if s.loading.Load() {
			return errLoading
		}
		return apply(tx)
	}})
}

// hand gives a job to the writer and waits, as write says.
func (s *Store) hand(ctx context.Context, what string, to chan<- *job, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.queue.put(ctx, to, j); errors.Is(err, errClosed) {
		return unavailable(what, err)
	} else if err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return wrap(what, err)
	case <-ctx.Done():
		if j.own() {
			return ctx.Err()
		}
		return wrap(what, <-j.done)
	}
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("boltstore: %s: %w", what, err)
}

// writeAll is the writer: it ends when the queue does.
func (s *Store) writeAll() {
	defer close(s.queue.idle)
	last := 0
	for {
		select {
		case first, more := <-s.queue.jobs:
			if !more {
				return
			}
			batch := s.queue.gather(first, last)
			s.make(batch)
			last = len(batch)
		case j := <-s.queue.alone:
			if j.own() {
				j.done <- j.apply(nil)
			}
		}
	}
}

// gather takes a job and what has queued up behind it. After a batch of many it waits a moment for as many again: callers who were just
// answered come back, and the first of them would else take a sync for itself while the others wait for the next.
func (q *queue) gather(first *job, last int) []*job {
	batch := make([]*job, 0, max(1, last))
	add := func(j *job) {
		if j.own() {
			batch = append(batch, j)
		}
	}
	add(first)
	var patience <-chan time.Time
	if last > 1 {
		patience = time.After(gatherTime)
	}
	for len(batch) < maxBatch {
		select {
		case j, more := <-q.jobs:
			if !more {
				return batch
			}
			add(j)
			continue
		default:
		}
		if patience == nil || len(batch) >= last {
			return batch
		}
		select {
		case j, more := <-q.jobs:
			if !more {
				return batch
			}
			add(j)
		case <-patience:
			return batch
		}
	}
	return batch
}

// make commits a batch, and says to each job what became of it. Where a batch cannot be made, each is tried by itself, so that one harms
// no other.
func (s *Store) make(batch []*job) {
	if len(batch) == 0 {
		return
	}
	refused, err := s.transact(batch)
	if err != nil && len(batch) > 1 && !errors.Is(err, claims.ErrUnsure) {
		for _, j := range batch {
			s.make([]*job{j})
		}
		return
	}
	if err == nil {
		s.news.tell()
	}
	for i, j := range batch {
		if err != nil {
			j.done <- err
		} else {
			j.done <- refused[i]
		}
	}
}

// transact makes a batch in one transaction. It gives the refusals by place, or the error that kept all from being made.
func (s *Store) transact(batch []*job) (refused []error, err error) {
	committing := false
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			result := claims.ErrUnavailable
			if committing {
				result = claims.ErrUnsure
			}
			err = fmt.Errorf("%w: %w", result, s.damage(r))
		}
	}()
	if err := s.mendExchange(); err != nil {
		return nil, fmt.Errorf("%w: %w", claims.ErrUnavailable, err)
	}
	tx, err := s.file.now().Begin(true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", claims.ErrUnavailable, err)
	}
	defer tx.Rollback() // does nothing after the commit

	refused = make([]error, len(batch))
	made, keys := 0, len(batch)
	for i, j := range batch {
		err := j.apply(tx)
		switch {
		case err == nil:
			made++
			keys += j.keys
		case errors.Is(err, claims.ErrConflict), errors.Is(err, claims.ErrDone), errors.Is(err, claims.ErrNotFound), errors.Is(err, claims.ErrNotEmpty):
			refused[i] = err
		default:
			return nil, fmt.Errorf("%w: %w", claims.ErrUnavailable, err)
		}
	}
	if made == 0 {
		return refused, nil
	}
	if err := sweep(tx, s.now(), 2*keys); err != nil {
		return nil, fmt.Errorf("%w: %w", claims.ErrUnavailable, err)
	}
	committing = true
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("%w: %w", claims.ErrUnsure, err)
	}
	return refused, nil
}
