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

// Submit counts one more person who asks about a claim. before is nil for the first. A claim that was withdrawn begins anew, with its count. The
// claim's state stays, but that one answered from sources comes to the queue when demand or harm is high.
func Submit(before *Claim, s Sighting, now time.Time) (Claim, Event) {
	now = Clean(now)
	if before == nil || before.withdrawn() {
		c := Claim{Schema: 1, ID: s.Claim}
		if before != nil {
			c = before.clone()
		}
		c.Lang, c.Text, c.TextOf, c.Topic, c.FirstSeen, c.Void, c.Closing = s.Lang, s.Text, s.Ticket.mark(), s.Topic, now, !s.Answered, nil
		return c.counted(s, now).step(EventSubmitted, c.entry(s, now), Actor{At: now}, "")
	}
	c := before.clone()
	if c.Text != s.Text && c.State != StateClosed {
		c.addWording(Wording{Text: s.Text, Of: s.Ticket.mark()})
	}
	c = c.counted(s, now)
	if c.State == StateSourced && (!s.Answered || c.pressing(now)) {
		return c.step(EventQueued, StateQueued, Actor{At: now}, "")
	}
	return c.step(EventSubmitted, c.State, Actor{At: now}, "")
}

// withdrawn reports whether everybody who asked has taken the question back.
func (c Claim) withdrawn() bool {
	return c.State == StateClosed && c.Closing != nil && c.Closing.Reason == ReasonWithdrawn
}

// addWording keeps another wording, where there is room and it is not there yet.
func (c *Claim) addWording(w Wording) {
	if w.Text != "" && w.Text != c.Text && len(c.Wordings) < MaxWordings &&
		!slices.ContainsFunc(c.Wordings, func(have Wording) bool { return have.Text == w.Text }) {
		c.Wordings = append(c.Wordings, w)
	}
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

// Withdraw takes back what a ticket gave: its wording goes at once, the count stays. When nobody asks any more and there is no finding, the claim
// closes, whoever holds it, and its text goes too. What was merged into another claim, or is published in a reviewer's words, loses the text that came
// with the ticket.
func Withdraw(c Claim, t Ticket, now time.Time) (Claim, Event) {
	c = c.clone()
	c.dropWording(t)
	c.Asking = max(0, c.Asking-1)
	if c.TextOf == t.mark() && (c.State == StateClosed || c.Review != nil && c.Review.Statement != "") {
		c.Text = "" // nobody needs it any more: it was merged, or the public is shown the reviewer's words
	}
	if c.State == StateClosed {
		return c.step(EventWithdrawn, c.State, Actor{At: now}, "")
	}
	if c.Asking == 0 && c.Review == nil && c.Proposed == nil {
		return c.abandoned(now)
	}
	return c.step(EventWithdrawn, c.State, Actor{At: now}, "")
}

// Leave takes a question away that is about something else, with its count.
func Leave(c Claim, t Ticket, now time.Time) (Claim, Event) {
	c = c.clone()
	c.dropWording(t)
	c.Asking, c.Requests = max(0, c.Asking-1), max(0, c.Requests-1)
	return c.step(EventLeft, c.State, Actor{At: now}, "")
}

func (c *Claim) dropWording(t Ticket) {
	c.Wordings = slices.DeleteFunc(c.Wordings, func(w Wording) bool { return w.Of == t.mark() })
}

// abandoned closes a claim that nobody asks about any more.
func (c Claim) abandoned(now time.Time) (Claim, Event) {
	c.Text, c.Wordings, c.Draft = "", nil, nil
	c.Closing = &Closing{Reason: ReasonWithdrawn, At: Clean(now)}
	return c.step(EventWithdrawn, StateClosed, Actor{At: now}, "")
}
