package index

import (
	"cmp"
	"context"
	"slices"
)

// found is a document among the candidates.
type found struct {
	id    string
	score float64
	part  int      // of the query, that its best unit answers
	units []hit    // best first
	rec   record   // read when it is needed
	is    features // of the first rivals and of what is asked for; without the margin
}

// hit is a unit of a document among the candidates.
type hit struct {
	unit
	score   float64
	matched uint64
}

// search finds candidates, orders their documents and dresses the hits asked for.
func (x *Index) search(ctx context.Context, s snapshot, q Query) ([]Hit, error) {
	total, err := s.sums()
	if err != nil {
		return nil, err
	}
	parts := q.parts()
	all, err := x.candidates(ctx, s, q, parts, total)
	if err != nil {
		return nil, err
	}
	docs, err := s.documents(ctx, all, max(rivals, q.Offset+q.Limit))
	if err != nil {
		return nil, err
	}
	if len(docs) <= q.Offset {
		return nil, nil
	}
	if err := s.compare(ctx, docs, parts, total, q.Offset, q.Limit); err != nil {
		return nil, err
	}
	var hits []Hit
	for _, f := range docs[q.Offset:min(len(docs), q.Offset+q.Limit)] {
		h, err := s.dress(f, parts[f.part])
		if err != nil {
			return nil, err
		}
		x := f.is
		x.margin = margin(f, docs)
		h.Confidence = confidence(x)
		h.Band = bandOf(h.Confidence)
		hits = append(hits, h)
	}
	return hits, nil
}

// wordingGain is what a document's score gains, as a share, by a wording that is the query's own: a rumour that is heard just so is meant, however
// common its words.
const wordingGain = 1.0

// compare reads the first rivals and the documents asked for, looks at what their confidence is made of, and brings forward the rivals that say
// what the query says.
func (s snapshot) compare(ctx context.Context, docs []found, parts []part, total sums, offset, limit int) error {
	for i := range docs[:min(len(docs), max(rivals, offset+limit))] {
		if i >= rivals && i < offset {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f := &docs[i]
		var err error
		if f.rec, err = s.record(f.id); err != nil {
			return err
		}
		p := parts[f.part]
		if f.is, err = s.features(*f, p, total[p.lang]); err != nil {
			return err
		}
		if i < rivals {
			f.score *= 1 + wordingGain*f.is.wording
		}
	}
	sortFound(docs[:min(len(docs), rivals)])
	return nil
}

func sortFound(docs []found) {
	slices.SortFunc(docs, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
}

// rivals is how many documents at the top are read to see whether another topic is as near.
const rivals = 10

// candidates are the units that share a term with the query and are in its selections.
func (x *Index) candidates(ctx context.Context, s snapshot, q Query, parts []part, total sums) ([]candidate, error) {
	selections, err := s.selections(ctx, q)
	if err != nil {
		return nil, err
	}
	b := x.boards.Get().(*board)
	defer func() {
		b.clear()
		x.boards.Put(b)
	}()
	var all []candidate
	for i := range parts {
		p := &parts[i]
		if err := s.weigh(p, total[p.lang]); err != nil {
			return nil, err
		}
		if err := s.scorePart(ctx, b, *p, total[p.lang]); err != nil {
			return nil, err
		}
		for _, u := range b.touched {
			if !slices.ContainsFunc(selections, func(sel *selection) bool { return !sel.has(u) }) {
				all = append(all, candidate{u, b.score[u], b.matched[u], i})
			}
		}
		b.clear()
	}
	return all, nil
}

// documents are at least n documents of the candidates if there are as many, best first, each with its best units.
func (s snapshot) documents(ctx context.Context, all []candidate, n int) ([]found, error) {
	for take := candidates; ; take *= 4 {
		docs, err := s.group(ctx, best(all, take))
		if err != nil {
			return nil, err
		}
		if len(docs) >= n || take >= len(all) {
			return docs, nil
		}
	}
}

func (s snapshot) group(ctx context.Context, units []candidate) ([]found, error) {
	at := map[string]int{}
	var docs []found
	for _, c := range units {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		key, err := s.key(c.unit)
		if err != nil {
			return nil, err
		}
		u, err := parseUnit(key)
		if err != nil {
			return nil, err
		}
		i, ok := at[u.id]
		if !ok {
			i = len(docs)
			at[u.id] = i
			docs = append(docs, found{id: u.id, part: c.part})
		}
		if docs[i].part == c.part {
			docs[i].units = append(docs[i].units, hit{u, c.score, c.matched})
		}
	}
	for i := range docs {
		slices.SortFunc(docs[i].units, func(a, b hit) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.sort, b.sort), cmp.Compare(a.ordinal, b.ordinal))
		})
		docs[i].score = docs[i].units[0].score
		if len(docs[i].units) > 1 {
			docs[i].score += nextBest * docs[i].units[1].score
		}
	}
	sortFound(docs)
	return docs, nil
}
