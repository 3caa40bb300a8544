package claims

// Index names. Queues are ordered by due time, leases by their end, public reviews newest first.
const (
	IndexQueue     Index = "queue"
	IndexEscalated Index = "escalated"
	IndexLeases    Index = "leases"
	IndexPublic    Index = "public"
	IndexRecheck   Index = "recheck"
)

// QueueOf is the queue of a language and band; either may be empty, and both together are the whole queue.
func QueueOf(language string, band Band) Index {
	x := IndexQueue
	if language != "" {
		x += Index("/lang=" + language)
	}
	if band != "" {
		x += Index("/band=" + string(band))
	}
	return x
}

// StateIndex holds the claims of a state, the earliest due first.
func StateIndex(s State) Index { return Index("state/" + string(s)) }

// MineIndex holds what an account has on its desk: its leases and its findings that wait for a second reviewer.
func MineIndex(account string) Index { return Index("mine/" + account) }

// Keys is every index entry of a claim, a pure function of the record.
func Keys(c Claim) []Key {
	due := c.Priority.Due.UnixMilli()
	keys := []Key{{StateIndex(c.State), due}}
	switch c.State {
	case StateSourced, StateParked:
		if c.Escalated {
			keys = append(keys, Key{IndexEscalated, due})
		}
	case StateQueued, StateNeedsUpdate:
		if c.Escalated {
			keys = append(keys, Key{IndexEscalated, due})
			break
		}
		for _, l := range []string{"", c.Lang} {
			for _, b := range []Band{"", c.Priority.Band} {
				keys = append(keys, Key{QueueOf(l, b), due})
			}
		}
	case StateInReview:
		if c.Lease != nil {
			until := c.Lease.Until.UnixMilli()
			keys = append(keys, Key{IndexLeases, until}, Key{MineIndex(c.Lease.Holder), until})
		}
	case StateSecondReview:
		if c.Proposed != nil {
			keys = append(keys, Key{MineIndex(c.Proposed.Author), c.Proposed.Proposed.UnixMilli()})
		}
	}
	if c.Public() {
		keys = append(keys, Key{IndexPublic, -c.Review.Modified.UnixMilli()})
		if c.State == StatePublished && !c.Review.ValidUntil.IsZero() {
			keys = append(keys, Key{IndexRecheck, c.Review.ValidUntil.UnixMilli()})
		}
	}
	return keys
}
