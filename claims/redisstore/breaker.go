package redisstore

import (
	"errors"
	"sync"
	"time"
)

// After so many calls in a row without an answer a breaker opens, and lets one call through each time it was open for so long.
const (
	breakAfter = 5
	breakFor   = 250 * time.Millisecond
)

var errBreaker = errors.New("calls before this one had no answer")

// A breaker spares callers the wait for a Redis that is not there: a check then answers at once, from the index, instead of after two
// seconds. It counts calls that had no answer; whatever Redis says, be it an error, is one. The zero breaker is closed.
type breaker struct {
	mu      sync.Mutex
	failing int       // calls in a row without an answer
	until   time.Time // when open: from when on a call may find out whether Redis is back
	probing bool      // one does
}

// enter lets a call through or gives errBreaker. probe says that the call finds out for all: it must end in answered, failed or gaveUp.
func (b *breaker) enter(now time.Time) (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failing < breakAfter:
		return false, nil
	case b.probing || now.Before(b.until):
		return false, errBreaker
	}
	b.probing = true
	return true, nil
}

// answered closes the breaker.
func (b *breaker) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing, b.probing = 0, false
}

// failed counts a call without an answer.
func (b *breaker) failed(probe bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing++
	b.probing = b.probing && !probe
	if b.failing >= breakAfter {
		b.until = now.Add(breakFor)
	}
}

// gaveUp is for a call whose caller did not wait for an answer.
func (b *breaker) gaveUp(probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = b.probing && !probe
}
