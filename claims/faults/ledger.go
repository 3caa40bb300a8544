package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"dalel/claims"
)

// A deed is an act that a store has acknowledged.
type deed struct {
	Claim   claims.ID        `json:"claim"`
	Kind    claims.EventKind `json:"kind"`
	By      string           `json:"by,omitempty"`
	Version int64            `json:"version,omitempty"` // that the claim got; 0 where the store only said that it was done
	Ticket  claims.Ticket    `json:"ticket,omitempty"`  // of a question
}

func (d deed) String() string {
	if d.Version == 0 {
		return fmt.Sprintf("one on claim %s that the store said had been done before", d.Claim)
	}
	return fmt.Sprintf("version %d of claim %s, %s", d.Version, d.Claim, d.Kind)
}

// A ledger is what a crowd was told by its store.
type ledger struct {
	mu      sync.Mutex
	deeds   []deed
	made    int              // of them, those whose commit was acknowledged
	open    []act            // nobody knows whether they were made
	partial bool             // what was acknowledged in other processes: what was not is not known
	strange map[string]int   // errors that no fault explains, with how often
	leases  int              // that were lost before their time
	unsure  int              // commits that were not answered
	failed  int              // calls that found the store unavailable
	slowest time.Duration    // of these calls
	since   time.Time        // what began before does not count for slowest and late
	late    int              // deeds that began after it
	waiting map[*waiter]bool // for deeds
	tell    io.Writer        // gets each deed, and each error that no fault explains, as a line; nil for none
}

// A waiter waits until there are some more deeds that were begun after a time.
type waiter struct {
	missing int
	after   time.Time
	enough  chan struct{}
}

func newLedger() *ledger { return &ledger{strange: map[string]int{}, waiting: map[*waiter]bool{}} }

// acknowledged notes a deed whose last attempt began at a time. made says that it was the commit that was acknowledged; else the store said that
// it had been done before.
func (l *ledger) acknowledged(d deed, began time.Time, made bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deeds = append(l.deeds, d)
	if l.tell != nil {
		line, _ := json.Marshal(d)
		fmt.Fprintf(l.tell, "%s%s\n", deedPrefix, line)
	}
	if !l.since.IsZero() && !began.Before(l.since) {
		l.late++
	}
	if !made {
		return
	}
	l.made++
	for w := range l.waiting {
		if began.Before(w.after) {
			continue
		}
		if w.missing--; w.missing == 0 {
			close(w.enough)
			delete(l.waiting, w)
		}
	}
}

// await waits until n more commits are acknowledged that began after a time. It gives errSilent when there are too few for too long.
func (l *ledger) await(ctx context.Context, n int, after time.Time) error {
	w := &waiter{missing: n, after: after, enough: make(chan struct{})}
	l.mu.Lock()
	l.waiting[w] = true
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, w)
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-w.enough:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return fmt.Errorf("%w: fewer than %d in %v; %s", errSilent, n, patience, l.oddities())
	}
}

// unavailable notes a call that failed.
func (l *ledger) unavailable(began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed++
	if took := time.Since(began); !began.Before(l.since) && took > l.slowest {
		l.slowest = took
	}
}

// measure begins to look anew for the slowest call that fails, and for what is acknowledged from now on.
func (l *ledger) measure() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since, l.slowest, l.late = time.Now(), 0, 0
}

// acknowledgedSince is how many acts that began since measure were acknowledged.
func (l *ledger) acknowledgedSince() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
}

func (l *ledger) slowestFailure() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slowest
}

func (l *ledger) notAnswered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsure++
}

func (l *ledger) leaseLost(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leases++
	l.note("a lease was lost: " + err.Error())
}

func (l *ledger) unknown(a act) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, a)
}

// odd notes an error that no fault explains.
func (l *ledger) odd(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(err.Error())
}

// maxStrange bounds how many kinds of errors are told apart.
const maxStrange = 20

// note counts an error. The mutex is held.
func (l *ledger) note(text string) {
	if _, known := l.strange[text]; !known && len(l.strange) == maxStrange {
		text = "others"
	}
	l.strange[text]++
	if l.tell != nil {
		fmt.Fprintf(l.tell, "%s%q\n", oddPrefix, text)
	}
}

// oddities tells the errors that no fault explains, or nothing.
func (l *ledger) oddities() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for text, n := range l.strange {
		return fmt.Sprintf("%d kinds of other errors, as (%d times) %s", len(l.strange), n, text)
	}
	return ""
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.deeds)
}

// join adds what another ledger has. Nobody writes to either any more.
func (l *ledger) join(other *ledger) {
	l.deeds, l.open = append(l.deeds, other.deeds...), append(l.open, other.open...)
	l.made, l.leases, l.unsure, l.failed = l.made+other.made, l.leases+other.leases, l.unsure+other.unsure, l.failed+other.failed
	for text, n := range other.strange {
		l.strange[text] += n
	}
}
