package claims

import "time"

// File counts one more person who asks, in words that have a claim of their own: chain is that claim with those above it, and empty where there is none
// yet. The new claim then joins another one, where target is not nil, as its duplicate. It gives the chain as it will be, with one event a claim. The
// last of the chain is the claim that is answered.
func File(chain []Claim, target *Claim, s Sighting, now time.Time) ([]Claim, []Event) {
	now = Clean(now)
	switch {
	case len(chain) == 0 && target == nil:
		c, event := Submit(nil, s, now)
		return []Claim{c}, []Event{event}
	case len(chain) == 0:
		return join(*target, s, now)
	}
	out := make([]Claim, len(chain))
	events := make([]Event, len(chain))
	last := len(chain) - 1
	keeps := chain[last].keepsText()
	for i, c := range chain[:last] {
		c = c.counted(s, now)
		if i == 0 {
			c.askedBy(s)
		}
		switch {
		case !keeps:
		case i == 0:
			c.speak(s.Text, s.Lang)
		default:
			c.addWording(s.wording())
		}
		out[i], events[i] = c.step(EventSubmitted, c.State, Actor{At: now}, "")
	}
	root := chain[last].clone()
	if last > 0 && keeps {
		root.addWording(s.wording())
	}
	if root.duplicate() { // of a claim whose record is gone, or does not know of it: it waits again
		before := root.State
		root.Closing, root.State = nil, root.waiting()
		root, events[last] = Submit(&root, s, now)
		events[last].Kind, events[last].From = EventReopened, before
	} else {
		root, events[last] = Submit(&root, s, now)
	}
	out[last] = root
	return out, events
}

// join makes a new claim a duplicate of another at once.
func join(target Claim, s Sighting, now time.Time) ([]Claim, []Event) {
	own, _ := Submit(nil, s, now)
	own.Version = 0
	own.Escalated = target.Escalated
	own, joined := own.joined(target.ID, EventJoined, Actor{At: now})
	joined.From = ""
	above := target.clone()
	above.Merged = append(above.Merged, own.ID)
	above.addWording(s.wording())
	above, event := Submit(&above, s, now)
	return []Claim{own, above}, []Event{joined, event}
}

func (s Sighting) wording() Wording { return Wording{ID: s.Claim, Lang: s.Lang, Text: s.Text} }

// keepsText reports whether what people send about the claim is kept: not where reviewers have closed it, for it may be private.
func (c Claim) keepsText() bool {
	return c.Open() || c.Public() || c.withdrawn() || c.duplicate()
}

// joinable reports whether a new claim may become a duplicate of this one by itself. One that so many have joined is left to reviewers.
func (c Claim) joinable() bool {
	return (c.Open() || c.Public()) && len(c.Merged) < maxJoined
}

// maxJoined bounds how many claims are duplicates of one without a person's doing: each is a line in its record.
const maxJoined = 200

// Withdraw takes back one request of the first claim of a chain, for all of the chain; the counts of requests stay. When nobody asks in the claim's own
// words any more they go at once, wherever they are kept; a claim that others ask in other words is put in theirs. One that nobody asks about at all, and that has no
// finding, closes, whoever holds it. What is published without a reviewer's wording keeps its text: that is what the finding is about.
func Withdraw(chain []Claim, now time.Time) ([]Claim, []Event) {
	now = Clean(now)
	out := make([]Claim, len(chain))
	events := make([]Event, len(chain))
	own := max(0, chain[0].Own-1)
	for i, c := range chain {
		c = c.clone()
		c.Asking = max(0, c.Asking-1)
		if i == 0 {
			c.Own = own
		}
		if own == 0 {
			c.dropWordings(chain[0].ID)
			c.hush()
		}
		out[i], events[i] = c.unasked(EventWithdrawn, Actor{At: now}, "")
	}
	return out, events
}

// unasked is a claim that somebody asks about no more: when nobody does, and there is no finding, it closes.
func (c Claim) unasked(kind EventKind, who Actor, note string) (Claim, Event) {
	if c.State != StateClosed && c.Asking == 0 && c.Review == nil && c.Proposed == nil {
		return c.abandoned(who)
	}
	return c.step(kind, c.State, who, note)
}
