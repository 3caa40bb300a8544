package api

import (
	"maps"
	"slices"
	"time"

	"dalel/claims"
)

// What reviewers see of a claim. Accounts are shown by their ID, never by name.

type claimJSON struct {
	ID         string          `json:"id"`
	Version    int64           `json:"version"`
	State      string          `json:"state"`
	Lang       string          `json:"lang"`
	Text       string          `json:"text"` // scrubbed; empty when it was erased
	Topic      string          `json:"topic,omitempty"`
	Wordings   []string        `json:"wordings,omitempty"`   // other ways in which people put it, scrubbed
	Duplicates []duplicateJSON `json:"duplicates,omitempty"` // the claims whose wordings these are
	Requests   int64           `json:"requests"`
	Forwarded  int64           `json:"forwarded,omitempty"`
	Channels   []string        `json:"channels,omitempty"`
	FirstSeen  *time.Time      `json:"firstSeen,omitempty"`
	LastSeen   *time.Time      `json:"lastSeen,omitempty"`
	Void       bool            `json:"void,omitempty"`
	Escalated  bool            `json:"escalated,omitempty"`
	Priority   priorityJSON    `json:"priority"`
	Lease      *leaseJSON      `json:"lease,omitempty"`
	Draft      *findingJSON    `json:"draft,omitempty"`
	Proposed   *findingJSON    `json:"proposed,omitempty"`
	Review     *reviewJSON     `json:"review,omitempty"`
	Closing    *closingJSON    `json:"closing,omitempty"`
	Note       string          `json:"note,omitempty"`
}

// duplicateJSON is a claim that was merged into another, or joined it.
type duplicateJSON struct {
	ID   string `json:"id"`
	Lang string `json:"lang"`
	Text string `json:"text"` // scrubbed
}

// suggestionJSON is a claim that may be the same as another.
type suggestionJSON struct {
	Claim    string  `json:"claim"`
	Text     string  `json:"text"` // scrubbed; empty when it was erased
	Lang     string  `json:"lang"`
	State    string  `json:"state"`
	Requests int64   `json:"requests"`
	Score    float64 `json:"score"` // from 0 to 1
	Status   string  `json:"status"`
}

func suggestionOf(s claims.Suggestion) suggestionJSON {
	return suggestionJSON{Claim: string(s.Other.ID), Text: s.Other.Text, Lang: s.Other.Lang, State: string(s.Other.State),
		Requests: s.Other.Requests, Score: round(s.Score), Status: string(s.Status)}
}

type priorityJSON struct {
	Band   string     `json:"band"`
	Harm   int        `json:"harm"`
	Spread int        `json:"spread"`
	Due    *time.Time `json:"due,omitempty"`
	Why    []string   `json:"why,omitempty"` // sentences in the reader's language
}

type leaseJSON struct {
	Holder string     `json:"holder"`
	Mine   bool       `json:"mine"`
	Token  int64      `json:"token,omitempty"` // only the holder's own
	Until  *time.Time `json:"until"`
}

type findingJSON struct {
	Statement  string            `json:"statement,omitempty"`
	Verdict    string            `json:"verdict,omitempty"`
	Summary    map[string]string `json:"summary,omitempty"`
	Evidence   []evidenceJSON    `json:"evidence,omitempty"`
	Techniques []string          `json:"techniques,omitempty"`
	ValidUntil *time.Time        `json:"validUntil,omitempty"`
	Topic      string            `json:"topic,omitempty"`    // of a draft
	Proposal   int64             `json:"proposal,omitempty"` // of a proposed one: which it is
	Author     string            `json:"author"`
	At         *time.Time        `json:"at,omitempty"` // saved or proposed
}

type closingJSON struct {
	Reason      string     `json:"reason,omitempty"`
	DuplicateOf string     `json:"duplicateOf,omitempty"`
	Note        string     `json:"note,omitempty"`
	At          *time.Time `json:"at,omitempty"`
}

type eventJSON struct {
	Seq    int64      `json:"seq"`
	Kind   string     `json:"kind"`
	From   string     `json:"from,omitempty"`
	To     string     `json:"to,omitempty"`
	Before int64      `json:"before"`
	After  int64      `json:"after"`
	At     *time.Time `json:"at"`
	By     string     `json:"by,omitempty"`
	Role   string     `json:"role,omitempty"`
	Note   string     `json:"note,omitempty"`
}

