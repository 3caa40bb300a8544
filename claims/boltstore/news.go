package boltstore

import (
	"context"
	"sync"
	"time"

	"dalel/claims"
)

// news wakes up everybody who waits for events.
type news struct {
	mu   sync.Mutex
	next chan struct{}
}

func newNews() *news { return &news{next: make(chan struct{})} }

// heard is closed when there is something new from now on.
func (n *news) heard() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.next
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.next)
	n.next = make(chan struct{})
}

// Events gives events after a number, and waits for one where there is none yet, see claims.Store. The number and the limit must not be
// negative, the limit not zero.
func (s *Store) Events(ctx context.Context, after int64, limit int, wait time.Duration) ([]claims.Event, error) {
	if err := checkPage(after, limit); err != nil {
		return nil, err
	}
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		heard := s.news.heard() // before looking, so that nothing comes between
		es, err := s.eventsAfter(ctx, after, limit)
		if err != nil || len(es) > 0 || wait <= 0 {
			return es, err
		}
		select {
		case <-heard:
		case <-end.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.closed:
			return nil, unavailable("events", errClosed)
		}
	}
}
