package claims

import "time"

// Propose makes the lease holder's finding wait for a second reviewer; where second review is switched off it is published at once.
// It gives *InvalidError, ErrLeaseLost or a *StateError.
func Propose(c Claim, who Account, token int64, r Review, second bool, now time.Time) (Claim, Event, error) {
	now = Clean(now)
	if err := c.held("review", who, token, now); err != nil {
		return c, Event{}, err
	}
	if err := r.check(now); err != nil {
		return c, Event{}, err
	}
	r.Author, r.Approver, r.Comment, r.Proposed, r.Proposal = who.ID, "", "", now, token
	c.Proposed, c.Draft, c.Expiries = &r, nil, 0
	if !second {
		next, e := c.publish(by(who, now))
		return next, e, nil
	}
	next, e := c.step(EventProposed, StateSecondReview, by(who, now), "")
	return next, e, nil
}

// seconds reports why an account may not decide on a proposed finding: also because it has seen another one than waits now. Proposal 0 does not
// say which was seen.
func (c Claim) seconds(act string, who Account, proposal int64) error {
	switch {
	case c.State != StateSecondReview || c.Proposed == nil:
		return &StateError{Act: act, From: c.State}
	case !who.Is(RoleReviewer) || c.Escalated && !who.Is(RoleEditor):
		return ErrForbidden
	case c.Proposed.Author == who.ID:
		return ErrOwnReview
	case proposal != 0 && proposal != c.Proposed.Proposal:
		return ErrOtherProposal
	}
	return nil
}

// Approve publishes a proposed finding, the one whose Proposal was seen. The author never may: ErrOwnReview.
func Approve(c Claim, who Account, proposal int64, comment string, now time.Time) (Claim, Event, error) {
	if err := c.seconds("approve", who, proposal); err != nil {
		return c, Event{}, err
	}
	if err := checkNote("comment", comment); err != nil {
		return c, Event{}, err
	}
	r := *c.Proposed
	r.Approver, r.Comment = who.ID, comment
	c.Proposed = &r
	next, e := c.publish(by(who, Clean(now)))
	return next, e, nil
}

// publish makes the proposed finding the public one.
func (c Claim) publish(who Actor) (Claim, Event) {
	r := *c.Proposed
	c.Published++
	r.Version, r.Published, r.Modified = c.Published, who.At, who.At
	if c.Review != nil {
		r.Published = c.Review.Published
	}
	c.Review, c.Proposed, c.Closing = &r, nil, nil
	if who.Role == RoleEditor {
		c.Escalated = false // an editor has looked
	}
	return c.step(EventPublished, StatePublished, who, "")
}

// Return gives a proposed finding back to its author, who has it under a new lease for a time. A comment is required.
func Return(c Claim, who Account, proposal int64, comment string, now time.Time, d time.Duration) (Claim, Event, error) {
	now = Clean(now)
	if err := c.seconds("return", who, proposal); err != nil {
		return c, Event{}, err
	}
	if err := checkText("comment", comment, MaxNote); err != nil {
		return c, Event{}, err
	}
	p := *c.Proposed
	c.Draft = p.draft(now)
	c.Proposed, c.Note = nil, comment
	c.reword(p.Statement)
	c.Leases++
	next, e := c.step(EventReturned, StateInReview, by(who, now), comment)
	next.Lease = &Lease{Holder: p.Author, Token: c.Leases, Until: now.Add(d)}
	return next, e, nil
}

// draft is a finding that is open again.
func (r Review) draft(now time.Time) *Draft {
	return &Draft{Statement: r.Statement, Verdict: r.Verdict, Summary: r.Summary, Evidence: r.Evidence, Techniques: r.Techniques,
		ValidUntil: r.ValidUntil, Author: r.Author, At: now}
}

// NeedsUpdate puts a published claim on the queue again: its guidance changed, its review ran out, or an appeal was upheld. The page keeps the
// verdict and says that it is being re-checked. A zero account is the system.
func NeedsUpdate(c Claim, who Account, why string, now time.Time) (Claim, Event, error) {
	if who.ID != "" && !who.Is(RoleEditor) {
		return c, Event{}, ErrForbidden
	}
	if c.State != StatePublished {
		return c, Event{}, &StateError{Act: "re-check", From: c.State}
	}
	c.Note = why
	next, e := c.step(EventNeedsUpdate, StateNeedsUpdate, by(who, now), why)
	return next, e, nil
}

// Retract withdraws a public review, also while it is being re-checked: a finding that does harm does not wait for whoever holds the claim. Its page
// says so and why; the search forgets it.
func Retract(c Claim, who Account, reason string, now time.Time) (Claim, Event, error) {
	if !who.Is(RoleEditor) {
		return c, Event{}, ErrForbidden
	}
	if err := checkText("reason", reason, MaxNote); err != nil {
		return c, Event{}, err
	}
	if c.Review == nil || c.State == StateRetracted || c.State == StateClosed {
		return c, Event{}, &StateError{Act: "retract", From: c.State}
	}
	c.Proposed, c.Draft, c.Escalated = nil, nil, false
	c.Closing = &Closing{Note: reason, By: who.ID, At: Clean(now)}
	next, e := c.step(EventRetracted, StateRetracted, by(who, now), reason)
	return next, e, nil
}
