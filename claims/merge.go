package claims

import (
	"slices"
	"time"
)

// A claim that is a duplicate keeps its own demand, and every claim above it has that in its own: the demand that a merge moves is known for as long as it
// stands, and can be taken back. When it was first seen, and where, stays with the other claim. A chain is a claim with all those above it: each is a duplicate of the next.

// Duplicate closes a claim as a duplicate of another, which takes over its requests and its being escalated; tickets follow. It is refused when the claim has a public
// review (then the other one is the duplicate, and of two that have one neither) and when the target is closed or is the claim itself.
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
	target = target.take(c)
	target.decide(c.ID, SimilarConfirmed)
	to := target.State
	if to == StateSourced && (c.State != StateSourced || target.pressing(now)) {
		to = StateQueued
	}
	if c.Escalated && !target.Escalated {
		if target.Escalated = true; to == StateInReview {
			to = target.waiting()
		}
	}
	c.Escalated = target.Escalated
	merged, took := target.step(EventMerged, to, by(who, now), string(c.ID))
	closed, went := c.joined(target.ID, EventDuplicate, by(who, now))
	return closed, merged, []Event{went, took}, nil
}

// joined is a claim as a duplicate of another.
func (c Claim) joined(target ID, kind EventKind, who Actor) (Claim, Event) {
	c = c.clone()
	c.decide(target, SimilarConfirmed)
	c.Draft = nil
	c.Closing = &Closing{Reason: ReasonDuplicate, DuplicateOf: target, By: who.ID, At: who.At}
	return c.step(kind, StateClosed, who, string(target))
}

// take is a claim with what a duplicate brings.
func (c Claim) take(from Claim) Claim {
	c = c.clone()
	c.Merged = append(c.Merged, from.ID)
	c.Requests += from.Requests
	c.Asking += from.Asking
	c.Forwarded += from.Forwarded
	for _, d := range from.Days {
		c.addDay(d.Day, d.N)
	}
	for _, ch := range from.Channels {
		if len(c.Channels) < MaxChannels && !slices.Contains(c.Channels, ch) {
			c.Channels = append(c.Channels, ch)
		}
	}
	for _, w := range from.words() {
		c.addWording(w)
	}
	if from.FirstSeen.Before(c.FirstSeen) {
		c.FirstSeen = from.FirstSeen
	}
	if from.LastSeen.After(c.LastSeen) {
		c.LastSeen = from.LastSeen
	}
	return c
}

// Unmerge undoes Duplicate, or what joined by itself: the first claim of a chain waits again, with its demand, and those above it lose that. The zero
// account is a person who said that theirs is about something else: they undo what joined by itself, not what a reviewer has merged. It is refused when the
// claim is no duplicate or has lost its text. A duplicate of a claim whose record is gone, or does not know of it, is a chain of one.
func Unmerge(chain []Claim, who Account, reason string, now time.Time) ([]Claim, []Event, error) {
	now = Clean(now)
	c, root := chain[0], chain[len(chain)-1]
	if who.ID != "" && (!who.Is(RoleReviewer) || (c.Escalated || root.Escalated) && !who.Is(RoleEditor)) {
		return nil, nil, ErrForbidden
	}
	if err := checkNote("reason", reason); err != nil {
		return nil, nil, err
	}
	if !c.duplicate() || c.Text == "" || who.ID == "" && (c.Closing.By != "" || !root.keepsText()) {
		return nil, nil, &StateError{Act: "unmerge", From: c.State}
	}
	actor := Actor{At: now}
	if who.ID != "" {
		actor = by(who, now)
	}
	apart := c.clone()
	apart.setSimilar(Similar{Claim: c.Closing.DuplicateOf, Status: SimilarRejected})
	apart.Closing, apart.Note, apart.Escalated = nil, reason, c.Escalated || root.Escalated
	next, event := apart.back(EventUnmerged, actor, reason)
	out, events := []Claim{next}, []Event{event}
	for i, above := range chain[1:] {
		above = above.clone()
		if i == 0 {
			above.Merged = slices.DeleteFunc(above.Merged, func(id ID) bool { return id == c.ID })
		}
		above.give(c)
		above.hush()
		left, parted := above.unasked(EventParted, actor, string(c.ID))
		out, events = append(out, left), append(events, parted)
	}
	return out, events, nil
}

// give takes away what a claim below brought.
func (c *Claim) give(from Claim) {
	c.Requests, c.Asking, c.Forwarded = max(0, c.Requests-from.Requests), max(0, c.Asking-from.Asking), max(0, c.Forwarded-from.Forwarded)
	for _, d := range from.Days {
		if at := slices.IndexFunc(c.Days, func(have Day) bool { return have.Day == d.Day }); at >= 0 {
			c.Days[at].N = max(0, c.Days[at].N-d.N)
		}
	}
	c.Days = slices.DeleteFunc(c.Days, func(d Day) bool { return d.N == 0 })
	c.dropWordings(append(slices.Clone(from.Merged), from.ID)...)
	for _, w := range from.Wordings {
		c.dropWordings(w.ID)
	}
}
