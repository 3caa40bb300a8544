package claims

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dalel/index"
)

// A Filter chooses claims of the queue. Empty fields choose all.
type Filter struct {
	Langs []string
	Band  Band
}

// pickHold is how long a claim that was handed to one reviewer is not offered to another: long enough to take it.
const pickHold = 5 * time.Second

// headsAtOnce is how many heads that others hold are tried, more than reviewers press the button in one moment.
const headsAtOnce = 16

// pickAttempts bounds how many heads of the queue Next tries that turn out to be taken or damaged.
const pickAttempts = 64

// Next leases the most urgent claim of the queue to a reviewer. Editors get escalated ones first. It gives ErrNotFound when the queue is empty.
func (d *Desk) Next(ctx context.Context, a Act, f Filter) (Claim, error) {
	if !a.By.Is(RoleReviewer) {
		return Claim{}, ErrForbidden
	}
	once := a.once("next")
	if a.Key != "" {
		value, known, err := d.store.Done(ctx, once.Key)
		if err != nil {
			return Claim{}, err
		}
		if known {
			return d.sameNext(ctx, value, a)
		}
	}
	tried := false
	for _, queue := range f.queues(a.By) {
		for range pickAttempts {
			ids, others, err := d.heads(ctx, queue)
			if err != nil {
				return Claim{}, err
			}
			for _, id := range ids {
				c, err := d.takeOnce(ctx, id, a, once)
				if !skippable(err) {
					return c, err
				}
				tried = true
			}
			if len(ids) == 0 || others {
				break
			}
		}
	}
	if tried {
		return Claim{}, fmt.Errorf("claims: next: every claim was taken by others: %w", ErrConflict)
	}
	return Claim{}, fmt.Errorf("claims: next: the queue is empty: %w", ErrNotFound)
}

// queues are what Next looks at, one after the other: for editors first what only they may take.
func (f Filter) queues(who Account) [][]Index {
	queue := Queue(f.Band, f.Langs...)
	if who.Is(RoleEditor) {
		return [][]Index{EscalatedQueue(), queue}
	}
	return [][]Index{queue}
}

// heads gives claims to try, the earliest due first: a head of this caller's own, or, where all are being tried by others, heads of theirs, and
// then there is no use in asking again.
func (d *Desk) heads(ctx context.Context, queue []Index) (ids []ID, others bool, err error) {
	switch id, err := d.head(ctx, queue); {
	case err != nil:
		return nil, false, err
	case id != "":
		return []ID{id}, false, nil
	}
	ids, _, err = d.store.Range(ctx, "", headsAtOnce, queue...)
	return ids, true, err
}

// skippable reports whether another claim may be tried: this one is gone, damaged, or somebody was faster.
func skippable(err error) bool {
	var state *StateError
	return errors.Is(err, ErrLeaseHeld) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.Is(err, ErrForbidden) || errors.As(err, &state)
}

// takeOnce leases one claim in one attempt, under the once key of the whole call of Next.
func (d *Desk) takeOnce(ctx context.Context, id ID, a Act, once Once) (Claim, error) {
	c, now, err := d.read(ctx, id)
	if err != nil {
		return Claim{}, err
	}
	next, event, err := Take(c, a.By, now, d.lease)
	if err != nil {
		return Claim{}, err
	}
	if a.Key != "" {
		once.Value = a.Body + " " + string(id)
	}
	err = d.commit(ctx, Change{Puts: []Put{{Before: &c, After: next}}, Events: []Event{event}, Once: []Once{once}})
	if done, ok := errors.AsType[*DoneError](err); ok {
		if a.Key != "" && done.Value != once.Value {
			return d.sameNext(ctx, done.Value, a)
		}
		err = nil
	}
	return next, err
}

func (d *Desk) sameNext(ctx context.Context, value string, a Act) (Claim, error) {
	body, id, found := strings.Cut(value, " ")
	if !found || body != a.Body {
		return Claim{}, ErrKeyReused
	}
	return d.seen(ctx, ID(id), a.By, nil)
}

