package claims

import (
	"crypto/sha256"
	"encoding/base32"
	"log/slog"
	"slices"
	"strings"
	"time"

	"dalel/index/lang"
)

// ID names a claim: a hash of its language and its normalised text, so that the primary key is the dedupe.
type ID string

var idEncoding = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// IDOf is the ID of the claim that a text makes: 80 bits of SHA-256 in 16 characters of a–z (no l, o) and 2–9.
func IDOf(language, text string) ID {
	sum := sha256.Sum256([]byte(language + "\x00" + lang.Normalize(text)))
	return ID(idEncoding.EncodeToString(sum[:10]))
}

// Valid reports whether id has the form that IDOf gives.
func (id ID) Valid() bool {
	b, err := idEncoding.DecodeString(string(id))
	return err == nil && len(b) == 10
}

// State is where a claim stands in its life, see the package's drawing.
type State string

const (
	StateSourced      State = "sourced"       // trusted passages answer it; counted, and queued when demand or harm is high
	StateQueued       State = "queued"        // waits for a reviewer
	StateInReview     State = "in_review"     // leased
	StateSecondReview State = "second_review" // a finding waits for a second reviewer
	StatePublished    State = "published"     // its review is public
	StateNeedsUpdate  State = "needs_update"  // published, and waits to be looked at again
	StateClosed       State = "closed"        // decided without a review, see Closing
	StateRetracted    State = "retracted"     // its review was withdrawn
	StateParked       State = "parked"        // five leases ran out: an editor decides
)

// States are all states, in the order of a claim's life.
func States() []State {
	return []State{StateSourced, StateQueued, StateInReview, StateSecondReview, StatePublished,
		StateNeedsUpdate, StateClosed, StateRetracted, StateParked}
}

// Limits of what a claim keeps.
const (
	MaxText     = 5000 // characters of a submission
	MaxWordings = 20   // other wordings kept for matching
	MaxChannels = 16
	MaxNote     = 2000 // characters of a note, comment or reason
	demandDays  = 14   // days of which the requests are counted apart
)

// A Claim is the statement that one or more submissions assert, with everything that was decided about it. Times are UTC, in
// whole milliseconds.
type Claim struct {
	Schema    int       `json:"schema"` // form of the stored record, now 1
	ID        ID        `json:"id"`
	Version   int64     `json:"version"` // raised by one with each change; 0 means not stored yet
	State     State     `json:"state"`
	Lang      string    `json:"lang"`
	Text      string    `json:"text"`               // scrubbed
	TextFrom  ID        `json:"textFrom,omitempty"` // the duplicate whose words they are, where nobody asks in the claim's own any more
	Topic     string    `json:"topic,omitempty"`
	Wordings  []Wording `json:"wordings,omitempty"`
	Requests  int64     `json:"requests"` // demand: how many people asked
	Asking    int64     `json:"asking"`   // of them, those who have not taken their question back
	Own       int64     `json:"own"`      // of those, the ones who asked in the claim's own words, and not in those of its duplicates
	Days      []Day     `json:"days,omitempty"`
	Forwarded int64     `json:"forwarded,omitempty"` // requests that came with "forwarded many times"
	Channels  []string  `json:"channels,omitempty"`
	FirstSeen time.Time `json:"firstSeen"`
	LastSeen  time.Time `json:"lastSeen"`
	Void      bool      `json:"void,omitempty"` // asked for, and no trusted passage answers
	Escalated bool      `json:"escalated,omitempty"`
	Harm      Harm      `json:"harm,omitzero"`
	Priority  Priority  `json:"priority"`
	Lease     *Lease    `json:"lease,omitempty"`
	Leases    int64     `json:"leases,omitempty"`   // how many were ever given: the next token is one more
	Expiries  int       `json:"expiries,omitempty"` // leases that ran out since the last finding or editor
	Merged    []ID      `json:"merged,omitempty"`   // claims that were closed as duplicates of this one: its demand has theirs in it
	Similar   []Similar `json:"similar,omitempty"`  // claims that may be the same
	Draft     *Draft    `json:"draft,omitempty"`
	Proposed  *Review   `json:"proposed,omitempty"`  // waits for the second reviewer
	Review    *Review   `json:"review,omitempty"`    // what is public
	Published int       `json:"published,omitempty"` // how often a review was published: the version of the last one
	Closing   *Closing  `json:"closing,omitempty"`
	Note      string    `json:"note,omitempty"` // the last reviewer's, for the next
}

// A Wording is another way in which people put the claim, scrubbed: the text of one of its duplicates, which goes when nobody asks in it any more.
type Wording struct {
	ID   ID     `json:"id"` // of the duplicate
	Lang string `json:"lang"`
	Text string `json:"text"`
}

// A Day counts the requests of one day.
type Day struct {
	Day int64 `json:"day"` // days since 1970-01-01 UTC
	N   int64 `json:"n"`
}

// A Lease is one reviewer's exclusive hold on a claim. Holder and token fence: whoever acts under another token acts too late.
type Lease struct {
	Holder string    `json:"holder"` // Account.ID
	Token  int64     `json:"token"`
	Until  time.Time `json:"until"`
}

// Reason is why a claim was closed without a review.
type Reason string

const (
	ReasonNotAClaim  Reason = "not_a_claim"
	ReasonOutOfScope Reason = "out_of_scope"
	ReasonSpam       Reason = "spam"
	ReasonPrivate    Reason = "private"
	ReasonDuplicate  Reason = "duplicate"
	ReasonWithdrawn  Reason = "withdrawn" // the only person who asked deleted the request
)

