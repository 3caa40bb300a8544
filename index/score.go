package index

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"
)

// The ranking is BM25F over a passage's text and its headings, with the index's true statistics: Robertson, Zaragoza, Taylor,
// "Simple BM25 extension to multiple weighted fields", CIKM 2004. The constants were chosen on English claim matching and Kazakh
// retrieval, where values near them do about as well; passages are of like length, so that length says less than usual.
const (
	saturation   = 1.4  // k1: how soon another occurrence of a word stops to count
	lengthWeight = 0.45 // b: how much a passage loses by being long
	titleWeight  = 1.8  // of an occurrence in the headings, against one in the text
	nextBest     = 0.15 // what a document's second passage adds of its score
	candidates   = 200  // units that are looked at first; more only where they are of too few documents
)

// board is where a search adds up the scores of units, by their numbers. Boards are kept for the next search.
type board struct {
	score   []float64
	matched []uint64 // one bit a term of the query
	touched []uint64 // units with a score
	buffer  []weighted
}

// weighted is a unit's occurrences of one term, its fields added up.
type weighted struct {
	unit uint64
	freq float64
}

func (b *board) clear() {
	for _, u := range b.touched {
		b.score[u], b.matched[u] = 0, 0
	}
	b.touched = b.touched[:0]
}

func (b *board) add(unit uint64, score float64, term int) {
	if n := int(unit) + 1; n > len(b.score) {
		b.score = append(b.score, make([]float64, n-len(b.score))...)
		b.matched = append(b.matched, make([]uint64, n-len(b.matched))...)
	}
	if b.matched[unit] == 0 {
		b.touched = append(b.touched, unit)
	}
	b.score[unit] += score
	b.matched[unit] |= 1 << term
}

// candidate is a unit that shares a term with the query.
type candidate struct {
	unit    uint64
	score   float64
	matched uint64
	part    int
}

// weigh looks up how rare the terms of a part are, and keeps the rarest.
func (s snapshot) weigh(p *part, all sum) error {
	for i := range p.terms {
		t := &p.terms[i]
		for _, field := range []string{fieldText, fieldTitle} {
			n, err := s.count(field+p.lang, t.term)
			if err != nil {
				return err
			}
			t.units = max(t.units, n)
		}
		t.idf = idf(t.units, all.Units)
	}
	if len(p.terms) > maxQueryTerms {
		// A word that the index does not have tells nothing of where to look; it only lowers the confidence.
		slices.SortStableFunc(p.terms, func(a, b queryTerm) int {
			return cmp.Or(cmp.Compare(unknownLast(a), unknownLast(b)), cmp.Compare(a.units, b.units), cmp.Compare(a.term, b.term))
		})
		p.terms = p.terms[:maxQueryTerms]
	}
	return nil
}

func unknownLast(t queryTerm) int {
	if t.units == 0 {
		return 1
	}
	return 0
}

// idf is how much a term tells that units of all have.
func idf(units, all int) float64 {
	return math.Log(1 + (float64(all-units)+0.5)/(float64(units)+0.5))
}

// scorePart adds up on the board what a part's terms find.
func (s snapshot) scorePart(ctx context.Context, b *board, p part, all sum) error {
	textSize := average(all.Terms, all.Units)
	titleSize := average(all.Title, all.Titles)
	for i, t := range p.terms {
		if t.units == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		b.buffer = b.buffer[:0]
		err := s.postings(ctx, fieldText+p.lang, t.term, func(o posting) {
			b.buffer = append(b.buffer, weighted{o.unit, lengthened(o, textSize)})
		})
		if err != nil {
			return err
		}
		inText := len(b.buffer)
		err = s.postings(ctx, fieldTitle+p.lang, t.term, func(o posting) {
			b.buffer = append(b.buffer, weighted{o.unit, titleWeight * lengthened(o, titleSize)})
		})
		if err != nil {
			return err
		}
		merge(b.buffer[:inText], b.buffer[inText:], func(unit uint64, freq float64) {
			b.add(unit, t.idf*freq*(saturation+1)/(freq+saturation), i)
		})
	}
	return nil
}

