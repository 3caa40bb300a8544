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

// near looks for open claims that a text may be the same as: one that it joins, or those that a person should compare. A search that fails costs no
// more than a claim too many, which reviewers can merge.
func (d *Desk) near(ctx context.Context, text, language string) (join *Claim, others []Similar, err error) {
	if d.open == nil {
		return nil, nil, nil
	}
	hits, err := d.open.Search(ctx, index.Query{Text: text, Lang: language, Kinds: []index.Kind{index.KindClaim}, Limit: candidates})
	if err != nil {
		d.log.WarnContext(ctx, "open claims cannot be searched", "error", err)
		return nil, nil, nil
	}
	for _, h := range hits {
		if h.Document.Lang != language {
			continue
		}
		c, err := d.resolve(ctx, ID(h.Document.Claim))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if !c.Open() || slices.ContainsFunc(others, func(s Similar) bool { return s.Claim == c.ID }) {
			continue
		}
		score, is := c.like(text, language)
		if is == same && !c.refused(text, language) {
			return c, nil, nil
		}
		if is != different {
			others = append(others, Similar{Claim: c.ID, Score: score, Status: SimilarSuggested})
		}
	}
	slices.SortStableFunc(others, func(a, b Similar) int { return cmp.Compare(b.Score, a.Score) })
	return nil, others, nil
}

// like compares a text with the wordings of a claim in its language, and gives the best.
func (c Claim) like(text, language string) (score float64, is sameness) {
	for _, w := range c.words() {
		if w.Lang != language || w.Text == "" {
			continue
		}
		if s, as := compare(text, w.Text, language); as > is || as == is && s > score {
			score, is = s, as
		}
	}
	return score, is
}

// refused reports whether reviewers have said of this very text that it is another claim.
func (c Claim) refused(text, language string) bool {
	return c.rejects(IDOf(language, text))
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
		join, others, err := d.near(ctx, c.Text, c.Lang)
		if err != nil {
			return nil, err
		}
		if join != nil && join.ID != c.ID {
			others = append(others, Similar{Claim: join.ID, Score: Likeness(c.Text, join.Text), Status: SimilarSuggested})
		}
		for _, s := range others {
			if s.Claim != c.ID && !slices.ContainsFunc(all, func(have Similar) bool { return have.Claim == s.Claim }) {
				all = append(all, s)
			}
		}
	}
	var out []Suggestion
	for _, s := range all {
		cs, err := d.store.Get(ctx, s.Claim)
		if err != nil {
			return nil, fmt.Errorf("claims: suggestions of %s: %w", id, err)
		}
		if other := cs[0]; other != nil && (!other.Escalated || who.Is(RoleEditor)) {
			if other.rejects(id) {
				s.Status = SimilarRejected
			}
			out = append(out, Suggestion{Similar: s, Other: *other})
		}
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
