package api

import (
	"maps"
	"slices"
	"time"

	"dalel/claims"
	"dalel/index"
)

// What programs see is declared here, apart from what the desk keeps: a field that is added there is not published by accident. What only
// reviewers may see stands in typesdesk.go.

// checkJSON is the answer to a question, at once or later under its ticket.
type checkJSON struct {
	ID         string      `json:"id,omitempty"` // the ticket, too
	Ticket     string      `json:"ticket,omitempty"`
	Outcome    string      `json:"outcome"`
	Reason     string      `json:"reason,omitempty"` // of closed
	Lang       string      `json:"lang"`
	Claim      *claimRef   `json:"claim,omitempty"`
	Review     *reviewJSON `json:"review,omitempty"`
	Matches    []matchJSON `json:"matches"`
	Advice     string      `json:"advice"`
	ShareText  string      `json:"shareText,omitempty"`
	CreatedAt  *time.Time  `json:"createdAt,omitempty"`
	Stored     bool        `json:"stored"`
	RetryAfter int         `json:"retryAfter,omitempty"` // seconds
}

type claimRef struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Requests int64  `json:"requests"`
}

type matchJSON struct {
	ID         string       `json:"id"`
	Kind       string       `json:"kind"`
	Confidence float64      `json:"confidence"`
	Band       string       `json:"band"`
	Why        []string     `json:"why,omitempty"`
	Source     sourceRef    `json:"source"`
	Publisher  string       `json:"publisher,omitempty"`
	Title      string       `json:"title"`
	URL        string       `json:"url"`
	Lang       string       `json:"lang"`
	Topic      string       `json:"topic,omitempty"`
	Verdict    string       `json:"verdict,omitempty"`
	Published  index.Date   `json:"published,omitempty"`
	Modified   index.Date   `json:"modified,omitempty"`
	Fetched    index.Date   `json:"fetched,omitempty"`
	Summary    bool         `json:"summary,omitempty"` // the passage is our summary of the page, not a quotation
	Offered    bool         `json:"offered,omitempty"` // of a review that is not asserted now
	Passage    *passageJSON `json:"passage,omitempty"`
}

type sourceRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type passageJSON struct {
	ID         string   `json:"id"`
	Text       string   `json:"text"`
	Heading    []string `json:"heading,omitempty"`
	Anchor     string   `json:"anchor,omitempty"`
	Highlights [][2]int `json:"highlights,omitempty"` // code points of Text: start, end
}

type reviewJSON struct {
	ID             string            `json:"id"`
	Claim          string            `json:"claim"`
	ClaimLang      string            `json:"claimLang"`
	Topic          string            `json:"topic,omitempty"`
	Verdict        string            `json:"verdict"`
	VerdictLabel   string            `json:"verdictLabel"`
	Summary        string            `json:"summary"`
	Lang           string            `json:"lang"` // of Summary
	Summaries      map[string]string `json:"summaries,omitempty"`
	Evidence       []evidenceJSON    `json:"evidence,omitempty"`
	Techniques     []string          `json:"techniques,omitempty"`
	Version        int               `json:"version"`
	Published      *time.Time        `json:"published,omitempty"`
	Modified       *time.Time        `json:"modified,omitempty"`
	ValidUntil     *time.Time        `json:"validUntil,omitempty"`
	BeingRechecked bool              `json:"beingRechecked,omitempty"`
	URL            string            `json:"url"`
}

type evidenceJSON struct {
	Passage   string     `json:"passage,omitempty"`
	URL       string     `json:"url"`
	Title     string     `json:"title,omitempty"`
	Source    *sourceRef `json:"source,omitempty"`
	Publisher string     `json:"publisher,omitempty"`
	Lang      string     `json:"lang,omitempty"`
	Published index.Date `json:"published,omitempty"`
	Modified  index.Date `json:"modified,omitempty"`
	Fetched   index.Date `json:"fetched,omitempty"`
	Stance    string     `json:"stance,omitempty"`
	Quote     string     `json:"quote"`
	Summary   bool       `json:"summary,omitempty"`
}

// A reader is for whom an answer is made.
type reader struct {
	Server *Server
	lang   string
	base   string // of absolute links
}

// say is Server.say in the reader's language.
func (r reader) say(id string, data map[string]any) string { return r.Server.say(r.lang, id, data) }

// deskSource is who published a review: an organisation, never a person.
const deskSource = "dalel"

