package claims

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"dalel/index/lang"
)

// A Similar is a claim that may be the same as another, and what was decided of that.
type Similar struct {
	Claim  ID            `json:"claim"`
	Score  float64       `json:"score,omitempty"` // see Likeness
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

// Bounds of Likeness, as measured on pairs of real messages (duplicates by 4-gram overlap).
const (
	joins    = 0.5  // from here on two texts are one claim, if nothing speaks against it
	suggests = 0.26 // from here on a person decides
)

// Guards of joining without a person.
const (
	fewestWords   = 8    // content words: what is shorter says too little to be sure
	smallestShare = 0.75 // of the content words of each text that the other one has too: another place or name is another claim, and a fragment no message
	sameBeginning = 5    // letters from which on two words are taken for forms of one
)

// sameness is what two texts are to each other.
type sameness int

const (
	different sameness = iota
	suggested
	same
)

// Likeness is how alike two texts are, from 0 to 1: the share of character 4-grams that both have among those that either has (Jaccard, 1912), of their
// words in the form of lang.Normalize. Word order counts only within 4 characters, spelling and endings little.
func Likeness(a, b string) float64 { return overlap(grams(a), grams(b)) }

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

// compare says what two texts in one language are to each other. They are the same only when nothing speaks against it: enough content words in both,
// most of them in the other, the same numbers, and both deny or neither does.
func compare(a, b, language string) (float64, sameness) {
	score := Likeness(a, b)
	switch {
	case score < suggests:
		return score, different
	case score < joins:
		return score, suggested
	}
	x, y := lang.Content(a, language), lang.Content(b, language)
	if min(len(x), len(y)) < fewestWords || min(shared(x, y), shared(y, x)) < smallestShare ||
		lang.Negated(a, language) != lang.Negated(b, language) || !slices.Equal(sorted(lang.Numbers(a)), sorted(lang.Numbers(b))) {
		return score, suggested
	}
	return score, same
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
