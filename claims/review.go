package claims

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dalel/index"
)

// Verdict is the value of a review.
type Verdict string

const (
	VerdictFalse      Verdict = "false"
	VerdictMisleading Verdict = "misleading"
	VerdictOutdated   Verdict = "outdated"
	VerdictPartlyTrue Verdict = "partly_true"
	VerdictTrue       Verdict = "true"
	VerdictUnproven   Verdict = "unproven"
	VerdictSatire     Verdict = "satire"
)

// Verdicts are all verdicts, worst first.
func Verdicts() []Verdict {
	return []Verdict{VerdictFalse, VerdictMisleading, VerdictOutdated, VerdictPartlyTrue, VerdictTrue, VerdictUnproven, VerdictSatire}
}

// Rating is the verdict's place on the scale from 1 (false) to 5 (true), as schema.org's ratingValue; 0 for those that are not on it.
func (v Verdict) Rating() int {
	switch v {
	case VerdictFalse:
		return 1
	case VerdictMisleading, VerdictOutdated:
		return 2
	case VerdictPartlyTrue:
		return 3
	case VerdictTrue:
		return 5
	}
	return 0
}

// Techniques are the tags by which trainers find cases: FLICC (Cook, 2020) and what chats add to it.
func Techniques() []string {
	return []string{"fake_expert", "logical_fallacy", "impossible_expectation", "cherry_picking", "conspiracy_theory",
		"altered_media", "impersonated_authority", "fake_quote", "scam"}
}

// Stance is how a piece of evidence bears on the claim.
type Stance string

const (
	StanceSupports Stance = "supports"
	StanceRefutes  Stance = "refutes"
	StanceContext  Stance = "context"
)

// Evidence is a passage, or another cited page, that a review rests on.
type Evidence struct {
	Passage   string     `json:"passage,omitempty"` // reference of the passage, where it is in the index
	URL       string     `json:"url"`
	Title     string     `json:"title,omitempty"`
	Source    string     `json:"source,omitempty"`
	Publisher string     `json:"publisher,omitempty"`
	Lang      string     `json:"lang,omitempty"`
	Published index.Date `json:"published,omitempty"`
	Modified  index.Date `json:"modified,omitempty"`
	Fetched   index.Date `json:"fetched,omitempty"`
	Stance    Stance     `json:"stance"`
	Quote     string     `json:"quote"`
	Summary   bool       `json:"summary,omitempty"` // the quote is from our summary of the page, not from the page
}

// A Review is a finding on a claim: proposed by one reviewer, published when a second one agrees.
type Review struct {
	Version    int               `json:"version"`             // of the publication, from 1
	Statement  string            `json:"statement,omitempty"` // the claim in the reviewer's words: what the public is shown of it
	Verdict    Verdict           `json:"verdict"`
	Summary    map[string]string `json:"summary"` // by language: fact first, the myth once, why, the fact again
	Evidence   []Evidence        `json:"evidence"`
	Techniques []string          `json:"techniques,omitempty"`
	ValidUntil time.Time         `json:"validUntil,omitzero"`
	Author     string            `json:"author"` // Account.ID; never public
	Approver   string            `json:"approver,omitempty"`
	Comment    string            `json:"comment,omitempty"` // of the second reviewer
	Proposal   int64             `json:"proposal"`          // the token under which it was proposed: each proposal of a claim has another
	Proposed   time.Time         `json:"proposed"`
	Published  time.Time         `json:"published,omitzero"` // when the claim's review became public
	Modified   time.Time         `json:"modified,omitzero"`  // of this version
}

// A Draft is a finding that its author has not proposed yet. Everything may be missing.
type Draft struct {
	Statement  string            `json:"statement,omitempty"`
	Verdict    Verdict           `json:"verdict,omitempty"`
	Summary    map[string]string `json:"summary,omitempty"`
	Evidence   []Evidence        `json:"evidence,omitempty"`
	Techniques []string          `json:"techniques,omitempty"`
	ValidUntil time.Time         `json:"validUntil,omitzero"`
	Author     string            `json:"author"`
	Topic      string            `json:"topic,omitempty"`
	At         time.Time         `json:"at"`
}

// Limits of a review.
const (
	MaxSummary   = 1500 // characters in each language
	MaxStatement = 500
	MaxQuote     = 1000 // characters
	MaxEvidence  = 20
	maxTitle     = 500 // characters of a cited page's title or publisher
	maxTopic     = 64
)