func average(total, n int) float64 { return float64(max(total, 1)) / float64(max(n, 1)) }

// lengthened is the frequency of a posting, less in a field longer than the average.
func lengthened(p posting, averageSize float64) float64 {
	return float64(p.freq) / (1 - lengthWeight + lengthWeight*float64(p.size)/averageSize)
}

// merge calls f for each unit of two lists in the order of units, with the sum of its frequencies.
func merge(a, b []weighted, f func(unit uint64, freq float64)) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].unit < b[0].unit:
			f(a[0].unit, a[0].freq)
			a = a[1:]
		case len(a) == 0 || b[0].unit < a[0].unit:
			f(b[0].unit, b[0].freq)
			b = b[1:]
		default:
			f(a[0].unit, a[0].freq+b[0].freq)
			a, b = a[1:], b[1:]
		}
	}
}

// best are at least n of the candidates if there are as many, best first, and with the last all of its score: which of
// them come first is not for the numbers of units to say.
func best(all []candidate, n int) []candidate {
	if len(all) > n {
		scores := make([]float64, len(all))
		for i, c := range all {
			scores[i] = c.score
		}
		least := nth(scores, n)
		kept := all[:0:0]
		for _, c := range all {
			if c.score >= least {
				kept = append(kept, c)
			}
		}
		all = kept
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.part, b.part), cmp.Compare(a.unit, b.unit))
	})
	return all
}

// nth is the n-th largest of more than n scores, from 1, which it reorders.
func nth(scores []float64, n int) float64 {
	low, high := 0, len(scores)-1
	for low < high {
		pivot := scores[low+(high-low)/2]
		i, j := low, high
		for i <= j {
			for scores[i] > pivot {
				i++
			}
			for scores[j] < pivot {
				j--
			}
			if i <= j {
				scores[i], scores[j] = scores[j], scores[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case n-1 <= j:
			high = j
		case n-1 >= i:
			low = i
		default:
			return scores[n-1]
		}
	}
	return scores[n-1]
}

// selection is a set of units by their numbers: those in it, or all but those.
type selection struct {
	words  []uint64
	allBut bool
}

func (s *selection) set(unit uint64) {
	if n := int(unit/64) + 1; n > len(s.words) {
		s.words = append(s.words, make([]uint64, n-len(s.words))...)
	}
	s.words[unit/64] |= 1 << (unit % 64)
}

func (s *selection) has(unit uint64) bool {
	in := unit/64 < uint64(len(s.words)) && bits.OnesCount64(s.words[unit/64]&(1<<(unit%64))) > 0
	return in != s.allBut
}

// selections are what the units of a query's hits must all be in. Of kinds the fewer units are read, those asked for or the others.
func (s snapshot) selections(ctx context.Context, q Query) ([]*selection, error) {
	var out []*selection
	if len(q.Kinds) > 0 {
		var in, others []string
		sizeIn, sizeOthers := 0, 0
		for _, k := range kinds() {
			n, err := s.count(fieldKind, string(k))
			if err != nil {
				return nil, err
			}
			if slices.Contains(q.Kinds, k) {
				in, sizeIn = append(in, string(k)), sizeIn+n
			} else {
				others, sizeOthers = append(others, string(k)), sizeOthers+n
			}
		}
		sel := &selection{allBut: sizeOthers < sizeIn}
		if sel.allBut {
			in = others
		}
		if err := s.selectTerms(ctx, sel, fieldKind, in); err != nil {
			return nil, err
		}
		out = append(out, sel)
	}
	if q.Source != "" {
		sel := &selection{}
		if err := s.selectTerms(ctx, sel, fieldSource, []string{q.Source}); err != nil {
			return nil, err
		}
		out = append(out, sel)
	}
	return out, nil
}

func (s snapshot) selectTerms(ctx context.Context, sel *selection, field string, terms []string) error {
	for _, t := range terms {
		if err := s.postings(ctx, field, t, func(p posting) { sel.set(p.unit) }); err != nil {
			return err
		}
	}
	return nil
}
