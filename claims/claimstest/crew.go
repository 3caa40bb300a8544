package claimstest

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"dalel/claims"
)

// A crew is workers who change a store all the time, until they are told to stop.
type crew struct {
	ledger *ledger
	tried  chan struct{} // one for each change that somebody waits for
	stop   chan struct{}
	ended  chan struct{}
}

func newCrew(t *testing.T, s claims.Store, o Options, workers, universe int) *crew {
	t.Helper()
	seed := o.seed(t)
	c := &crew{ledger: newLedger(), tried: make(chan struct{}), stop: make(chan struct{}), ended: make(chan struct{})}
	var all sync.WaitGroup
	for n := range workers {
		all.Go(func() {
			w := newWorker(s, c.ledger, seed, n, universe)
			for {
				if err := w.act(t); err != nil {
					t.Errorf("worker %d: %v", n, err)
					return
				}
				select {
				case <-c.stop:
					return
				case c.tried <- struct{}{}:
				default:
				}
			}
		})
	}
	go func() {
		all.Wait()
		close(c.ended)
	}()
	return c
}

// wait waits for n changes, for some time at most, as long as anybody still works.
func (c *crew) wait(n int, atMost time.Duration) {
	end := time.After(atMost)
	for range n {
		select {
		case <-c.tried:
		case <-c.ended:
			return
		case <-end:
			return
		}
	}
}

// dismiss stops the workers.
func (c *crew) dismiss() {
	close(c.stop)
	<-c.ended
}

// seed is the option, or a new one that is printed.
func (o Options) seed(t *testing.T) uint64 {
	t.Helper()
	if o.Seed != 0 {
		return o.Seed
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return seed
}