// SummaryIn is the summary in a language, else in the first of en, ru, kk that there is, with the language it is in.
func (r Review) SummaryIn(language string) (text, in string) {
	for _, l := range []string{language, "en", "ru", "kk"} {
		if s := r.Summary[l]; s != "" {
			return s, l
		}
	}
	return "", ""
}

// check reports what keeps a finding from being proposed: a verdict, a summary and evidence with a quote are needed, and a date to look
// again where nothing could be proven.
func (r Review) check(now time.Time) error {
	if !slices.Contains(Verdicts(), r.Verdict) {
		return &InvalidError{Field: "verdict", Problem: requiredOr(string(r.Verdict), ProblemUnknown)}
	}
	if err := checkOptional("statement", r.Statement, MaxStatement); err != nil {
		return err
	}
	if len(r.Summary) == 0 {
		return &InvalidError{Field: "summary", Problem: ProblemRequired}
	}
	for _, l := range slices.Sorted(maps.Keys(r.Summary)) {
		if !slices.Contains(index.Languages(), l) {
			return &InvalidError{Field: "summary/" + l, Problem: ProblemUnknown}
		}
		if err := checkText("summary/"+l, r.Summary[l], MaxSummary); err != nil {
			return err
		}
	}
	if len(r.Evidence) == 0 {
		return &InvalidError{Field: "evidence", Problem: ProblemRequired}
	}
	if len(r.Evidence) > MaxEvidence {
		return &InvalidError{Field: "evidence", Problem: ProblemTooMany, Limit: MaxEvidence}
	}
	for i, e := range r.Evidence {
		if err := e.check("evidence/" + strconv.Itoa(i) + "/"); err != nil {
			return err
		}
	}
	for _, t := range r.Techniques {
		if !slices.Contains(Techniques(), t) {
			return &InvalidError{Field: "techniques", Problem: ProblemUnknown}
		}
	}
	if r.Verdict == VerdictUnproven && r.ValidUntil.IsZero() {
		return &InvalidError{Field: "validUntil", Problem: ProblemRequired}
	}
	if !r.ValidUntil.IsZero() && !r.ValidUntil.After(now) {
		return &InvalidError{Field: "validUntil", Problem: ProblemPast}
	}
	return nil
}

func (e Evidence) check(at string) error {
	if err := checkAddress(at+"url", e.URL); err != nil {
		return err
	}
	if err := checkText(at+"quote", e.Quote, MaxQuote); err != nil {
		return err
	}
	if err := checkOptional(at+"title", e.Title, maxTitle); err != nil {
		return err
	}
	if err := checkOptional(at+"publisher", e.Publisher, maxTitle); err != nil {
		return err
	}
	if e.Lang != "" && !slices.Contains(index.Languages(), e.Lang) {
		return &InvalidError{Field: at + "lang", Problem: ProblemUnknown}
	}
	switch e.Stance {
	case StanceSupports, StanceRefutes, StanceContext:
		return nil
	}
	return &InvalidError{Field: at + "stance", Problem: requiredOr(string(e.Stance), ProblemUnknown)}
}

func checkAddress(field, address string) error {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return &InvalidError{Field: field, Problem: ProblemRequired}
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil:
		return &InvalidError{Field: field, Problem: ProblemFormat}
	case len(address) > 2000:
		return &InvalidError{Field: field, Problem: ProblemTooLong, Limit: 2000}
	}
	return nil
}

// checkText refuses what is empty, too long, not UTF-8, or holds control characters other than line breaks and tabs.
func checkText(field, s string, limit int) error {
	switch {
	case !utf8.ValidString(s):
		return &InvalidError{Field: field, Problem: ProblemUTF8}
	case strings.TrimSpace(s) == "":
		return &InvalidError{Field: field, Problem: ProblemRequired}
	case utf8.RuneCountInString(s) > limit:
		return &InvalidError{Field: field, Problem: ProblemTooLong, Limit: limit}
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }):
		return &InvalidError{Field: field, Problem: ProblemNUL}
	}
	return nil
}

// checkOptional is checkText for what may be left out.
func checkOptional(field, s string, limit int) error {
	if s == "" {
		return nil
	}
	return checkText(field, s, limit)
}

func checkNote(field, s string) error { return checkOptional(field, s, MaxNote) }

func requiredOr(value, problem string) string {
	if value == "" {
		return ProblemRequired
	}
	return problem
}
