package claims

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dalel/index"
	"dalel/index/lang"
)

// answer finds what a text's answer is, without storing anything. A store that has failed already is not asked again: each question would
// wait for it once more.
func (d *Desk) answer(ctx context.Context, text, language string, unstored error) (Answer, error) {
	a := Answer{Outcome: OutcomeQueued, Lang: language, Text: text, Unstored: unstored, own: IDOf(language, text)}
	if unstored == nil {
		a.seen, a.Claim, a.Unstored = d.look(ctx, a.own)
		if a.Claim == nil && a.Unstored == nil {
			a.Claim, a.similar, a.Unstored = d.place(ctx, text, language)
		}
	}
	hits, err := d.search.Search(ctx, index.Query{Text: text, Lang: language, Limit: 2 * maxMatches})
	if err != nil {
		return Answer{}, fmt.Errorf("claims: check: %w", err)
	}
	if a.Unstored == nil {
		a.Matches, a.Unstored = d.matches(ctx, hits, a.Claim)
	}
	if a.Unstored != nil {
		a.Matches = indexed(hits)
	}
	a.offer(d.now())
	a.decide(text)
	if r := a.reviewed(); r != nil && a.Claim == nil {
		a.Claim, a.similar = placeUnder(*r, text, language, a.similar)
	}
	return a, nil
}

// placeUnder finds where a new text belongs that a review answers: it joins the review's claim if it is the same, else that is suggested.
func placeUnder(r Claim, text, language string, others []Similar) (*Claim, []Similar) {
	switch score, is := r.like(sideOf(text, language), language); {
	case is == same && r.joinable():
		return &r, nil
	case is != different:
		others = append([]Similar{{Claim: r.ID, Score: score, Status: SimilarSuggested}}, others...)
	}
	return nil, others
}

// maxChain bounds how many duplicates of duplicates are followed. Merging resolves its target, so a chain grows only when targets are merged in turn.
const maxChain = 1000

// resolve gives the claim of an ID, or the one that it is a duplicate of.
func (d *Desk) resolve(ctx context.Context, id ID) (*Claim, error) {
	for range maxChain {
		cs, err := d.store.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		c := cs[0]
		if c == nil {
			return nil, fmt.Errorf("claims: claim %s: %w", id, ErrNotFound)
		}
		if !c.duplicate() {
			return c, nil
		}
		id = c.Closing.DuplicateOf
	}
	return nil, fmt.Errorf("claims: claim %s: more than %d duplicates of duplicates", id, maxChain)
}

func (c Claim) duplicate() bool { return c.closedAs(ReasonDuplicate) }

func (c Claim) closedAs(r Reason) bool {
	return c.State == StateClosed && c.Closing != nil && c.Closing.Reason == r
}

// matches makes matches of hits. A review that no longer stands is left out; that of the claim itself comes first and needs no search. The error
// is the store's.
func (d *Desk) matches(ctx context.Context, hits []index.Hit, own *Claim) ([]Match, error) {
	var ids []ID
	for _, h := range hits {
		if h.Document.Kind == index.KindReview {
			ids = append(ids, ID(h.Document.Claim))
		}
	}
	reviewed, err := d.store.Get(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var ms []Match
	if own != nil && own.Public() {
		ms = append(ms, Match{Kind: MatchReview, Review: own, Hit: index.Hit{Document: ReviewDocument(*own, own.Lang), Confidence: 1, Band: index.BandStrong}})
	}
	for _, m := range indexed(hits) {
		if m.Document.Kind != index.KindReview {
			ms = append(ms, m)
			continue
		}
		m.Review, reviewed = reviewed[0], reviewed[1:]
		known := func(have Match) bool { return have.Document.Claim == m.Document.Claim }
		if m.Review != nil && m.Review.Public() && !slices.ContainsFunc(ms, known) {
			ms = append(ms, m)
		}
	}
	return ms, nil
}

// indexed makes matches of hits by what the index knows alone.
func indexed(hits []index.Hit) []Match {
	ms := make([]Match, len(hits))
	for i, h := range hits {
		ms[i] = Match{Kind: MatchGuidance, Hit: h}
		switch {
		case h.Band == index.BandWeak:
			ms[i].Kind = MatchRelated
		case h.Document.Kind == index.KindReview:
			ms[i].Kind = MatchReview
		}
	}
	return ms
}

// fewWords is the number of content words under which a text says nothing that could be checked.
const fewWords = 2

// decide sets the outcome from the claim itself and the matches, and keeps the matches that belong to it.
func (a *Answer) decide(text string) {
	byKind := func(k MatchKind) (out []Match) {
		for _, m := range a.Matches {
			if m.Kind == k {
				out = append(out, m)
			}
		}
		return out
	}
	reviews, guidance, related := byKind(MatchReview), byKind(MatchGuidance), byKind(MatchRelated)
	asserted := slices.DeleteFunc(slices.Clone(reviews), func(m Match) bool { return m.Offered })
	offered := slices.DeleteFunc(slices.Clone(reviews), func(m Match) bool { return !m.Offered })
	offered = offered[:min(len(offered), 1)]
	quotes := guidance[:min(len(guidance), maxSourced)]
	switch {
	case a.Claim != nil && a.Claim.State == StateClosed && !a.Claim.withdrawn():
		a.Outcome, a.Reason, a.Matches = OutcomeClosed, a.Claim.Closing.Reason, quotes
	case a.Claim != nil && a.Claim.State == StateRetracted:
		a.Outcome, a.Matches = OutcomeClosed, quotes
	case len(asserted) > 0:
		a.Outcome = OutcomeReviewed
		a.Matches = append(asserted[:1:1], quotes...)
	case len(guidance) > 0:
		a.Outcome, a.Matches = OutcomeSourced, append(quotes[:len(quotes):len(quotes)], offered...)
	case a.Claim == nil && a.Unstored == nil && len(lang.Content(text, a.Lang)) < fewWords:
		a.Outcome, a.Reason, a.Matches = OutcomeClosed, ReasonNotAClaim, nil
	default:
		a.Outcome, a.Matches = OutcomeQueued, append(offered, nearest(related)...)
	}
}

// offer marks the reviews that are not asserted at a moment.
func (a *Answer) offer(now time.Time) {
	for i := range a.Matches {
		m := &a.Matches[i]
		switch {
		case m.Kind != MatchReview:
		case m.Review != nil:
			m.Offered = !m.Review.Asserted(now)
		default:
			modified, err := m.Document.Modified.Time()
			m.Offered = err != nil || now.Sub(modified) > fresh
		}
	}
}

// reviewed is the claim of the review that the answer asserts or offers, or nil.
func (a Answer) reviewed() *Claim {
	for _, m := range a.Matches {
		if m.Kind == MatchReview {
			return m.Review
		}
	}
	return nil
}

// leastRelated is the confidence under which a passage only happens to share a word with a text.
const leastRelated = 0.1

// nearest are the passages that come nearest without settling anything, the surest first.
func nearest(related []Match) []Match {
	related = slices.DeleteFunc(related, func(m Match) bool { return m.Confidence < leastRelated })
	slices.SortStableFunc(related, func(a, b Match) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return related[:min(len(related), maxSourced)]
}

// unstored is the answer when the store did not take the question. A caller who went away is an error as any other.
func (a Answer) unstored(err error) (Answer, error) {
	if errors.Is(err, context.Canceled) {
		return Answer{}, err
	}
	a.Ticket, a.Claim, a.Unstored = "", nil, err
	return a, nil
}
