package index

import "math/bits"

// unknownWeight is what a word that the index does not have counts against one that a single passage has: it may be a name, a
// slip of the keyboard or the very point of the text.
const unknownWeight = 0.7

// weight is what a term counts in the query.
func (t queryTerm) weight() float64 {
	if t.units == 0 {
		return unknownWeight * t.idf
	}
	return t.idf
}

// mass is the weight of the whole query, of which the part may see a share only.
func (p part) mass() float64 {
	m := 0.0
	for _, t := range p.terms {
		m += t.weight()
	}
	return max(m, 1e-9) / p.share
}

// massOf is the weight of some of the part's terms.
func (p part) massOf(terms uint64) float64 {
	m := 0.0
	for i, t := range p.terms {
		if terms&(1<<i) != 0 {
			m += t.weight()
		}
	}
	return m
}

// known is the weight of the terms that the index has.
func (p part) known() float64 {
	m := 0.0
	for _, t := range p.terms {
		if t.units > 0 {
			m += t.weight()
		}
	}
	return m
}

// bit is the bit of a term among the part's terms, or 0.
func (p part) bit(term string) uint64 {
	for i, t := range p.terms {
		if t.term == term {
			return 1 << i
		}
	}
	return 0
}

// maxWordings is how many of a document's best units are compared with the query word by word.
const maxWordings = 8

// features are those of a document alone; the margin is other documents' matter too.
func (s snapshot) features(f found, p part, all sum) (features, error) {
	mass := p.mass()
	title := uint64(0)
	if f.rec.Lang == p.lang {
		for _, t := range terms(f.rec.Title, p.lang) {
			title |= p.bit(t.term)
		}
	}
	x := features{
		unit:     p.massOf(f.units[0].matched|title) / mass,
		document: p.massOf(f.matched()|title) / mass,
		known:    p.known() / mass,
		told:     min(p.massOf(f.matched())/enoughTold, 1),
		words:    bits.OnesCount64(f.matched()),
	}
	for i, u := range f.units[:min(len(f.units), maxWordings)] {
		if u.sort != unitHeard && i > 0 {
			continue
		}
		text, language, rumour, err := s.unitText(f, u.unit)
		if err != nil {
			return features{}, err
		}
		if !rumour || language != p.lang {
			continue
		}
		here, err := s.covered(text, p, all)
		if err != nil {
			return features{}, err
		}
		if same := here * p.massOf(u.matched) / mass; same > x.wording {
			x.wording = same
			x.negation, x.numbers = disagree(p.text, text, language)
		}
	}
	return x, nil
}

// covered is the share of a wording's weight that the query has.
func (s snapshot) covered(text string, p part, all sum) (float64, error) {
	have, whole := 0.0, 0.0
	for _, t := range distinct(terms(text, p.lang)) {
		if bit := p.bit(t.term); bit != 0 {
			have += p.massOf(bit)
			whole += p.massOf(bit)
			continue
		}
		n, err := s.count(fieldText+p.lang, t.term)
		if err != nil {
			return 0, err
		}
		whole += idf(n, all.Units)
	}
	return have / max(whole, 1e-9), nil
}

// unsureRival is what a document counts as a rival when it is not known whether its topic is another.
const unsureRival = 0.5

// margin is how much higher a document scores than the best one of its kind on another topic: 1 without any, 0 when they are even.
func margin(f found, docs []found) float64 {
	rival := 0.0
	for _, o := range docs[:min(len(docs), rivals)] {
		switch {
		case o.id == f.id || o.rec.Kind != f.rec.Kind:
		case o.rec.Topic == "" || f.rec.Topic == "":
			rival = max(rival, unsureRival*o.score)
		case o.rec.Topic != f.rec.Topic:
			rival = max(rival, o.score)
		}
	}
	return (f.score - rival) / max(f.score, rival)
}
