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

// indexes are the queues of a filter.
func (f Filter) indexes() []Index {
	if len(f.Langs) == 0 {
		return []Index{QueueOf("", f.Band)}
	}
	xs := make([]Index, len(f.Langs))
	for i, l := range f.Langs {
		xs[i] = QueueOf(l, f.Band)
	}
	return xs
}

// pickHold is how long a claim that was handed to one reviewer is not offered to another: long enough to take it.
const pickHold = 5 * time.Second

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
	xs := f.indexes()
	if a.By.Is(RoleEditor) {
		xs = append([]Index{IndexEscalated}, xs...)
	}
	for range pickAttempts {
		ids, err := d.heads(ctx, xs)
		if err != nil {
			return Claim{}, err
		}
		if len(ids) == 0 {
			return Claim{}, fmt.Errorf("claims: next: the queue is empty: %w", ErrNotFound)
		}
		for _, id := range ids {
			c, err := d.takeOnce(ctx, id, a, once)
			if skippable(err) {
				continue
			}
			return c, err
		}
	}
	return Claim{}, fmt.Errorf("claims: next: every claim was taken by others: %w", ErrConflict)
}

// heads gives the head of the queue that is this caller's to try, or the heads that others are trying, when there are no more.
func (d *Desk) heads(ctx context.Context, xs []Index) ([]ID, error) {
	ids, err := d.store.Pick(ctx, 1, pickHold, xs...)
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	for _, x := range xs {
		head, _, err := d.store.Range(ctx, x, "", 4)
		if err != nil {
			return nil, err
		}
		ids = append(ids, head...)
	}
	return ids, nil
}

// skippable reports whether another claim may be tried: this one is gone, damaged, or somebody was faster.
func skippable(err error) bool {
	var state *StateError
	return errors.Is(err, ErrLeaseHeld) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.As(err, &state)
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
	err = d.commit(ctx, Change{Puts: []Put{{Before: &c, After: next}}, Events: []Event{event}, Once: once})
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
	c, _, err := d.read(ctx, ID(id))
	return c, err
}

// Take leases a claim to the account, or renews the lease when token is the account's own. A lease that has run out does not wait for the
// sweep.
func (d *Desk) Take(ctx context.Context, id ID, a Act, token int64) (Claim, error) {
	if token != 0 {
		return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
			return Renew(c, a.By, token, now, d.lease)
		})
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
	Verdict    Verdict
	Summary    map[string]string
	Evidence   []Evidence
	Techniques []string
	ValidUntil time.Time
	Topic      string // corrects the claim's topic where not empty
}

// Save keeps a draft.
func (d *Desk) Save(ctx context.Context, id ID, a Act, token int64, f Finding) (Claim, error) {
	evidence, err := d.cite(ctx, f.Evidence, true)
	if err != nil {
		return Claim{}, err
	}
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		next, err := Save(c, a.By, token, Draft{Verdict: f.Verdict, Summary: f.Summary, Evidence: evidence,
			Techniques: f.Techniques, ValidUntil: f.ValidUntil, Topic: f.Topic}, now)
		return next, Event{}, err
	})
}

// Propose gives a finding to a second reviewer.
func (d *Desk) Propose(ctx context.Context, id ID, a Act, token int64, f Finding) (Claim, error) {
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
		return Propose(c, a.By, token, Review{Verdict: f.Verdict, Summary: f.Summary, Evidence: evidence,
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

// Approve publishes a proposed finding.
func (d *Desk) Approve(ctx context.Context, id ID, a Act, comment string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Approve(c, a.By, comment, now)
	})
}

// Return gives a proposed finding back to its author.
func (d *Desk) Return(ctx context.Context, id ID, a Act, comment string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Return(c, a.By, comment, now, d.lease)
	})
}

// Close ends a claim without a review.
func (d *Desk) Close(ctx context.Context, id ID, a Act, token int64, reason Reason, note string) (Claim, error) {
	return d.change(ctx, id, a, func(c Claim, now time.Time) (Claim, Event, error) {
		return Close(c, a.By, token, reason, note, now)
	})
}

// Reopen brings a closed or retracted claim back.
func (d *Desk) Reopen(ctx context.Context, id ID, a Act, reason string) (Claim, error) {
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
