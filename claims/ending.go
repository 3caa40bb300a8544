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
		c.Text, c.Wordings = "", nil
	}
	c.Draft = nil
	c.Closing = &Closing{Reason: reason, Note: note, By: who.ID, At: Clean(now)}
	next, e := c.step(EventClosed, StateClosed, by(who, now), string(reason))
	return next, e, nil
}

// Duplicate closes a claim as a duplicate of another, which takes over its requests and its being escalated; tickets follow. It is refused when the claim has a public
// review (then the other one is the duplicate) and when the target is closed or is the claim itself.
func Duplicate(c, target Claim, who Account, token int64, now time.Time) (closed, merged Claim, events []Event, err error) {
	now = Clean(now)
	if err := c.free("merge", who, token, now); err != nil {
		return c, target, nil, err
	}
	if target.ID == c.ID {
		return c, target, nil, &InvalidError{Field: "duplicateOf", Problem: ProblemUnknown}
	}
	if c.Review != nil {
		return c, target, nil, &StateError{Act: "merge", From: StatePublished}
	}
	if target.State == StateClosed || target.State == StateRetracted {
		return c, target, nil, &StateError{Act: "merge into", From: target.State}
	}
	if target.Escalated && !who.Is(RoleEditor) {
		return c, target, nil, ErrForbidden
	}
	target = target.clone()
	target.Merged = append(target.Merged, c.ID)
	target.Requests += c.Requests
	target.Asking += c.Asking
	target.Forwarded += c.Forwarded
	for _, d := range c.Days {
		target.addDay(d.Day, d.N)
	}
	for _, ch := range c.Channels {
		if len(target.Channels) < MaxChannels && !slices.Contains(target.Channels, ch) {
			target.Channels = append(target.Channels, ch)
		}
	}
	for _, w := range append([]Wording{{Text: c.Text, Of: c.TextOf}}, c.Wordings...) {
		target.addWording(w)
	}
	if c.FirstSeen.Before(target.FirstSeen) {
		target.FirstSeen = c.FirstSeen
	}
	if c.LastSeen.After(target.LastSeen) {
		target.LastSeen = c.LastSeen
	}
	to := target.State
	if c.Escalated && !target.Escalated {
		if target.Escalated = true; to == StateInReview {
			to = target.waiting()
		}
	}
	merged, took := target.step(EventMerged, to, by(who, now), string(c.ID))

	c.Requests, c.Asking, c.Forwarded, c.Days, c.Draft = 0, 0, 0, nil, nil
	c.Closing = &Closing{Reason: ReasonDuplicate, DuplicateOf: target.ID, By: who.ID, At: now}
	closed, went := c.step(EventDuplicate, StateClosed, by(who, now), string(target.ID))
	return closed, merged, []Event{went, took}, nil
}

// Purge removes the text of a closed claim: of one that turned out to be private, or whose target did.
func Purge(c Claim, who Account, now time.Time) (Claim, Event, error) {
	if c.State != StateClosed {
		return c, Event{}, &StateError{Act: "purge", From: c.State}
	}
	c.Text, c.Wordings, c.Draft = "", nil, nil
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
	if c.State != StateClosed && c.State != StateRetracted || c.Text == "" {
		return c, Event{}, &StateError{Act: "reopen", From: c.State}
	}
	if c.Review != nil {
		c.Draft, c.Review = c.Review.draft(Clean(now)), nil
	}
	c.Closing, c.Note, c.Expiries, c.Escalated = nil, reason, 0, false
	next, e := c.step(EventReopened, StateQueued, by(who, now), reason)
	return next, e, nil
}
