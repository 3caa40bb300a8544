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
	Text     string // scrubbed
	Topic    string // of the best match, where it is sure enough
	Answered bool   // trusted passages bear on it
}

// QueueAfter is the number of requests in seven days from which a claim that trusted sources answer is reviewed all the same.
const QueueAfter = 5

// highHarm is the harm from which it is reviewed at once: that of band P1 on its own.
const highHarm = 80

// Submit counts one more person who asks about a claim. before is nil for the first. A claim that was withdrawn begins anew. The claim's
// state stays, but that one answered from sources comes to the queue when demand or harm is high.
func Submit(before *Claim, s Sighting, now time.Time) (Claim, Event) {
	now = Clean(now)
	c := Claim{Schema: 1, ID: s.Claim}
	if before != nil {
		c = before.clone()
	}
	if before == nil || c.State == StateClosed && c.Closing != nil && c.Closing.Reason == ReasonWithdrawn {
		c = Claim{Schema: 1, ID: s.Claim, Version: c.Version, State: c.State, Lang: s.Lang, Text: s.Text, TextOf: s.Ticket.mark(),
			Topic: s.Topic, FirstSeen: now, Void: !s.Answered, Leases: c.Leases}
		return c.counted(s, now).step(EventSubmitted, c.entry(s, now), Actor{At: now}, "")
	}
	if c.Text != s.Text && c.State != StateClosed && len(c.Wordings) < MaxWordings &&
		!slices.ContainsFunc(c.Wordings, func(w Wording) bool { return w.Text == s.Text }) {
		c.Wordings = append(c.Wordings, Wording{Text: s.Text, Of: s.Ticket.mark()})
	}
	c = c.counted(s, now)
	if c.State == StateSourced && (!s.Answered || c.pressing(now)) {
		return c.step(EventQueued, StateQueued, Actor{At: now}, "")
	}
	return c.step(EventSubmitted, c.State, Actor{At: now}, "")
}

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

// Escalate flags a claim for editors alone: child safety, self-harm, threats, imminent harm. Anyone may, while the claim is open.
func Escalate(c Claim, who Account, reason string, now time.Time) (Claim, Event, error) {
	if err := checkText("reason", reason, MaxNote); err != nil {
		return c, Event{}, err
	}
	if !c.Open() {
		return c, Event{}, &StateError{Act: "escalate", From: c.State}
	}
	c.Escalated = true
	next, e := c.step(EventEscalated, c.State, by(who, now), reason)
	return next, e, nil
}

// Withdraw takes back what a ticket gave: its wording goes, the count stays. When nobody else has asked and nobody has decided or holds it, the
// claim closes and its text goes too.
func Withdraw(c Claim, t Ticket, now time.Time) (Claim, Event) {
	c = c.clone()
	c.Wordings = slices.DeleteFunc(c.Wordings, func(w Wording) bool { return w.Of == t.mark() })
	alone := c.Requests == 1 && c.TextOf == t.mark()
	if alone && (c.State == StateQueued || c.State == StateSourced || c.State == StateParked) {
		c.Text, c.Wordings, c.Draft = "", nil, nil
		c.Closing = &Closing{Reason: ReasonWithdrawn, At: Clean(now)}
		return c.step(EventWithdrawn, StateClosed, Actor{At: now}, "")
	}
	return c.step(EventWithdrawn, c.State, Actor{At: now}, "")
}