// Reasons are those that a reviewer may give to Close; a duplicate has its own transition.
func Reasons() []Reason {
	return []Reason{ReasonNotAClaim, ReasonOutOfScope, ReasonSpam, ReasonPrivate}
}

// Closing says how a claim ended without a review, or why its review was retracted.
type Closing struct {
	Reason      Reason    `json:"reason,omitempty"`
	DuplicateOf ID        `json:"duplicateOf,omitempty"`
	Note        string    `json:"note,omitempty"`
	By          string    `json:"by,omitempty"`
	At          time.Time `json:"at"`
}

// Open reports whether the claim still waits for something, so that another submission of it adds to its demand and due time.
func (c Claim) Open() bool {
	switch c.State {
	case StateSourced, StateQueued, StateInReview, StateSecondReview, StateNeedsUpdate, StateParked:
		return true
	}
	return false
}

// Public reports whether the claim's review is shown: also while it is being re-checked, and while it is escalated, because an editor takes back what
// must go.
func (c Claim) Public() bool {
	return c.Review != nil && c.State != StateRetracted && c.State != StateClosed
}

// Statement is what the public is shown as the claim: the reviewer's wording, else the text as it was sent.
func (c Claim) Statement() string {
	if c.Review != nil && c.Review.Statement != "" {
		return c.Review.Statement
	}
	return c.Text
}

// fresh is how long a review is asserted without another look.
const fresh = 180 * 24 * time.Hour

// Asserted reports whether the claim's review answers who asks now. One that is being looked at again, or is older than 180 days, is only offered: as
// what was found earlier.
func (c Claim) Asserted(now time.Time) bool {
	return c.State == StatePublished && c.Review != nil && now.Sub(c.Review.Modified) <= fresh
}

// LeaseAt is the lease that stands at a moment, or nil.
func (c Claim) LeaseAt(now time.Time) *Lease {
	if c.Lease == nil || !now.Before(c.Lease.Until) {
		return nil
	}
	return c.Lease
}

// LogValue keeps a claim's text out of logs.
func (c Claim) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(c.ID)), slog.String("state", string(c.State)), slog.Int64("version", c.Version))
}

// clone is a copy that shares nothing with c that a transition may change.
func (c Claim) clone() Claim {
	c.Wordings = slices.Clone(c.Wordings)
	c.Days = slices.Clone(c.Days)
	c.Channels = slices.Clone(c.Channels)
	c.Merged = slices.Clone(c.Merged)
	c.Similar = slices.Clone(c.Similar)
	return c
}

// requestsBetween sums the requests of the days from..to before today, both ends included; 0 is today.
func (c Claim) requestsBetween(now time.Time, from, to int64) int64 {
	today := dayOf(now)
	var n int64
	for _, d := range c.Days {
		if ago := today - d.Day; ago >= from && ago <= to {
			n += d.N
		}
	}
	return n
}

func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// Clean is how times are kept: UTC, in whole milliseconds.
func Clean(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// A Submission is what one person sent once, but for its text: that is kept in one place, with the claim, as its text or as one of its
// wordings, so that erasing it there erases it. Only feedback and erasure change a submission.
type Submission struct {
	Schema    int        `json:"schema"`
	Ticket    Ticket     `json:"ticket"`
	Version   int64      `json:"version"`
	Claim     ID         `json:"claim"` // of its own text; that may be a duplicate of another
	Lang      string     `json:"lang"`
	Channel   string     `json:"channel,omitempty"`
	SeenIn    string     `json:"seenIn,omitempty"`
	Forwarded bool       `json:"forwarded,omitempty"`
	At        time.Time  `json:"at"`
	Erased    bool       `json:"erased,omitempty"`
	Feedback  []Feedback `json:"feedback,omitempty"`
}

// Feedback is what the person said of a match.
type Feedback struct {
	Match   string    `json:"match"`   // the address of what was shown
	Opinion string    `json:"opinion"` // useful, not_useful or not_mine
	At      time.Time `json:"at"`
}

// LogValue keeps a submission's text and ticket out of logs.
func (s Submission) LogValue() slog.Value {
	return slog.GroupValue(slog.String("claim", string(s.Claim)), slog.Int64("version", s.Version))
}

// Topics group the topics of rumours for the priority's priors, see Prioritize. An unknown topic is of no group.
var topicGroups = map[string]string{
	"5g": "origin", "covid-hoax": "origin", "depopulation": "origin", "origin": "origin", "spraying": "origin", "microchip": "vaccine",
	"alcohol": "cure", "antibiotics": "cure", "breath-holding-test": "cure", "disinfection": "cure", "garlic": "cure", "hand-dryers": "cure",
	"home-remedy": "cure", "hot-bath": "cure", "medicines": "cure", "saltwater-nose": "cure", "uv-lamp": "cure", "water-poisoned": "cure",
	"lockdown-rumour": "restrictions", "qr-fines": "restrictions", "vaccine-mandatory": "restrictions",
	"masks-harm": "restrictions", "masks-worms": "restrictions",
}

// TopicGroup is the group of a topic: cure, vaccine, restrictions, origin, or empty.
func TopicGroup(topic string) string {
	if g, ok := topicGroups[topic]; ok {
		return g
	}
	if strings.HasPrefix(topic, "vaccine-") || topic == "other-vaccines" {
		return "vaccine"
	}
	return ""
}
