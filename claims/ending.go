package claims

import (
	"slices"
	"time"
)

// free reports why an account may not end a claim without a review: it is leased to another, or it is not waiting.
func (c Claim) free(act string, who Account, token int64, now time.Time) error {
	if !who.Is(RoleReviewer) || c.Escalated && !who.Is(RoleEditor) {
		return ErrForbidden
	}
	switch c.State {
	case StateInReview:
		return c.held(act, who, token, now)
	case StateParked:
		if !who.Is(RoleEditor) {
			return ErrForbidden
		}
		return nil
	case StateQueued, StateSourced:
		if token != 0 {
			return ErrLeaseLost
		}
		return nil
	}
	return &StateError{Act: act, From: c.State}
}

// Close ends a claim without a review, for one of Reasons. A private one loses its text at once. What has a public review is retracted,
// not closed. The token may be zero for a claim that nobody holds.
func Close(c Claim, who Account, token int64, reason Reason, note string, now time.Time) (Claim, Event, error) {
	if err := c.free("close", who, token, now); err != nil {
		return c, Event{}, err
	}
	if c.Review != nil {
		return c, Event{}, &StateError{Act: "close", From: StatePublished}
	}
	if !slices.Contains(Reasons(), reason) {
		return c, Event{}, &InvalidError{Field: "reason", Problem: requiredOr(string(reason), ProblemUnknown)}
	}
	if err := checkNote("note", note); err != nil {
		return c, Event{}, err
	}
	if reason == ReasonPrivate {
		c.Text, c.TextFrom, c.Wordings = "", "", nil
	}
	c.Draft = nil
	c.Closing = &Closing{Reason: reason, Note: note, By: who.ID, At: Clean(now)}
	next, e := c.step(EventClosed, StateClosed, by(who, now), string(reason))
	return next, e, nil
}

// Purge removes the text of a closed claim: of one that turned out to be private, or whose target did.
func Purge(c Claim, who Account, now time.Time) (Claim, Event, error) {
	if c.State != StateClosed {
		return c, Event{}, &StateError{Act: "purge", From: c.State}
	}
	c.Text, c.TextFrom, c.Wordings, c.Draft = "", "", nil, nil
	next, e := c.step(EventPurged, StateClosed, by(who, now), "")
	return next, e, nil
}

// Reopen brings a closed or retracted claim back to the queue. What a private one lost stays lost. A retracted review becomes the draft.
func Reopen(c Claim, who Account, reason string, now time.Time) (Claim, Event, error) {
	if !who.Is(RoleEditor) {
		return c, Event{}, ErrForbidden
	}
	if err := checkText("reason", reason, MaxNote); err != nil {
		return c, Event{}, err
	}
	return c.reopened(EventReopened, by(who, now), reason)
}

func (c Claim) reopened(kind EventKind, who Actor, reason string) (Claim, Event, error) {
	if c.State != StateClosed && c.State != StateRetracted {
		return c, Event{}, &StateError{Act: "reopen", From: c.State}
	}
	c = c.clone()
	if c.Review != nil {
		c.reword(c.Review.Statement)
		c.Draft, c.Review = c.Review.draft(who.At), nil
	}
	if c.reword(""); c.Text == "" {
		return c, Event{}, &StateError{Act: "reopen", From: c.State}
	}
	if kind == EventReopened {
		c.Escalated = false // an editor has looked
	}
	c.Closing, c.Note, c.Expiries = nil, reason, 0
	next, e := c.step(kind, StateQueued, who, reason)
	return next, e, nil
}