// claim is a claim as the account sees it.
func (r reader) claim(c claims.Claim, who claims.Account) claimJSON {
	j := claimJSON{ID: string(c.ID), Version: c.Version, State: string(c.State), Lang: c.Lang, Text: c.Text, Topic: c.Topic,
		Requests: c.Requests, Forwarded: c.Forwarded, Channels: slices.Clone(c.Channels), FirstSeen: when(c.FirstSeen),
		LastSeen: when(c.LastSeen), Void: c.Void, Escalated: c.Escalated, Note: c.Note, Priority: r.priority(c.Priority),
		Lease: leaseOf(c, who)}
	for _, w := range c.Wordings {
		j.Wordings = append(j.Wordings, w.Text)
		j.Duplicates = append(j.Duplicates, duplicateJSON{ID: string(w.ID), Lang: w.Lang, Text: w.Text})
	}
	if d := c.Draft; d != nil {
		j.Draft = &findingJSON{Statement: d.Statement, Verdict: string(d.Verdict), Summary: maps.Clone(d.Summary), Evidence: r.evidence(d.Evidence),
			Techniques: slices.Clone(d.Techniques), ValidUntil: when(d.ValidUntil), Topic: d.Topic, Author: d.Author, At: when(d.At)}
	}
	if p := c.Proposed; p != nil {
		j.Proposed = &findingJSON{Statement: p.Statement, Verdict: string(p.Verdict), Summary: maps.Clone(p.Summary), Evidence: r.evidence(p.Evidence),
			Techniques: slices.Clone(p.Techniques), ValidUntil: when(p.ValidUntil), Proposal: p.Proposal, Author: p.Author,
			At: when(p.Proposed)}
	}
	if c.Review != nil {
		review := r.review(c)
		j.Review = &review
	}
	if e := c.Closing; e != nil {
		j.Closing = &closingJSON{Reason: string(e.Reason), DuplicateOf: string(e.DuplicateOf), Note: e.Note, At: when(e.At)}
	}
	return j
}

func (r reader) priority(p claims.Priority) priorityJSON {
	j := priorityJSON{Band: string(p.Band), Harm: p.Harm, Spread: p.Spread, Due: when(p.Due)}
	for _, w := range p.Why {
		j.Why = append(j.Why, r.say("why."+w.Code, map[string]any{"Count": w.N}))
	}
	return j
}

// leaseOf is a claim's lease. The token is for its holder alone.
func leaseOf(c claims.Claim, who claims.Account) *leaseJSON {
	if c.Lease == nil {
		return nil
	}
	j := &leaseJSON{Holder: c.Lease.Holder, Mine: c.Lease.Holder == who.ID, Until: when(c.Lease.Until)}
	if j.Mine {
		j.Token = c.Lease.Token
	}
	return j
}

func eventOf(e claims.Event) eventJSON {
	return eventJSON{Seq: e.Seq, Kind: string(e.Kind), From: string(e.From), To: string(e.To), Before: e.Before, After: e.After,
		At: when(e.At), By: e.By, Role: string(e.Role), Note: e.Note}
}

// newsJSON is an event as it is streamed: without notes, and by role only.
type newsJSON struct {
	Number int64      `json:"number"`
	Kind   string     `json:"kind"`
	Claim  string     `json:"claim,omitempty"`
	From   string     `json:"from,omitempty"`
	To     string     `json:"to,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	Role   string     `json:"role,omitempty"`
}

func newsOf(n news) newsJSON {
	e := n.event
	j := newsJSON{Number: e.Seq, Kind: string(e.Kind), Claim: string(e.Claim), From: string(e.From), To: string(e.To), At: when(e.At), Role: string(e.Role)}
	switch {
	case n.reset:
		j.Kind = kindReset
	case e.Kind == "":
		j.Kind = kindUnreadable
	}
	return j
}

// auditJSON is an event as the audit has it.
type auditJSON struct {
	Number int64      `json:"number"`
	At     *time.Time `json:"at,omitempty"`
	Kind   string     `json:"kind"`
	Claim  string     `json:"claim,omitempty"`
	From   string     `json:"from,omitempty"`
	To     string     `json:"to,omitempty"`
	Before int64      `json:"before"`
	After  int64      `json:"after"`
	By     string     `json:"by,omitempty"`
	Role   string     `json:"role,omitempty"`
	Note   string     `json:"note,omitempty"`
}

func auditOf(e claims.Event) auditJSON {
	j := auditJSON{Number: e.Seq, At: when(e.At), Kind: string(e.Kind), Claim: string(e.Claim), From: string(e.From), To: string(e.To), Before: e.Before,
		After: e.After, By: e.By, Role: string(e.Role), Note: e.Note}
	if e.Kind == "" {
		j.Kind = kindUnreadable
	}
	return j
}
