package claims

import (
	"slices"
	"time"
)

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
		own, _ := Submit(nil, s, now)
		own.Version = 0
		own, joined := own.joined(target.ID, EventJoined, Actor{At: now})
		joined.From = ""
		above := target.clone()
		above.Merged = append(above.Merged, own.ID)
		above, event := above.heard(own, s, now)
		return []Claim{own, above}, []Event{joined, event}
	}
	out := make([]Claim, len(chain))
	events := make([]Event, len(chain))
	last := len(chain) - 1
	for i, c := range chain[:last] {
		c = c.counted(s, now)
		if i == 0 {
			c.Own++
			if c.Text == "" {
				c.Text, c.Lang = s.Text, s.Lang
			}
		} else {
			c.addWording(out[0].words()[0])
		}
		out[i], events[i] = c.step(EventSubmitted, c.State, Actor{At: now}, "")
	}
	if last == 0 {
		out[0], events[0] = Submit(&chain[0], s, now)
	} else {
		out[last], events[last] = chain[last].clone().heard(out[0], s, now)
	}
	return out, events
}

// heard counts a request that came in the words of a duplicate.
func (c Claim) heard(own Claim, s Sighting, now time.Time) (Claim, Event) {
	c.addWording(own.words()[0])
	next, event := Submit(&c, s, now)
	return next, event
}

// Withdraw takes back one request of the first claim of a chain, for all of the chain; the counts of requests stay. When nobody asks in the claim's own
// words any more they go at once, wherever they are kept; a claim that others ask in other words is put in theirs. One that nobody asks about at all, and that has no
// finding, closes, whoever holds it. What is published without a reviewer's wording keeps its text: that is what the finding is about.
func Withdraw(chain []Claim, now time.Time) ([]Claim, []Event) {
	now = Clean(now)
	out := make([]Claim, len(chain))
	events := make([]Event, len(chain))
	silent := false
	for i, c := range chain {
		c = c.clone()
		c.Asking = max(0, c.Asking-1)
		if i == 0 {
			c.Own = max(0, c.Own-1)
			silent = c.Own == 0
		}
		if silent {
			c.dropWordings(chain[0].ID)
			c.hush()
		}
		out[i], events[i] = c.withdrawnFrom(now)
	}
	return out, events
}

// hush forgets the words that the claim is put in, if nobody asks in them any more: then it is put in those of a duplicate. Where there are none it keeps
// its words as long as others ask, or a finding is about them.
func (c *Claim) hush() {
	if c.Own > 0 || c.Text == "" || slices.ContainsFunc(c.Wordings, func(w Wording) bool { return w.Text == c.Text }) {
		return
	}
	finding := c.Review
	if c.Proposed != nil {
		finding = c.Proposed
	}
	switch {
	case finding != nil && finding.Statement != "":
		c.Text = "" // it has a reviewer's words
	case len(c.Wordings) > 0:
		c.Text, c.Lang = c.Wordings[0].Text, c.Wordings[0].Lang
	case c.State == StateClosed || finding == nil && c.Asking == 0:
		c.Text = ""
	}
}

func (c Claim) withdrawnFrom(now time.Time) (Claim, Event) {
	if c.State != StateClosed && c.Asking == 0 && c.Review == nil && c.Proposed == nil {
		return c.abandoned(now)
	}
	return c.step(EventWithdrawn, c.State, Actor{At: now}, "")
}