// Take leases a claim to the account, or renews the lease when token is the account's own. A lease that has run out does not wait for the
// sweep.
func (d *Desk) Take(ctx context.Context, id ID, a Act, token int64) (Claim, error) {
	if token != 0 {
		return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
			return Renew(c, a.By, token, now, d.lease)
		})
	}
	if done, err := d.done(ctx, a.once(id), a.Key); err != nil || done {
		return d.seen(ctx, id, a.By, err)
	}
	if err := d.expire(ctx, id); err != nil && !skippable(err) {
		return Claim{}, err
	}
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Take(c, a.By, now, d.lease)
	})
}

// Release gives a claim back to the queue.
func (d *Desk) Release(ctx context.Context, id ID, a Act, token int64, note string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Release(c, a.By, token, note, now)
	})
}

// A Finding is what a reviewer proposes. Evidence may name passages of the index by reference alone; the desk fills in the rest.
type Finding struct {
	Statement  string // the claim in the reviewer's words, at most MaxStatement characters
	Verdict    Verdict
	Summary    map[string]string
	Evidence   []Evidence
	Techniques []string
	ValidUntil time.Time
	Topic      string // corrects the claim's topic where not empty
	Harm       *Harm  // what the reviewer says of the harm, where they have said something
}

// assess notes what a reviewer says of the harm.
func (c *Claim) assess(h *Harm) {
	if h != nil {
		c.Harm = *h
	}
}

// Save keeps a draft.
func (d *Desk) Save(ctx context.Context, id ID, a Act, token int64, f Finding) (Claim, error) {
	evidence, err := d.cite(ctx, f.Evidence, true)
	if err != nil {
		return Claim{}, err
	}
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		c.assess(f.Harm)
		return Save(c, a.By, token, Draft{Statement: f.Statement, Verdict: f.Verdict, Summary: f.Summary, Evidence: evidence,
			Techniques: f.Techniques, ValidUntil: f.ValidUntil, Topic: f.Topic}, now)
	})
}

// Propose gives a finding to a second reviewer.
func (d *Desk) Propose(ctx context.Context, id ID, a Act, token int64, f Finding) (Claim, error) {
	if done, err := d.done(ctx, a.once(id), a.Key); err != nil || done { // before the passages are looked up: they may have changed since
		return d.seen(ctx, id, a.By, err)
	}
	if err := checkOptional("topic", f.Topic, maxTopic); err != nil {
		return Claim{}, err
	}
	evidence, err := d.cite(ctx, f.Evidence, false)
	if err != nil {
		return Claim{}, err
	}
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		if f.Topic != "" {
			c.Topic = f.Topic
		}
		c.assess(f.Harm)
		return Propose(c, a.By, token, Review{Statement: f.Statement, Verdict: f.Verdict, Summary: f.Summary, Evidence: evidence,
			Techniques: f.Techniques, ValidUntil: f.ValidUntil}, d.second, now)
	})
}

// cite fills in evidence from the passages it names, and checks that a quote stands in its passage. Of a draft nothing is required.
func (d *Desk) cite(ctx context.Context, evidence []Evidence, draft bool) ([]Evidence, error) {
	if len(evidence) > MaxEvidence {
		return nil, &InvalidError{Field: "evidence", Problem: ProblemTooMany, Limit: MaxEvidence}
	}
	out := make([]Evidence, len(evidence))
	for i, e := range evidence {
		out[i] = e
		if e.Passage == "" {
			continue
		}
		field := "evidence/" + strconv.Itoa(i) + "/"
		doc, p, err := d.Passage(ctx, e.Passage)
		if errors.Is(err, ErrNotFound) {
			if draft {
				continue
			}
			return nil, &InvalidError{Field: field + "passage", Problem: ProblemUnknown}
		}
		if err != nil {
			return nil, err
		}
		if e.Quote == "" {
			e.Quote = cut(p.Text, MaxQuote)
		}
		if !draft && !strings.Contains(squeeze(p.Text), squeeze(e.Quote)) {
			return nil, &InvalidError{Field: field + "quote", Problem: ProblemQuote}
		}
		out[i] = Evidence{Passage: e.Passage, URL: doc.URL, Title: doc.Title, Source: doc.Source, Publisher: doc.Publisher, Lang: doc.Lang,
			Published: doc.Published, Modified: doc.Modified, Fetched: doc.Fetched, Stance: e.Stance, Quote: e.Quote,
			Summary: doc.Kind == index.KindSummary}
	}
	return out, nil
}

// PassageRef is how evidence names a passage: the document's ID and the passage's place in it.
func PassageRef(document string, ordinal int) string { return document + "#" + strconv.Itoa(ordinal) }

