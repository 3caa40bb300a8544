package claimstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"dalel/claims"
)

func testHundred(t *testing.T, s claims.Store, _ Options) {
	const callers = 100
	id := NewClaim(1, began()).ID
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for {
				got, err := s.Get(t.Context(), id)
				if err != nil {
					t.Errorf("Get: %v", err)
					return
				}
				change := NewChange(put(claims.Claim{}, NewClaim(1, began())))
				if got[0] != nil {
					change = NewChange(put(*got[0], next(*got[0], func(c *claims.Claim) { c.Requests++ })))
				}
				err = s.Commit(t.Context(), change)
				if errors.Is(err, claims.ErrConflict) {
					continue
				}
				if err != nil {
					t.Errorf("Commit: %v", err)
				}
				return
			}
		})
	}
	all.Wait()
	c := get(t, s, id)[0]
	if c == nil || c.Version != callers || c.Requests != callers {
		t.Fatalf("the claim is %v, want version and requests %d", c, callers)
	}
	for i, e := range eventsAll(t, s) {
		if e.Seq != int64(i+1) || e.After != int64(i+1) {
			t.Fatalf("event %d has number %d and version %d", i+1, e.Seq, e.After)
		}
	}
}

func testModel(t *testing.T, s claims.Store, o Options) {
	const workers, universe = 16, 30
	seed, l := o.seed(t), newLedger()
	var all sync.WaitGroup
	for n := range workers {
		all.Go(func() {
			w := newWorker(s, l, seed, n, universe)
			for range o.Acts {
				if err := w.act(t); err != nil {
					t.Errorf("worker %d: %v", n, err)
					return
				}
			}
		})
	}
	all.Wait()
	l.compare(t, s)
}

// A worker makes random changes to a universe of claims, in a race with others, and notes what was acknowledged.
type worker struct {
	store    claims.Store
	ledger   *ledger
	rand     *rand.Rand
	universe int
	sent     []claims.Submission // the worker's own, as they are stored
}

func newWorker(s claims.Store, l *ledger, seed uint64, n, universe int) *worker {
	return &worker{store: s, ledger: l, rand: rand.New(rand.NewPCG(seed, uint64(n))), universe: universe}
}

// act changes one to three random claims, each by one to three acts, and says what a store may not do.
func (w *worker) act(t *testing.T) error {
	numbers := w.rand.Perm(w.universe)[:1+w.rand.IntN(3)]
	var ids []claims.ID
	for _, n := range numbers {
		ids = append(ids, NewClaim(n, began()).ID)
	}
	got, err := w.store.Get(t.Context(), ids...)
	if err != nil {
		return err
	}
	var puts []claims.Put
	stale := false
	for i, c := range got {
		switch {
		case c == nil:
			puts = append(puts, put(claims.Claim{}, shuffle(NewClaim(numbers[i], began()), w.rand)))
		case c.Version > 1 && w.rand.IntN(12) == 0:
			old := *c
			old.Version--
			stale = true
			puts = append(puts, put(old, next(old, nil)))
		default:
			puts = append(puts, put(*c, shuffle(next(*c, func(c *claims.Claim) { c.Version += w.rand.Int64N(3) }), w.rand)))
		}
	}
	change := NewChange(puts...)
	for i := range change.Events {
		change.Events[i].Note = change.Once[0].Key
	}
	for range w.rand.IntN(3) {
		change.Once = append(change.Once, claims.Once{Key: fmt.Sprintf("%s/%d", change.Once[0].Key, len(change.Once)), For: 48 * time.Hour})
	}
	for i := range change.Once {
		change.Once[i].Value = "of " + change.Once[i].Key
	}
	sent := w.send(&change)
	err = w.store.Commit(t.Context(), change)
	switch {
	case errors.Is(err, claims.ErrConflict):
		return nil
	case err != nil:
		return err
	case stale:
		return errors.New("a stale version was committed")
	}
	w.sent = sent
	if err := w.ledger.note(change); err != nil || w.rand.IntN(8) > 0 {
		return err
	}
	return w.again(t, change)
}

// send gives a change up to two new submissions and another version of an old one. It gives the worker's submissions as they will be.
func (w *worker) send(c *claims.Change) []claims.Submission {
	sent := append([]claims.Submission(nil), w.sent...)
	if len(sent) > 0 && w.rand.IntN(3) == 0 {
		old := &sent[w.rand.IntN(len(sent))]
		old.Version++
		old.Feedback = append([]claims.Feedback{{Match: "https://www.who.int/", Opinion: "useful", At: began()}}, old.Feedback...)
		c.Submissions = append(c.Submissions, *old)
	}
	for range w.rand.IntN(3) {
		s := claims.Submission{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: c.Puts[0].After.ID, Lang: "en", At: began()}
		sent, c.Submissions = append(sent, s), append(c.Submissions, s)
	}
	return sent
}

// again commits a change again under one of its keys that is known and one that is not.
func (w *worker) again(t *testing.T, c claims.Change) error {
	known := c.Once[w.rand.IntN(len(c.Once))]
	fresh := claims.Once{Key: known.Key + "/again", Value: "again"}
	c.Once = []claims.Once{fresh, known}
	err := w.store.Commit(t.Context(), c)
	if done, ok := errors.AsType[*claims.DoneError](err); !ok || *done != (claims.DoneError{Key: known.Key, Value: known.Value}) {
		return fmt.Errorf("a change of which the key %q is known gave %w", known.Key, err)
	}
	if _, made, err := w.store.Done(t.Context(), fresh.Key); made || err != nil {
		return fmt.Errorf("a refused change left its other key: %t, %w", made, err)
	}
	return nil
}

// shuffle gives a claim a random state, priority and whatever decides its index entries.
func shuffle(c claims.Claim, r *rand.Rand) claims.Claim {
	at := time.UnixMilli(r.Int64N(40) - 20).UTC()
	c.State = claims.States()[r.IntN(len(claims.States()))]
	c.Lang = []string{"en", "ru", "kk"}[r.IntN(3)]
	c.Escalated = r.IntN(5) == 0
	c.Priority = claims.Priority{Band: claims.Bands()[r.IntN(4)], Due: at}
	c.Lease, c.Proposed, c.Review = nil, nil, nil
	author := []string{"a1", "a2"}[r.IntN(2)]
	switch c.State {
	case claims.StateInReview:
		c.Lease = &claims.Lease{Holder: author, Token: c.Version, Until: at}
	case claims.StateSecondReview:
		c.Proposed = &claims.Review{Version: 1, Author: author, Proposed: at}
	case claims.StatePublished, claims.StateNeedsUpdate:
		c.Review = &claims.Review{Version: 1, Author: author, Proposed: at, Published: at, Modified: at, ValidUntil: at.Add(time.Hour)}
	}
	return c
}