// source names a publisher. One that the register does not have (any more) is named by its ID.
func (r reader) source(id string) sourceRef {
	if s, ok := r.Server.sources[id]; ok {
		return sourceRef{ID: s.ID, Name: s.NameIn(r.lang), Kind: s.Kind}
	}
	return sourceRef{ID: id, Name: id, Kind: "other"}
}

func (r reader) match(m claims.Match) matchJSON {
	d := m.Hit.Document
	j := matchJSON{Kind: string(m.Kind), Confidence: round(m.Hit.Confidence), Band: string(m.Hit.Band),
		Publisher: d.Publisher, Title: d.Title, URL: d.URL, Lang: d.Lang, Topic: d.Topic, Verdict: d.Verdict,
		Published: d.Published, Modified: d.Modified, Fetched: d.Fetched, Summary: d.Kind == index.KindSummary, Offered: m.Offered}
	for _, t := range m.Hit.Why {
		j.Why = append(j.Why, t.Text)
	}
	passage, ordinal := m.Hit.Passage, m.Hit.Ordinal
	if d.Kind == index.KindReview {
		j.Source = sourceRef{ID: deskSource, Name: r.say("desk_name", nil), Kind: "desk"}
		j.URL = r.reviewURL(claims.ID(d.Claim))
		if i := slices.IndexFunc(d.Passages, func(p index.Passage) bool { return p.Kind == index.PassageAnswer }); passage.Text == "" && i >= 0 {
			passage, ordinal = d.Passages[i], i
		}
	} else {
		j.Source = r.source(d.Source)
	}
	j.ID = claims.PassageRef(d.ID, ordinal)
	if passage.Text != "" {
		j.Passage = &passageJSON{ID: j.ID, Text: passage.Text, Heading: passage.Heading, Anchor: passage.Anchor}
		for _, h := range m.Hit.Highlights {
			j.Passage.Highlights = append(j.Passage.Highlights, [2]int{h.Start, h.End})
		}
	}
	return j
}

// round keeps what a confidence can mean: three digits.
func round(x float64) float64 { return float64(int(x*1000+0.5)) / 1000 }

func (r reader) reviewURL(id claims.ID) string { return r.base + "/" + r.lang + "/r/" + string(id) }

// review is a claim's public review, or what was public before it was retracted.
func (r reader) review(c claims.Claim) reviewJSON {
	v := c.Review
	text, in := v.SummaryIn(r.lang)
	return reviewJSON{ID: string(c.ID), Claim: c.Statement(), ClaimLang: c.Lang, Topic: c.Topic,
		Verdict: string(v.Verdict), VerdictLabel: r.say("verdict."+string(v.Verdict), nil),
		Summary: text, Lang: in, Summaries: maps.Clone(v.Summary), Evidence: r.evidence(v.Evidence),
		Techniques: slices.Clone(v.Techniques), Version: v.Version, Published: when(v.Published), Modified: when(v.Modified),
		ValidUntil: when(v.ValidUntil), BeingRechecked: c.State != claims.StatePublished && c.State != claims.StateRetracted,
		URL: r.reviewURL(c.ID)}
}

// indexedReview is what the index alone knows of a review, for when the store cannot be asked.
func (r reader) indexedReview(h index.Hit) reviewJSON {
	d := h.Document
	j := reviewJSON{ID: d.Claim, Claim: d.Title, ClaimLang: d.Lang, Topic: d.Topic, Verdict: d.Verdict,
		VerdictLabel: r.say("verdict."+d.Verdict, nil), Lang: d.Lang, Version: d.Version, URL: r.reviewURL(claims.ID(d.Claim))}
	if h.Passage.Kind == index.PassageAnswer {
		j.Summary = h.Passage.Text
	}
	j.Published, j.Modified = dayOf(d.Published), dayOf(d.Modified)
	return j
}

// dayOf is the beginning of a date, or nil where there is none.
func dayOf(d index.Date) *time.Time {
	t, err := d.Time()
	if err != nil {
		return nil
	}
	return when(t)
}

func (r reader) evidence(es []claims.Evidence) []evidenceJSON {
	var out []evidenceJSON
	for _, e := range es {
		j := evidenceJSON{Passage: e.Passage, URL: e.URL, Title: e.Title, Publisher: e.Publisher, Lang: e.Lang, Published: e.Published,
			Modified: e.Modified, Fetched: e.Fetched, Stance: string(e.Stance), Quote: e.Quote, Summary: e.Summary}
		if e.Source != "" {
			source := r.source(e.Source)
			j.Source = &source
		}
		out = append(out, j)
	}
	return out
}

// when is a time as JSON has it: absent rather than zero, UTC.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
