package claims

import (
	"slices"

	"dalel/index"
)

// A claim is in one index of its state, ordered by due time; those of the states in which it waits for a reviewer are divided by language and
// band, and what only editors see is apart. What spans several, as the whole queue, is asked for as several: a claim that waits then costs one
// entry, not one for each way to look at it.
//
// Leases are ordered by their end, public reviews newest first, reviews with a date to look again by that date.
const (
	IndexLeases  Index = "leases"
	IndexPublic  Index = "public"
	IndexRecheck Index = "recheck"
)

// waitingStates are those in which a claim is in the queue.
func waitingStates() []State { return []State{StateQueued, StateNeedsUpdate} }

func waitingIndex(s State, language string, band Band) Index {
	return Index("waiting/" + string(s) + "/" + language + "/" + string(band))
}

func stateIndex(s State) Index     { return Index("state/" + string(s)) }
func escalatedIndex(s State) Index { return Index("escalated/" + string(s)) }

// Queue is the queue of some languages and a band: no language is all of them, the empty band every one.
func Queue(band Band, languages ...string) []Index {
	var xs []Index
	for _, s := range waitingStates() {
		xs = append(xs, queueOf(s, band, languages)...)
	}
	return xs
}

func queueOf(s State, band Band, languages []string) []Index {
	if len(languages) == 0 {
		languages = index.Languages()
	}
	bands := Bands()
	if band != "" {
		bands = []Band{band}
	}
	var xs []Index
	for _, l := range languages {
		for _, b := range bands {
			xs = append(xs, waitingIndex(s, l, b))
		}
	}
	return xs
}

// EscalatedQueue is what waits for editors alone.
func EscalatedQueue() []Index {
	return []Index{escalatedIndex(StateQueued), escalatedIndex(StateNeedsUpdate), escalatedIndex(StateSourced), escalatedIndex(StateParked)}
}

// OfState are the indexes that hold the claims of a state, the earliest due first.
func OfState(s State) []Index {
	switch {
	case slices.Contains(waitingStates(), s):
		return append(queueOf(s, "", nil), escalatedIndex(s))
	case slices.Contains(EscalatedQueue(), escalatedIndex(s)):
		return []Index{stateIndex(s), escalatedIndex(s)}
	}
	return []Index{stateIndex(s)}
}

// MineIndex holds what an account has on its desk: its leases and its findings that wait for a second reviewer.
func MineIndex(account string) Index { return Index("mine/" + account) }

// Keys is every index entry of a claim, a pure function of the record.
func Keys(c Claim) []Key {
	due := c.Priority.Due.UnixMilli()
	of := stateIndex(c.State)
	switch {
	case c.Escalated && slices.Contains(EscalatedQueue(), escalatedIndex(c.State)):
		of = escalatedIndex(c.State)
	case slices.Contains(waitingStates(), c.State):
		of = waitingIndex(c.State, c.Lang, c.Priority.Band)
	}
	keys := []Key{{of, due}}
	switch {
	case c.State == StateInReview && c.Lease != nil:
		until := c.Lease.Until.UnixMilli()
		keys = append(keys, Key{IndexLeases, until}, Key{MineIndex(c.Lease.Holder), until})
	case c.State == StateSecondReview && c.Proposed != nil:
		keys = append(keys, Key{MineIndex(c.Proposed.Author), c.Proposed.Proposed.UnixMilli()})
	}
	if c.Public() {
		keys = append(keys, Key{IndexPublic, -c.Review.Modified.UnixMilli()})
		if c.State == StatePublished && !c.Review.ValidUntil.IsZero() {
			keys = append(keys, Key{IndexRecheck, c.Review.ValidUntil.UnixMilli()})
		}
	}
	return keys
}
