package claims

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"dalel/index"
)

// candidates is how many open claims a text is compared with.
const candidates = 10

// A likeness is an open claim beside a text.
type likeness struct {
	claim Claim
	score float64
	is    sameness
}

// near gives open claims that a text may be the same as, the most alike first, without one. A search that fails costs no more than a claim too many,
// which reviewers can merge.
func (d *Desk) near(ctx context.Context, text, language string, without ID) ([]likeness, error) {
	if d.open == nil {
		return nil, nil
	}
	hits, err := d.open.Search(ctx, index.Query{Text: text, Lang: language, Kinds: []index.Kind{index.KindClaim}, Limit: candidates})
	if err != nil {
		d.log.WarnContext(ctx, "open claims cannot be searched", "error", err)
		return nil, nil
	}
	var ids []ID
	for _, h := range hits {
		if h.Document.Lang == language {
			ids = append(ids, ID(h.Document.Claim))
		}
	}
	found, err := d.store.Get(ctx, ids...)
	if err != nil {
		return nil, err
	}
	of := sideOf(text, language)
	var out []likeness
	for _, c := range found {
		if c != nil && c.duplicate() { // the index does not know yet
			if c, err = d.resolve(ctx, c.ID); err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
		}
		if c == nil {
			continue
		}
		if !c.Open() || c.ID == without || slices.ContainsFunc(out, func(l likeness) bool { return l.claim.ID == c.ID }) {
			continue
		}
		if score, is := c.like(of, language); is != different {
			out = append(out, likeness{*c, score, is})
		}
	}
	slices.SortStableFunc(out, func(a, b likeness) int { return cmp.Or(cmp.Compare(b.is, a.is), cmp.Compare(b.score, a.score)) })
	return out, nil
}

// place finds where a new text belongs: the open claim that it joins, or those that a person should compare.
func (d *Desk) place(ctx context.Context, text, language string) (join *Claim, others []Similar, err error) {
	near, err := d.near(ctx, text, language, "")
	for _, l := range near {
		if l.is == same && l.claim.joinable() {
			return &l.claim, nil, nil
		}
		others = append(others, Similar{Claim: l.claim.ID, Score: l.score, Status: SimilarSuggested})
	}
	return nil, others, err
}

// like compares a text with the wordings of a claim in its language, and gives the best.
func (c Claim) like(text side, language string) (score float64, is sameness) {
	for _, w := range c.words() {
		if w.Lang != language {
			continue
		}
		if s, as := text.compare(sideOf(w.Text, language)); as > is || as == is && s > score {
			score, is = s, as
		}
	}
	return score, is
}

// Suggestions gives the claims that may be the same as one, those that nobody has decided on first: what was suggested when they came, and what is
// like it now. For each its claim as it stands.
func (d *Desk) Suggestions(ctx context.Context, who Account, id ID) ([]Suggestion, error) {
	c, err := d.Claim(ctx, who, id)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(c.Similar)
	if c.Open() && c.Text != "" {
		near, err := d.near(ctx, c.Text, c.Lang, c.ID)
		if err != nil {
			return nil, err
		}
		for _, l := range near {
			if !slices.ContainsFunc(all, func(have Similar) bool { return have.Claim == l.claim.ID }) {
				all = append(all, Similar{Claim: l.claim.ID, Score: l.score, Status: SimilarSuggested})
			}
		}
	}
	var out []Suggestion
	for _, s := range all {
		other, err := d.Claim(ctx, who, s.Claim)
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrForbidden) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("claims: suggestions of %s: %w", id, err)
		}
		if other.rejects(id) {
			s.Status = SimilarRejected
		}
		out = append(out, Suggestion{Similar: s, Other: other})
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(b.Score, a.Score))
	})
	return out, nil
}

// A Suggestion is a claim that may be the same as another.
type Suggestion struct {
	Similar
	Other Claim
}

func (s Suggestion) order() int {
	if s.Status == SimilarSuggested {
		return 0
	}
	return 1
}
