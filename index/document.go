package index

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what a document is.
type Kind string

const (
	KindGuidance Kind = "guidance" // a page of a trusted source, as crawled: its passages are quotations
	KindSummary  Kind = "summary"  // our own summary of a page of a trusted source: never shown as a quotation
	KindReview   Kind = "review"   // a published review of a claim
	KindClaim    Kind = "claim"    // a claim that nobody has reviewed: in an index of its own, so that no search of what is trusted gives it
)

// PassageKind says what part a passage plays on its page.
type PassageKind string

const (
	PassageAdvice   PassageKind = "advice"   // what the source says
	PassageQuestion PassageKind = "question" // a question that the page answers, kept with its answer
	PassageAnswer   PassageKind = "answer"   // the answer to the question at the end of Heading
	PassageClaim    PassageKind = "claim"    // a rumour the page quotes in order to refute it: never advice
	PassageTable    PassageKind = "table"    // a table row with its header
)

// Date is a date as its source states it, in ISO 8601 with reduced precision: "2021", "2021-07", "2021-07-28" or an
// RFC 3339 time. The empty date is unknown; dates that a source does not state are never guessed.
type Date string

var dateLayouts = []string{"2006", "2006-01", time.DateOnly, time.RFC3339}

// DateOf is the day of t in UTC, or the empty date for the zero time.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return ""
	}
	return Date(t.UTC().Format(time.DateOnly))
}

// Time is the first moment of d. The error says which date could not be read; the empty date is such an error.
func (d Date) Time() (time.Time, error) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, string(d)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("index: %q is not a date (YYYY, YYYY-MM, YYYY-MM-DD or RFC 3339)", string(d))
}

// Source is a trusted publisher as an answer names it.
type Source struct {
	ID   string // the register's id, for example "who"
	Kind string // international, state, fact-checker or ngo
	Name map[string]string
}

// NameIn is the source's name in a language, else in English, else its ID.
func (s Source) NameIn(lang string) string {
	for _, l := range []string{lang, "en"} {
		if n := s.Name[l]; n != "" {
			return n
		}
	}
	return s.ID
}

// A Document is one page, one summary or one published review, as it stands. Put with the same ID replaces it whole.
type Document struct {
	ID        string    `json:"id"`
	Kind      Kind      `json:"kind"`
	Source    string    `json:"source,omitempty"`    // Source.ID; empty for reviews
	Publisher string    `json:"publisher,omitempty"` // who carries the page, where that is not the source itself
	Topic     string    `json:"topic,omitempty"`
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	Lang      string    `json:"lang"` // en, ru or kk
	Published Date      `json:"published,omitempty"`
	Modified  Date      `json:"modified,omitempty"`
	Fetched   Date      `json:"fetched,omitempty"` // when the page was last seen as it stands here
	Version   int       `json:"version"`           // from 1, one higher with each change of the page
	Verdict   string    `json:"verdict,omitempty"` // of a review
	Claim     string    `json:"claim,omitempty"`   // of a review or a claim: the claim's ID
	Passages  []Passage `json:"passages"`
	// Heard are wordings in which people say what this document answers. They are matched, never shown as the source's.
	Heard []string `json:"heard,omitempty"`
}

// A Passage is the unit that is found and quoted.
type Passage struct {
	Heading []string    `json:"heading,omitempty"` // from the page's outermost heading to the nearest
	Anchor  string      `json:"anchor,omitempty"`  // fragment of the page's address, without '#'
	Text    string      `json:"text"`
	Kind    PassageKind `json:"kind"`
}

// Limits of a document. Apply refuses what exceeds them.
const (
	MaxIDBytes      = 1 << 10
	MaxPassages     = 2_000
	MaxPassageBytes = 16 << 10 // of a passage's text, and of a title, a heading or a wording
	MaxHeard        = 100
)

// Languages are the languages that the index analyses, as BCP 47 tags.
func Languages() []string { return []string{"en", "kk", "ru"} }

// Check reports the first reason why d cannot be indexed, as an error that names the document.
func (d Document) Check() error {
	problem := ""
	switch {
	case d.ID == "":
		problem = "no ID"
	case len(d.ID) > MaxIDBytes || strings.ContainsRune(d.ID, 0):
		return fmt.Errorf("index: document ID of %d bytes: longer than %d or with a NUL in it", len(d.ID), MaxIDBytes)
	case !slices.Contains(kinds(), d.Kind):
		problem = fmt.Sprintf("kind %q", d.Kind)
	case d.Lang != "en" && d.Lang != "ru" && d.Lang != "kk":
		problem = fmt.Sprintf("language %q", d.Lang)
	case len(d.Passages) == 0:
		problem = "no passages"
	case len(d.Passages) > MaxPassages:
		problem = fmt.Sprintf("%d passages, more than %d", len(d.Passages), MaxPassages)
	case len(d.Heard) > MaxHeard:
		problem = fmt.Sprintf("%d wordings, more than %d", len(d.Heard), MaxHeard)
	}
	for i, p := range d.Passages {
		if problem != "" {
			break
		}
		switch {
		case strings.TrimSpace(p.Text) == "":
			problem = fmt.Sprintf("passage %d is empty", i)
		case len(p.Text) > MaxPassageBytes:
			problem = fmt.Sprintf("passage %d has %d bytes, more than %d", i, len(p.Text), MaxPassageBytes)
		case !utf8.ValidString(p.Text):
			problem = fmt.Sprintf("passage %d is not UTF-8", i)
		case !fits(p.Heading...):
			problem = fmt.Sprintf("the headings of passage %d are too long or not UTF-8", i)
		}
	}
	if problem == "" && !fits(d.Title) {
		problem = "the title is too long or not UTF-8"
	}
	if problem == "" && !fits(d.Heard...) {
		problem = "a wording is too long or not UTF-8"
	}
	if problem != "" {
		return fmt.Errorf("index: document %q: %s", d.ID, problem)
	}
	return nil
}

// fits reports whether each of some texts is UTF-8 and no longer than a passage may be.
func fits(texts ...string) bool {
	for _, t := range texts {
		if len(t) > MaxPassageBytes || !utf8.ValidString(t) {
			return false
		}
	}
	return true
}

// A Batch is a set of changes that the index takes wholly or not at all. Clear goes before Delete, Delete before Put.
type Batch struct {
	Clear  []Kind            // every document of these kinds goes
	Delete []string          // documents by ID; an unknown one is no error
	Put    []Document        // at most one of an ID
	Marks  map[string]string // places in the feeds, see Mark
}

// Empty reports whether the batch changes nothing.
func (b Batch) Empty() bool {
	return len(b.Clear)+len(b.Delete)+len(b.Put)+len(b.Marks) == 0
}
