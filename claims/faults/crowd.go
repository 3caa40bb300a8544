package faults

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"dalel/claims"
)

// A crowd is people and reviewers who work with a store at once: they ask about new rumours and about those that everybody has heard, take claims
// from the queue, renew their leases, and close claims or give them back.
type crowd struct {
	store   claims.Store
	ledger  *ledger
	clients int
	seed    uint64
}

func newCrowd(store claims.Store, s Settings) *crowd {
	return &crowd{store: store, ledger: newLedger(), clients: s.Clients, seed: s.Seed}
}

// What a crowd does.
const (
	hotRumours = 48               // that everybody has heard
	lease      = 30 * time.Minute // longer than a drill: none may end
	hold       = 5 * time.Second  // of Pick
	grace      = 15 * time.Second // in which what was begun is ended
)

// during lets the crowd work while f runs, and then waits until what it had begun is done, at most for the time of grace.
func (c *crowd) during(ctx context.Context, f func(ctx context.Context) error) error {
	begin, end := context.WithCancel(ctx)
	defer end()
	work, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	for i := range c.clients {
		all.Go(func() { c.client(begin, work, i) })
	}
	err := f(ctx)
	end()
	defer time.AfterFunc(grace, stop).Stop()
	all.Wait()
	return err
}

// client does one thing after the other until begin ends, each until it is done or work ends.
func (c *crowd) client(begin, work context.Context, i int) {
	dice := rand.New(rand.NewPCG(c.seed, uint64(i)))
	who := claims.Account{ID: fmt.Sprintf("reviewer-%d-%s", i, crand.Text()[:8]), Roles: []claims.Role{claims.RoleReviewer}}
	for begin.Err() == nil {
		if dice.IntN(10) < 7 {
			c.ask(work, dice)
		} else {
			c.review(begin, work, dice, who)
		}
	}
}

// ask counts a person's question on a claim.
func (c *crowd) ask(ctx context.Context, dice *rand.Rand) {
	text := "A rumour that nobody has heard before, number " + crand.Text()
	if dice.IntN(5) == 0 {
		text = fmt.Sprintf("A rumour that everybody has heard, number %d", dice.IntN(hotRumours))
	}
	const language = "en"
	id, ticket := claims.IDOf(language, text), claims.NewTicket()
	a := act{key: "drill/" + crand.Text(), claim: id, ticket: ticket}
	a.step = func(before *claims.Claim, now time.Time) (claims.Claim, claims.Event, *claims.Submission, error) {
		s := claims.Sighting{Text: text, Submission: claims.Submission{Schema: 1, Ticket: ticket, Version: 1, Claim: id, Lang: language,
			Channel: "whatsapp", At: claims.Clean(now)}}
		after, event := claims.Submit(before, s, now)
		return after, event, &s.Submission, nil
	}
	if _, err := c.do(ctx, a); err != nil && ctx.Err() == nil {
		c.ledger.odd(err)
	}
}

// review takes a claim from the queue, renews the lease, and closes the claim or gives it back.
func (c *crowd) review(begin, work context.Context, dice *rand.Rand, who claims.Account) {
	var ids []claims.ID
	err := c.call(func() (err error) {
		ids, err = c.store.Pick(begin, 1, hold, claims.Queue("")...)
		return err
	})
	if err != nil || len(ids) == 0 {
		if err != nil && !errors.Is(err, claims.ErrUnavailable) && begin.Err() == nil {
			c.ledger.odd(err)
		}
		pause(begin, comeBack)
		return
	}
	taken, err := c.do(work, reviewing(ids[0], who, func(x claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Take(x, who, now, lease)
	}))
	if err != nil {
		return // another was faster
	}
	if taken.Lease == nil || taken.Lease.Holder != who.ID {
		c.ledger.leaseLost(fmt.Errorf("faults: claim %s was taken, and its lease is %+v", taken.ID, taken.Lease))
		return
	}
	token := taken.Lease.Token
	for range dice.IntN(3) {
		if !c.keep(work, reviewing(taken.ID, who, func(x claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
			return claims.Renew(x, who, token, now, lease)
		})) {
			return
		}
	}
	closes := dice.IntN(2) == 0
	c.keep(work, reviewing(taken.ID, who, func(x claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		if closes {
			return claims.Close(x, who, token, claims.ReasonNotAClaim, "", now)
		}
		return claims.Release(x, who, token, "", now)
	}))
}

// keep makes an act of whoever holds a lease: that it may not be says that the lease was lost before its time.
func (c *crowd) keep(ctx context.Context, a act) bool {
	_, err := c.do(ctx, a)
	if refused := (errRefused{}); errors.As(err, &refused) {
		c.ledger.leaseLost(err)
	}
	return err == nil
}

// reviewing is a reviewer's act on a claim.
func reviewing(id claims.ID, who claims.Account, f func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error)) act {
	return act{key: "drill/" + crand.Text(), claim: id, by: who.ID,
		step: func(before *claims.Claim, now time.Time) (claims.Claim, claims.Event, *claims.Submission, error) {
			if before == nil {
				return claims.Claim{}, claims.Event{}, nil, claims.ErrNotFound
			}
			after, event, err := f(*before, now)
			return after, event, nil, err
		}}
}
