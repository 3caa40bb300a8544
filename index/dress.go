package index

import (
	"cmp"
	"fmt"
	"slices"

	"dalel/index/lang"
)

// quoteShare is the share of a wording's score from which another passage of the document is quoted in its place; below, it is the
// document's first advice.
const quoteShare = 0.5

// dress makes a hit of a document that was found; its confidence is another matter.
func (s snapshot) dress(f found, p part) (Hit, error) {
	passage, ordinal, err := s.quote(f)
	if err != nil {
		return Hit{}, err
	}
	return Hit{Document: f.rec.Document, Passage: passage, Ordinal: ordinal, Score: f.score, Why: why(f, p),
		Highlights: highlights(passage.Text, f.rec.Lang, p)}, nil
}

// quote chooses the passage to show: the best that is not a rumour; after a wording or a rumour alone, the first that says
// what the source says; the first at all where every passage is a rumour.
func (s snapshot) quote(f found) (Passage, int, error) {
	through := f.units[0]
	for _, u := range f.units {
		if u.sort != unitPassage || u.score < quoteShare*through.score {
			continue
		}
		p, err := s.passage(f.id, u.ordinal)
		if err != nil || p.Kind != PassageClaim {
			return p, u.ordinal, err
		}
	}
	var first Passage
	for i := range f.rec.Passages {
		p, err := s.passage(f.id, i)
		if err != nil || p.Kind != PassageClaim {
			return p, i, err
		}
		if i == 0 {
			first = p
		}
	}
	return first, 0, nil
}

// why are the query's words that matched anywhere in a document's best units, weightiest first.
func why(f found, p part) []Term {
	matched, mass := f.matched(), p.mass()
	var out []Term
	for i, t := range p.terms {
		if matched&(1<<i) != 0 {
			out = append(out, Term{Text: t.word, Weight: t.weight() / mass})
		}
	}
	slices.SortStableFunc(out, func(a, b Term) int { return cmp.Compare(b.Weight, a.Weight) })
	return out
}

// matched are the query's terms that a document's units have, one bit each.
func (f found) matched() uint64 {
	m := uint64(0)
	for _, u := range f.units {
		m |= u.matched
	}
	return m
}

// highlights are the words of a text whose stems the query has.
func highlights(text, language string, p part) []Span {
	if language != p.lang {
		return nil
	}
	asked := map[string]bool{}
	for _, t := range p.terms {
		asked[t.term] = true
	}
	var spans []Span
	for _, t := range terms(text, language) {
		if asked[t.term] {
			spans = append(spans, Span{t.Start, t.End})
		}
	}
	return spans
}

// unitText is the text of a unit and its language, and whether it is a wording of a rumour.
func (s snapshot) unitText(f found, u unit) (text, language string, rumour bool, err error) {
	if u.sort == unitHeard {
		if u.ordinal >= len(f.rec.Heard) || u.ordinal >= len(f.rec.HeardLang) {
			return "", "", false, fmt.Errorf("index: wording %d of document %q: %w", u.ordinal, u.id, ErrDamaged)
		}
		return f.rec.Heard[u.ordinal], f.rec.HeardLang[u.ordinal], true, nil
	}
	p, err := s.passage(u.id, u.ordinal)
	return p.Text, f.rec.Lang, p.Kind == PassageClaim, err
}

// disagree reports whether of two texts one denies and the other does not, or both have numbers and none in common.
func disagree(a, b, language string) (negation, numbers bool) {
	negation = lang.Negated(a, language) != lang.Negated(b, language)
	x, y := lang.Numbers(a), lang.Numbers(b)
	numbers = len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(n string) bool { return slices.Contains(y, n) })
	return negation, numbers
}
