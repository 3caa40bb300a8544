package claims

import (
	"slices"
	"time"
)

// The transitions are pure: a claim as it is and what happens to it give the claim as it will be and one event. What they may not do is
// an error, and then nothing has changed. Times come in from the store's clock.

// An Actor is who does something, and when. The zero Account is the system, or a person without an account.
type Actor struct {
	Account
	Role Role
	At   time.Time
}

// by is an account acting as reviewer or editor.
func by(a Account, now time.Time) Actor { return Actor{Account: a, Role: a.acting(), At: now} }

// step makes the claim's next version in a state, with the event that tells of it.
func (c Claim) step(kind EventKind, to State, who Actor, note string) (Claim, Event) {
	at := Clean(who.At)
	e := Event{Kind: kind, Claim: c.ID, From: c.State, To: to, Before: c.Version, After: c.Version + 1,
		At: at, By: who.ID, Role: who.Role, Note: note}
	c.State = to
	c.Version++
	if to != StateInReview {
		c.Lease = nil
	}
	c.Priority = Prioritize(c, at)
	return c, e
}

// waiting is the state in which a claim waits for a reviewer: one with a public review is still published meanwhile.
func (c Claim) waiting() State {
	if c.Review != nil {
		return StateNeedsUpdate
	}
	return StateQueued
}

// A Sighting is a submission on its way to a claim, with what the check found.
type Sighting struct {
	Submission
	Text     string    // scrubbed
	Topic    string    // of the best match, where it is sure enough
	Answered bool      // trusted passages bear on it
	Similar  []Similar // claims that it may be the same as, where it begins one of its own
}

// QueueAfter is the number of requests in seven days from which a claim that trusted sources answer is reviewed all the same.
const QueueAfter = 5

// highHarm is the harm from which it is reviewed at once: that of band P1 on its own.
const highHarm = 80

// Submit counts one more person who asks about a claim. before is nil for the first. A claim that was withdrawn begins anew, with its count. The
// claim's state stays, but that one answered from sources comes to the queue when demand or harm is high, and a published one whose review is too old
// to be asserted comes to be looked at again.
func Submit(before *Claim, s Sighting, now time.Time) (Claim, Event) {
	now = Clean(now)
	if before == nil || before.withdrawn() {
		c := Claim{Schema: schema, ID: s.Claim}
		if before != nil {
			c = before.clone()
		}
		c.speak(s.Text, s.Lang)
		if s.Claim != c.ID {
			c.TextFrom = s.Claim
		}
		c.Topic, c.FirstSeen, c.Void, c.Closing = s.Topic, now, !s.Answered, nil
		for _, other := range s.Similar {
			c.setSimilar(other)
		}
		next := c.counted(s, now)
		next.askedBy(s)
		return next.step(EventSubmitted, c.entry(s, now), Actor{At: now}, "")
	}
	c := before.clone()
	c = c.counted(s, now)
	c.askedBy(s)
	if s.Claim == c.ID && (c.Text == "" || c.TextFrom != "") && c.keepsText() {
		c.speak(s.Text, s.Lang)
	}
	if c.State == StateSourced && (!s.Answered || c.pressing(now)) {
		return c.step(EventQueued, StateQueued, Actor{At: now}, "")
	}
	if c.State == StatePublished && !c.Asserted(now) {
		c.Note = ""
		return c.step(EventNeedsUpdate, StateNeedsUpdate, Actor{At: now}, "")
	}
	return c.step(EventSubmitted, c.State, Actor{At: now}, "")
}

// askedBy notes that a person asks in the claim's own words, if it is so.
func (c *Claim) askedBy(s Sighting) {
	if s.Claim == c.ID {
		c.Own++
	}
}

// withdrawn reports whether everybody who asked has taken the question back.
func (c Claim) withdrawn() bool { return c.closedAs(ReasonWithdrawn) }

// entry is the state in which a new claim begins.
func (c Claim) entry(s Sighting, now time.Time) State {
	if s.Answered && !c.counted(s, now).pressing(now) {
		return StateSourced
	}
	return StateQueued
}

func (c Claim) pressing(now time.Time) bool {
	return c.requestsBetween(now, 0, 6) >= QueueAfter || Prioritize(c, now).Harm >= highHarm
}

// counted adds one request.
func (c Claim) counted(s Sighting, now time.Time) Claim {
	c = c.clone()
	c.Requests++
	c.Asking++
	c.LastSeen = now
	if s.Forwarded {
		c.Forwarded++
	}
	if s.Channel != "" && len(c.Channels) < MaxChannels && !slices.Contains(c.Channels, s.Channel) {
		c.Channels = append(c.Channels, s.Channel)
	}
	c.addDay(dayOf(now), 1)
	return c
}

// addDay counts n requests on a day and forgets the days that no priority looks at any more.
func (c *Claim) addDay(day, n int64) {
	i, found := slices.BinarySearchFunc(c.Days, day, func(d Day, day int64) int { return int(d.Day - day) })
	if found {
		c.Days[i].N += n
	} else {
		c.Days = slices.Insert(c.Days, i, Day{Day: day, N: n})
	}
	for len(c.Days) > demandDays {
		c.Days = c.Days[1:]
	}
}

// Enqueue brings a claim that trusted sources answered to the queue, because a person said that the answer is about something else.
func Enqueue(c Claim, now time.Time) (Claim, Event, error) {
	if c.State != StateSourced {
		return c, Event{}, &StateError{Act: "queue", From: c.State}
	}
	c.Void = true
	next, e := c.step(EventQueued, StateQueued, Actor{At: now}, "")
	return next, e, nil
}

// Escalate flags a claim for editors alone: child safety, self-harm, threats, imminent harm. Volunteers and reviewers may, while the claim is open.
// One that is under review goes back to wait for an editor; the draft stays.
func Escalate(c Claim, who Account, reason string, now time.Time) (Claim, Event, error) {
	if !who.Is(RoleVolunteer) && !who.Is(RoleReviewer) {
		return c, Event{}, ErrForbidden
	}
	if err := checkText("reason", reason, MaxNote); err != nil {
		return c, Event{}, err
	}
	if !c.Open() {
		return c, Event{}, &StateError{Act: "escalate", From: c.State}
	}
	c.Escalated = true
	to := c.State
	if to == StateInReview {
		to = c.waiting()
	}
	next, e := c.step(EventEscalated, to, by(who, now), reason)
	return next, e, nil
}

// Deescalate gives a claim back to the reviewers: an editor has looked, and it is not for editors alone.
func Deescalate(c Claim, who Account, reason string, now time.Time) (Claim, Event, error) {
	if !who.Is(RoleEditor) {
		return c, Event{}, ErrForbidden
	}
	if err := checkText("reason", reason, MaxNote); err != nil {
		return c, Event{}, err
	}
	if !c.Escalated || !c.Open() {
		return c, Event{}, &StateError{Act: "give back", From: c.State}
	}
	c.Escalated = false
	next, e := c.step(EventDeescalated, c.State, by(who, now), reason)
	return next, e, nil
}

// abandoned closes a claim that nobody asks about any more.
func (c Claim) abandoned(who Actor) (Claim, Event) {
	c.Text, c.TextFrom, c.Wordings, c.Draft = "", "", nil, nil
	c.Closing = &Closing{Reason: ReasonWithdrawn, At: Clean(who.At)}
	return c.step(EventWithdrawn, StateClosed, who, "")
}
