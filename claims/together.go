package claims

import (
	"context"
	"slices"
	"sync"
)

// together is where callers meet who want the same at the same time: the first does it, and meanwhile others gather, of whom one then does it for all.
// What they want is named by a key.
type together[T any] struct {
	mu      sync.Mutex
	waiting map[string][]*caller[T] // by key; an entry without callers says that somebody is at work
}

// A caller is one who waits with what it wants.
type caller[T any] struct {
	want T
	done chan struct{} // closed when it is served
	lead chan struct{} // holds something when it is for this caller to serve those who wait
}

// maxTogether is how many are served at once.
const maxTogether = 64

func newTogether[T any]() *together[T] { return &together[T]{waiting: map[string][]*caller[T]{}} }

// meet waits until what is wanted is served, by this caller or another: serve is given all that is wanted under the key now, and must finish it,
// whatever happens. It gives the context's error when the caller gave up before anybody began.
func (q *together[T]) meet(ctx context.Context, key string, want T, serve func(wants []T)) error {
	c := &caller[T]{want: want, done: make(chan struct{}), lead: make(chan struct{}, 1)}
	q.mu.Lock()
	others, busy := q.waiting[key]
	if q.waiting[key] = append(others, c); !busy {
		c.lead <- struct{}{}
	}
	q.mu.Unlock()
	for {
		select {
		case <-c.done:
			return nil
		case <-c.lead:
			q.serve(key, serve)
		case <-ctx.Done():
			if q.leave(key, c) {
				return ctx.Err()
			}
			<-c.done
			return nil
		}
	}
}

// serve serves those who wait, and leaves the next ones to one of them.
func (q *together[T]) serve(key string, f func(wants []T)) {
	q.mu.Lock()
	all := q.waiting[key]
	n := min(len(all), maxTogether)
	some := all[:n]
	q.waiting[key] = slices.Clone(all[n:])
	q.mu.Unlock()
	defer func() {
		for _, c := range some {
			close(c.done)
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.next(key)
	}()
	wants := make([]T, n)
	for i, c := range some {
		wants[i] = c.want
	}
	f(wants)
}

// next lets the first who waits lead; the lock is held.
func (q *together[T]) next(key string) {
	if all := q.waiting[key]; len(all) > 0 {
		all[0].lead <- struct{}{}
	} else {
		delete(q.waiting, key)
	}
}

// leave takes a caller back, unless somebody serves it already.
func (q *together[T]) leave(key string, c *caller[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting[key], c)
	if at < 0 {
		return false
	}
	q.waiting[key] = slices.Delete(q.waiting[key], at, at+1)
	select {
	case <-c.lead:
		q.next(key)
	default:
	}
	return true
}