// Passage gives the passage of a reference, or ErrNotFound.
func (d *Desk) Passage(ctx context.Context, ref string) (index.Document, index.Passage, error) {
	at := strings.LastIndexByte(ref, '#')
	if at < 0 {
		return index.Document{}, index.Passage{}, ErrNotFound
	}
	n, err := strconv.Atoi(ref[at+1:])
	if err != nil {
		return index.Document{}, index.Passage{}, ErrNotFound
	}
	doc, err := d.search.Document(ctx, ref[:at])
	if errors.Is(err, index.ErrNotFound) || err == nil && (n < 0 || n >= len(doc.Passages)) {
		return index.Document{}, index.Passage{}, ErrNotFound
	}
	if err != nil {
		return index.Document{}, index.Passage{}, fmt.Errorf("claims: passage %s: %w", ref, err)
	}
	return doc, doc.Passages[n], nil
}

// squeeze makes white space the same everywhere, so that a quote copied from a page is found in its passage.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut is s without what exceeds a number of characters.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i]
		}
		n++
	}
	return s
}

// Approve publishes a proposed finding. proposal is the Review.Proposal that the account has seen; 0 does not say.
func (d *Desk) Approve(ctx context.Context, id ID, a Act, proposal int64, comment string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Approve(c, a.By, proposal, comment, now)
	})
}

// Return gives a proposed finding back to its author.
func (d *Desk) Return(ctx context.Context, id ID, a Act, proposal int64, comment string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Return(c, a.By, proposal, comment, now, d.lease)
	})
}

// Close ends a claim without a review. A private one loses its text at once, and so do the claims that were merged into it; where that was interrupted,
// closing it as private again goes on with it.
func (d *Desk) Close(ctx context.Context, id ID, a Act, token int64, reason Reason, note string) (Claim, error) {
	if c, err := d.only(ctx, id); reason == ReasonPrivate && err == nil && c != nil && c.closedAs(ReasonPrivate) && a.By.Is(RoleReviewer) {
		return *c, d.purgeMerged(context.WithoutCancel(ctx), a.By, *c, map[ID]bool{id: true})
	}
	closed, err := d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Close(c, a.By, token, reason, note, now)
	})
	if err != nil || reason != ReasonPrivate {
		return closed, err
	}
	return closed, d.purgeMerged(context.WithoutCancel(ctx), a.By, closed, map[ID]bool{id: true})
}

// purgeMerged removes the text of what was merged into a claim, and into that.
func (d *Desk) purgeMerged(ctx context.Context, who Account, c Claim, seen map[ID]bool) error {
	for _, id := range c.Merged {
		if seen[id] {
			continue
		}
		seen[id] = true
		merged, err := d.change(ctx, id, Act{By: who}, func(c Claim, now time.Time) (Claim, Event, error) {
			return Purge(c, who, now)
		})
		if skippable(err) {
			continue // it was reopened, and is no part of this any more
		}
		if err == nil {
			err = d.purgeMerged(ctx, who, merged, seen)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Reopen brings a closed or retracted claim back; a duplicate with the requests that it brought, as Unmerge does.
func (d *Desk) Reopen(ctx context.Context, id ID, a Act, reason string) (Claim, error) {
	if c, err := d.only(ctx, id); err == nil && c != nil && c.duplicate() && a.By.Is(RoleEditor) {
		if err := checkText("reason", reason, MaxNote); err != nil {
			return Claim{}, err
		}
		return d.Unmerge(ctx, id, a, reason)
	}
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Reopen(c, a.By, reason, now)
	})
}

// Retract withdraws a public review.
func (d *Desk) Retract(ctx context.Context, id ID, a Act, reason string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Retract(c, a.By, reason, now)
	})
}

// Recheck puts a published claim on the queue again.
func (d *Desk) Recheck(ctx context.Context, id ID, a Act, why string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return NeedsUpdate(c, a.By, why, now)
	})
}

// Escalate flags a claim for editors.
func (d *Desk) Escalate(ctx context.Context, id ID, a Act, reason string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Escalate(c, a.By, reason, now)
	})
}

// Deescalate gives an escalated claim back to the reviewers.
func (d *Desk) Deescalate(ctx context.Context, id ID, a Act, reason string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Deescalate(c, a.By, reason, now)
	})
}
