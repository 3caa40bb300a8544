package claims

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Opinions are what a person may say of a match.
func Opinions() []string { return []string{"useful", "not_useful", "not_mine"} }

// Erase takes back what a person sent: the text and the feedback go at once, the count stays. Erasing twice is no error.
func (d *Desk) Erase(ctx context.Context, t Ticket) error {
	for range attempts {
		s, err := d.store.Submission(ctx, t)
		if err != nil || s.Erased {
			return err
		}
		now, err := d.store.Now(ctx)
		if err != nil {
			return err
		}
		erased := *s
		erased.Version++
		erased.Erased, erased.Feedback, erased.Channel, erased.SeenIn = true, nil, "", ""
		change := Change{Submissions: []Submission{erased}, Once: []Once{newOnce("erase")}}
		chain, err := d.chain(ctx, s.Claim)
		if err != nil {
			return err
		}
		if len(chain) == 0 { // its claim was set aside
			change.Events = []Event{{Kind: EventErased, Claim: s.Claim, At: Clean(now)}}
		} else {
			change.move(chain)(Withdraw(chain, now))
		}
		if err := d.commit(ctx, change); !errors.Is(err, ErrConflict) {
			return doneIsFine(err)
		}
	}
	return fmt.Errorf("claims: erase: %w", ErrConflict)
}

// move adds to a change that some claims become others, with the events that tell of it.
func (c *Change) move(before []Claim) func(after []Claim, events []Event) {
	return func(after []Claim, events []Event) {
		for i := range before {
			c.Puts = append(c.Puts, Put{Before: &before[i], After: after[i]})
		}
		c.Events = append(c.Events, events...)
	}
}

// doneIsFine takes the once key of an earlier attempt of our own for success.
func doneIsFine(err error) error {
	if errors.Is(err, ErrDone) {
		return nil
	}
	return err
}

// maxFeedback bounds what one ticket may say.
const maxFeedback = 20

// Feedback notes what a person says of a match. "not_mine" puts the question to the reviewers as a claim of its own: one that sources answered comes
// to the queue, one that was taken for another claim is no duplicate of it any more.
func (d *Desk) Feedback(ctx context.Context, t Ticket, match, opinion string) error {
	if !slices.Contains(Opinions(), opinion) {
		return &InvalidError{Field: "useful", Problem: requiredOr(opinion, ProblemUnknown)}
	}
	if err := checkText("match", match, 2000); err != nil {
		return err
	}
	for range attempts {
		s, err := d.store.Submission(ctx, t)
		if err != nil {
			return err
		}
		if s.Erased {
			return fmt.Errorf("claims: feedback: the request was erased: %w", ErrNotFound)
		}
		if slices.ContainsFunc(s.Feedback, func(f Feedback) bool { return f.Match == match && f.Opinion == opinion }) {
			return nil // said before
		}
		now, err := d.store.Now(ctx)
		if err != nil {
			return err
		}
		said := *s
		said.Version++
		said.Feedback = append(slices.Clone(s.Feedback), Feedback{Match: match, Opinion: opinion, At: Clean(now)})
		if len(said.Feedback) > maxFeedback {
			return &InvalidError{Field: "match", Problem: ProblemTooMany, Limit: maxFeedback}
		}
		change := Change{Once: []Once{newOnce("feedback")}}
		if opinion == "not_mine" {
			if err := d.disown(ctx, &change, said, now); err != nil {
				return err
			}
		}
		change.Submissions = []Submission{said}
		if len(change.Events) == 0 {
			change.Events = []Event{{Kind: EventFeedback, Claim: said.Claim, At: Clean(now), Note: opinion}}
		}
		if err := d.commit(ctx, change); !errors.Is(err, ErrConflict) {
			return doneIsFine(err)
		}
	}
	return fmt.Errorf("claims: feedback: %w", ErrConflict)
}

// disown adds to a change what "mine is about something else" does to the claims.
func (d *Desk) disown(ctx context.Context, change *Change, s Submission, now time.Time) error {
	chain, err := d.chain(ctx, s.Claim)
	if err != nil || len(chain) == 0 {
		return err
	}
	after, events, err := []Claim(nil), []Event(nil), error(nil)
	switch {
	case len(chain) > 1:
		after, events, err = Unmerge(chain, Account{}, "", now)
	case chain[0].State == StateSourced:
		c, event, enqueueErr := Enqueue(chain[0], now)
		after, events, err = []Claim{c}, []Event{event}, enqueueErr
	}
	var state *StateError
	if errors.As(err, &state) || after == nil {
		return nil // the opinion is noted, for reviewers to read
	}
	if err == nil {
		change.move(chain)(after, events)
	}
	return err
}

// Waiting is how many claims are in each state.
func (d *Desk) Waiting(ctx context.Context) (map[State]int64, error) {
	var xs []Index
	var of []State
	for _, s := range States() {
		for _, x := range OfState(s) {
			xs, of = append(xs, x), append(of, s)
		}
	}
	ns, err := d.store.Count(ctx, xs...)
	if err != nil {
		return nil, err
	}
	out := make(map[State]int64, len(States()))
	for i, s := range of {
		out[s] += ns[i]
	}
	return out, nil
}
