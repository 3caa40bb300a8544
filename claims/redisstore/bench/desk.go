package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"dalel/claims"
	"dalel/claims/redisstore"
	"dalel/index"
)

// nothing is a search that finds nothing: then every check is filed and queued, and what is measured is the desk and the store.
type nothing struct{}

func (nothing) Search(context.Context, index.Query) ([]index.Hit, error) { return nil, nil }

func (nothing) Document(context.Context, string) (index.Document, error) {
	return index.Document{}, index.ErrNotFound
}

// A desk is ours: one claims.Desk, that all clients of a process share, on a store of its own.
type desk struct {
	*claims.Desk
	server  *server
	store   claims.Store
	prefix  string // of its keys in Redis
	clients int
	texts   *texts
}

// openDesk opens a desk on an empty store in Redis under a prefix. Reviewers publish alone, so that a decision is one act, as is a task's end.
func openDesk(ctx context.Context, v *server, prefix string, clients int, from *texts) (*desk, error) {
	address, err := url.Parse(v.address)
	if err != nil {
		return nil, err
	}
	q := address.Query()
	q.Set("pool_size", strconv.Itoa(pool(clients)))
	address.RawQuery = q.Encode()
	store, err := redisstore.Open(ctx, address.String(), redisstore.Options{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	return newDesk(v, store, prefix, clients, from), nil
}

func newDesk(v *server, store claims.Store, prefix string, clients int, from *texts) *desk {
	of := claims.NewDesk(store, nothing{}, claims.Options{SingleReview: true, Open: nothing{}})
	return &desk{Desk: of, server: v, store: store, prefix: prefix, clients: clients, texts: from}
}

// shut closes the store.
func (d *desk) shut() error { return d.store.Close() }

// channel is how all that is filed came.
const channel = "whatsapp"

// submit asks about a text as a person does: the whole of Check.
func (d *desk) submit(ctx context.Context, text string) error {
	a, err := d.Check(ctx, claims.Question{Text: text, Channel: channel})
	switch {
	case err != nil:
		return err
	case a.Unstored != nil:
		return fmt.Errorf("check: %w", a.Unstored)
	case a.Ticket == "" || a.Outcome != claims.OutcomeQueued:
		return fmt.Errorf("check: a new rumour was %s", a.Outcome)
	}
	return nil
}

// submits is how fast new claims are filed.
func (d *desk) submits(ctx context.Context, t time.Duration) (speed, error) {
	return d.server.speed(ctx, d.clients, t, func(ctx context.Context, _ int) error {
		_, text := d.texts.next()
		return d.submit(ctx, text)
	})
}

// hot is how fast submissions of one claim are filed that all clients ask about at the same time.
func (d *desk) hot(ctx context.Context, t time.Duration) (speed, error) {
	_, text := d.texts.next()
	return d.server.speed(ctx, d.clients, t, func(ctx context.Context, _ int) error { return d.submit(ctx, text) })
}

// commits is how fast the store takes new claims without what a check does before it: reading the text, looking whether there is such a claim.
func (d *desk) commits(ctx context.Context, t time.Duration) (speed, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return speed{}, err
	}
	return d.server.speed(ctx, d.clients, t, func(ctx context.Context, _ int) error { return d.store.Commit(ctx, d.newClaims(1, now)) })
}

// newClaims is the change that checks of new texts would make together.
func (d *desk) newClaims(n int, now time.Time) claims.Change {
	var change claims.Change
	for range n {
		language, text := d.texts.next()
		s := claims.Submission{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: claims.IDOf(language, text), Lang: language, Channel: channel, At: now}
		c, e := claims.Submit(nil, claims.Sighting{Submission: s, Text: text}, now)
		change.Puts = append(change.Puts, claims.Put{After: c})
		change.Submissions = append(change.Submissions, s)
		change.Events = append(change.Events, e)
		change.Once = append(change.Once, claims.Once{Key: "check/" + rand.Text(), For: time.Minute})
	}
	return change
}

// fill files new claims until the store has this many more: several with one change, because a million checks take their time.
func (d *desk) fill(ctx context.Context, claims int, say func(done int)) error {
	const together, part = 25, 10_000
	for done := 0; done < claims; {
		now := min(part, claims-done)
		at, err := d.store.Now(ctx)
		if err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		left := now % together
		err = each(ctx, d.clients, now/together, func(ctx context.Context) error { return d.store.Commit(ctx, d.newClaims(together, at)) })
		if err == nil && left > 0 {
			err = d.store.Commit(ctx, d.newClaims(left, at))
		}
		if err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		done += now
		say(done)
	}
	return nil
}

// A cycling is how fast a desk's cycles are.
type cycling struct {
	speed
	next, end times // of the calls of Next, and of those that decided
}

// callsOfCycle are the operations of one cycle: Check, Next, Propose.
const callsOfCycle = 3

// cycle lets every client file a new claim, take the most urgent one and decide it, again and again.
func (d *desk) cycle(ctx context.Context, t time.Duration) (cycling, error) {
	c := cycling{next: newTimes(d.clients), end: newTimes(d.clients)}
	var err error
	c.speed, err = d.server.speed(ctx, d.clients, t, func(ctx context.Context, client int) error {
		_, text := d.texts.next()
		if err := d.submit(ctx, text); err != nil {
			return err
		}
		who := reviewer(client)
		begin := time.Now()
		taken, err := d.take(ctx, who)
		if err != nil {
			return fmt.Errorf("next: %w", err)
		}
		c.next.note(client, begin)
		begin = time.Now()
		decided, err := d.Propose(ctx, taken.ID, claims.Act{By: who, Version: taken.Version}, taken.Lease.Token, finding(taken))
		if err != nil {
			return fmt.Errorf("propose: %w", err)
		}
		c.end.note(client, begin)
		if decided.State != claims.StatePublished {
			return fmt.Errorf("propose: the claim is %s", decided.State)
		}
		return nil
	})
	return c, err
}

// take presses the button "next" until there is a claim: where all that were looked at went to others meanwhile, a reviewer presses it again.
func (d *desk) take(ctx context.Context, who claims.Account) (claims.Claim, error) {
	for {
		c, err := d.Next(ctx, claims.Act{By: who}, claims.Filter{})
		if !errors.Is(err, claims.ErrConflict) {
			return c, err
		}
	}
}

func reviewer(client int) claims.Account {
	return claims.Account{Schema: 1, ID: "reviewer-" + strconv.Itoa(client), Name: "Reviewer", Roles: []claims.Role{claims.RoleReviewer}}
}

// finding is a short review, as reviewers write them: a summary in the claim's language and one quotation.
func finding(c claims.Claim) claims.Finding {
	return claims.Finding{
		Statement: c.Text,
		Verdict:   claims.VerdictFalse,
		Summary: map[string]string{c.Lang: "Вирус передаётся по воздуху, и домашние средства на него не действуют. " +
			"Защищают прививка, маска и проветривание; при одышке вызывайте врача."},
		Evidence: []claims.Evidence{{URL: "https://www.who.int/emergencies/diseases/novel-coronavirus-2019/advice-for-public/myth-busters",
			Title: "COVID-19 Mythbusters", Publisher: "World Health Organization", Lang: "en", Stance: claims.StanceRefutes,
			Quote: "There is no evidence from the current outbreak that eating garlic has protected people from the new coronavirus."}},
		Techniques: []string{"fake_expert"},
	}
}
