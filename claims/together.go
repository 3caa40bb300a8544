package claims

import (
	"slices"
	"sync"
)

// together is where callers wait who want the same: one of them then does it for all. What they want is named by a key.
type together[R comparable] struct {
	mu      sync.Mutex
	waiting map[string][]R
}

// maxTogether is how many are served at once.
const maxTogether = 64

func newTogether[R comparable]() together[R] { return together[R]{waiting: map[string][]R{}} }

func (q *together[R]) add(key string, r R) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting[key] = append(q.waiting[key], r)
}

// take gives those who wait next, whom the caller then serves.
func (q *together[R]) take(key string) []R {
	q.mu.Lock()
	defer q.mu.Unlock()
	rs := q.waiting[key]
	n := min(len(rs), maxTogether)
	q.set(key, rs[n:])
	return rs[:n:n]
}

// drop takes one back, unless somebody serves it already.
func (q *together[R]) drop(key string, r R) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting[key], r)
	if at < 0 {
		return false
	}
	q.set(key, slices.Delete(slices.Clone(q.waiting[key]), at, at+1))
	return true
}

func (q *together[R]) set(key string, rs []R) {
	if len(rs) == 0 {
		delete(q.waiting, key)
	} else {
		q.waiting[key] = rs
	}
}
