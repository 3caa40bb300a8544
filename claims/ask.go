package claims

import (
	"context"
	"crypto/rand"
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
		change := Change{Submissions: []Submission{erased}, Once: Once{Key: "erase/" + rand.Text()}}
		holders, err := d.holders(ctx, s.Claim)
		if err != nil {
			return err
		}
		for _, c := range holders {
			next, event := Withdraw(*c, t, now)
			change.Puts = append(change.Puts, Put{Before: c, After: next})
			change.Events = append(change.Events, event)
		}
		if err := d.commit(ctx, change); !errors.Is(err, ErrConflict) {
			return doneIsFine(err)
		}
	}
	return fmt.Errorf("claims: erase: %w", ErrConflict)
}

// holders are the claims that may hold a submission's text: the one it was counted on, and those that it was merged into.
func (d *Desk) holders(ctx context.Context, id ID) ([]*Claim, error) {
	var out []*Claim
	for range maxChain {
		cs, err := d.store.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if cs[0] == nil {
			return out, nil
		}
		if out = append(out, cs[0]); !cs[0].duplicate() {
			return out, nil
		}
		id = cs[0].Closing.DuplicateOf
	}
	return out, nil
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
// to the queue, one that was taken for another claim gets its own.
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
		change := Change{Once: Once{Key: "feedback/" + rand.Text()}}
		if opinion == "not_mine" {
			if err := d.disown(ctx, &change, &said, now); err != nil {
				return err
			}
		}
		change.Submissions = []Submission{said}
		if err := d.commit(ctx, change); !errors.Is(err, ErrConflict) {
			return doneIsFine(err)
		}
	}
	return fmt.Errorf("claims: feedback: %w", ErrConflict)
}

// disown adds to a change what "mine is about something else" does to the claims.
func (d *Desk) disown(ctx context.Context, change *Change, s *Submission, now time.Time) error {
	c, err := d.resolve(ctx, s.Claim)
	if err != nil {
		return err
	}
	if s.Own == c.ID {
		if c.State != StateSourced {
			return nil
		}
		next, event, err := Enqueue(*c, now)
		change.Puts, change.Events = []Put{{Before: c, After: next}}, []Event{event}
		return err
	}
	cs, err := d.store.Get(ctx, s.Own)
	if err != nil {
		return err
	}
	text := c.textOf(s.Own, s.Lang)
	if text == "" || cs[0] != nil && cs[0].State == StateClosed && !cs[0].withdrawn() {
		return nil // its text is gone, or reviewers have decided on it: the opinion is noted, for them to read
	}
	s.Claim = s.Own
	next, submitted := Submit(cs[0], Sighting{Submission: *s, Text: text}, now)
	left, leaving := Leave(*c, s.Ticket, now)
	change.Puts = []Put{{Before: cs[0], After: next}, {Before: c, After: left}}
	change.Events = []Event{submitted, leaving}
	return nil
}

// Duplicate closes a claim as a duplicate of another.
func (d *Desk) Duplicate(ctx context.Context, id ID, a Act, token int64, of ID) (Claim, error) {
	once := a.once(id)
	for range attempts {
		if done, err := d.done(ctx, once, a.Key); err != nil || done {
			return d.seen(ctx, id, a.By, err)
		}
		c, now, err := d.read(ctx, id)
		if err != nil {
			return Claim{}, err
		}
		if a.Version != 0 && a.Version != c.Version {
			return c, fmt.Errorf("claims: %s is at version %d: %w", id, c.Version, ErrConflict)
		}
		target, err := d.resolve(ctx, of)
		if errors.Is(err, ErrNotFound) {
			return c, &InvalidError{Field: "duplicateOf", Problem: ProblemUnknown}
		}
		if err != nil {
			return c, err
		}
		closed, merged, events, err := Duplicate(c, *target, a.By, token, now)
		if err != nil {
			return c, err
		}
		err = d.commit(ctx, Change{Puts: []Put{{Before: &c, After: closed}, {Before: target, After: merged}}, Events: events, Once: once})
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case errors.Is(err, ErrDone):
			return d.again(ctx, id, a, err)
		}
		return closed, err
	}
	return Claim{}, fmt.Errorf("claims: %s changed %d times under us: %w", id, attempts, ErrConflict)
}

// Waiting is how many claims are in each state.
func (d *Desk) Waiting(ctx context.Context) (map[State]int64, error) {
	states := States()
	xs := make([]Index, len(states))
	for i, s := range states {
		xs[i] = StateIndex(s)
	}
	ns, err := d.store.Count(ctx, xs...)
	if err != nil {
		return nil, err
	}
	out := make(map[State]int64, len(states))
	for i, s := range states {
		out[s] = ns[i]
	}
	return out, nil
}
