package claims

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"dalel/index/lang"
)

// A Similar is a claim that may be the same as another, and what was decided of that.
type Similar struct {
	Claim  ID            `json:"claim"`
	Score  float64       `json:"score,omitempty"` // how alike their texts are, from 0 to 1; see overlap
	Status SimilarStatus `json:"status"`
}

// SimilarStatus is what was decided of two claims.
type SimilarStatus string

const (
	SimilarSuggested SimilarStatus = "suggested" // nobody has decided
	SimilarConfirmed SimilarStatus = "confirmed" // they are the same: merged
	SimilarRejected  SimilarStatus = "rejected"  // they are not
)

// MaxSimilar is how many other claims one claim remembers.
const MaxSimilar = 10

// Bounds of a score. They are chosen on the side of a person's decision, and not measured: there are no judged pairs of messages to measure them on.
const (
	joins    = 0.5  // from here on two texts are one claim, if nothing speaks against it
	suggests = 0.26 // from here on a person decides
)

// Guards of joining without a person.
const (
	fewestWords   = 8    // content words: what is shorter says too little to be sure
	smallestShare = 0.75 // of the content words of each text that the other one has too: a fragment never swallows a message
	sameBeginning = 5    // letters from which on two words are taken for forms of one
)

// sameness is what two texts are to each other.
type sameness int

const (
	different sameness = iota
	suggested
	same
)

// gramSize is the length of the pieces that texts are compared by, in characters.
const gramSize = 4

func grams(text string) map[string]struct{} {
	runes := []rune(" " + lang.Normalize(text) + " ")
	out := make(map[string]struct{}, len(runes))
	for i := 0; i+gramSize <= len(runes); i++ {
		out[string(runes[i:i+gramSize])] = struct{}{}
	}
	return out
}

// overlap is how alike two texts are, from 0 to 1: the share of character 4-grams that both have among those that either has (Jaccard, 1912), of their
// words in the form of lang.Normalize. Word order counts only within 4 characters, spelling and endings little.
func overlap(a, b map[string]struct{}) float64 {
	both := 0
	for g := range a {
		if _, has := b[g]; has {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// comparedAtMost is how many characters of a text are compared: rumours that are longer say what they say before.
const comparedAtMost = 2000

// A side is what a comparison needs of a text.
type side struct {
	grams   map[string]struct{}
	content []string
	names   []string // of content, those that stand for a person or a place by their capital letter
	numbers []string
	negated bool
}

func sideOf(text, language string) side {
	text = cut(text, comparedAtMost)
	return side{grams: grams(text), content: lang.Content(text, language), names: names(text), numbers: sorted(lang.Numbers(text)),
		negated: lang.Negated(text, language)}
}

// compare says what two texts in one language are to each other. They are the same only when nothing speaks against it: enough content words in both,
// most of them and all names in the other, the same numbers, and both deny or neither does.
func (a side) compare(b side) (float64, sameness) {
	score := overlap(a.grams, b.grams)
	switch {
	case score < suggests:
		return score, different
	case score < joins, min(len(a.content), len(b.content)) < fewestWords, min(shared(a.content, b.content), shared(b.content, a.content)) < smallestShare,
		len(a.names) > 0 && shared(a.names, b.content) < 1, len(b.names) > 0 && shared(b.names, a.content) < 1,
		a.negated != b.negated, !slices.Equal(a.numbers, b.numbers):
		return score, suggested
	}
	return score, same
}

// names are the words of a text that begin with a capital letter within a sentence. A text in capitals has none.
func names(text string) []string {
	runes := []rune(text)
	var out []string
	for _, w := range lang.Words(text) {
		word := runes[w.Start:w.End]
		if !unicode.IsUpper(word[0]) || len(word) > 1 && unicode.IsUpper(word[1]) || beginsSentence(runes[:w.Start]) {
			continue
		}
		out = append(out, w.Text)
	}
	return out
}

// beginsSentence reports whether what follows a text stands at the beginning of a sentence.
func beginsSentence(before []rune) bool {
	for i := len(before) - 1; i >= 0; i-- {
		switch r := before[i]; {
		case r == '\n' || strings.ContainsRune(".!?…:;«\"“”()—–-*•", r):
			return true
		case !unicode.IsSpace(r) && !unicode.IsMark(r):
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ','
		}
	}
	return true
}

// shared is the share of words that others have too, in whichever form.
func shared(words, others []string) float64 {
	n := 0
	for _, w := range words {
		if slices.ContainsFunc(others, func(o string) bool { return beginning(o) == beginning(w) }) {
			n++
		}
	}
	return float64(n) / float64(len(words))
}

// beginning is a word without what may be its endings.
func beginning(word string) string { return cut(word, sameBeginning) }

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// decide notes what was decided of another claim, where it was suggested.
func (c *Claim) decide(other ID, status SimilarStatus) {
	if slices.ContainsFunc(c.Similar, func(s Similar) bool { return s.Claim == other }) {
		c.setSimilar(Similar{Claim: other, Status: status})
	}
}

// setSimilar notes what another claim is to this one. A score that is known stays. Where there is no room a decision takes the place of the least
// alike that nobody has decided on, or else of the oldest.
func (c *Claim) setSimilar(s Similar) {
	for i, have := range c.Similar {
		if have.Claim == s.Claim {
			if s.Score == 0 {
				s.Score = have.Score
			}
			c.Similar[i] = s
			return
		}
	}
	if len(c.Similar) < MaxSimilar {
		c.Similar = append(c.Similar, s)
		return
	}
	if s.Status == SimilarSuggested {
		return
	}
	least := -1
	for i, have := range c.Similar {
		if have.Status == SimilarSuggested && (least < 0 || have.Score < c.Similar[least].Score) {
			least = i
		}
	}
	least = max(least, 0)
	c.Similar = append(slices.Delete(c.Similar, least, least+1), s)
}

// rejects reports whether it was decided that another claim is not the same.
func (c Claim) rejects(other ID) bool {
	return slices.ContainsFunc(c.Similar, func(s Similar) bool { return s.Claim == other && s.Status == SimilarRejected })
}

// Reject notes that another claim is not the same, so that it is not suggested again.
func Reject(c Claim, who Account, other ID, now time.Time) (Claim, Event, error) {
	if !who.Is(RoleReviewer) || c.Escalated && !who.Is(RoleEditor) {
		return c, Event{}, ErrForbidden
	}
	if !c.Open() {
		return c, Event{}, &StateError{Act: "reject a suggestion of", From: c.State}
	}
	if !other.Valid() || other == c.ID {
		return c, Event{}, &InvalidError{Field: "claim", Problem: ProblemUnknown}
	}
	c = c.clone()
	c.setSimilar(Similar{Claim: other, Status: SimilarRejected})
	next, e := c.step(EventRejected, c.State, by(who, now), string(other))
	return next, e, nil
}

// StripShared is a text without what the service itself gives people to pass on: the sentences of its share texts and its links. Otherwise whoever checks a
// forwarded answer would be matched by the words that all answers have in common. A text that is nothing else stays as it is.
func StripShared(text string, templates []*regexp.Regexp) string {
	out := text
	for _, t := range templates {
		out = t.ReplaceAllLiteralString(out, " ")
	}
	if strings.TrimSpace(out) == "" {
		return text
	}
	return out
}
