package claims

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"dalel/index"
	"dalel/index/lang"
)

// Outcome is what a check comes to.
type Outcome string

const (
	OutcomeReviewed Outcome = "reviewed" // a published review covers it
	OutcomeSourced  Outcome = "sourced"  // trusted passages bear on it
	OutcomeQueued   Outcome = "queued"   // nothing settles it: reviewers will look
	OutcomeClosed   Outcome = "closed"   // spam, not a claim, out of scope, private or retracted
)

// Channels are where a rumour may have been seen.
func Channels() []string {
	return []string{"web", "whatsapp", "telegram", "instagram", "tiktok", "facebook", "vk", "sms", "voice", "offline", "other"}
}

// A Question is what a person asks. One of Text and URL is needed.
type Question struct {
	Text      string
	URL       string
	Lang      string // en, ru or kk; empty lets the text decide
	Channel   string // one of Channels, or empty: how it came to us
	SeenIn    string // one of Channels, or empty: where the person saw it
	Forwarded bool   // "forwarded many times"
	Key       string // once key; empty: every call is a request of its own
	Body      string // a hash of the request, see Act
}

// An Answer is what a person gets back, at once or later under the ticket.
type Answer struct {
	Ticket  Ticket // empty when nothing was stored
	Outcome Outcome
	Lang    string // of the text
	Text    string // scrubbed; empty once it was erased. For the person who asked alone
	Claim   *Claim // nil when nothing was stored
	Reason  Reason // of OutcomeClosed
	Matches []Match
	similar []Similar // claims that a new one may be the same as
	At      time.Time
	// Unstored says why the request could not be stored: it has no ticket and does not wait for a reviewer. The matches hold all the same.
	Unstored error
}

// MatchKind says what a match is to the text.
type MatchKind string

const (
	MatchReview   MatchKind = "review"   // a published review of the same claim
	MatchGuidance MatchKind = "guidance" // a trusted passage that bears on it
	MatchRelated  MatchKind = "related"  // near it, but does not settle it
)

// A Match links a text to a review or a passage.
type Match struct {
	Kind MatchKind
	index.Hit
	Review *Claim // of MatchReview, as it stands in the store; nil when the store could not be asked
	// Offered says that a review was found earlier and is not asserted now, see Claim.Asserted.
	Offered bool
}

const (
	maxMatches = 5
	maxSourced = 3 // quotations of an answer
)

// Check answers a question at once and counts it. Where nothing trustworthy settles it, it is queued. When the store is not available the answer
// comes from the index alone and says so in Unstored. It gives *InvalidError, ErrKeyReused, or what the search gives.
func (d *Desk) Check(ctx context.Context, q Question) (Answer, error) {
	text, language, err := d.clean(q)
	if err != nil {
		return Answer{}, err
	}
	once := newOnce("check")
	var unstored error
	if q.Key != "" {
		once = Once{Key: "check/" + q.Key, Value: q.Body}
		value, known, err := d.store.Done(ctx, once.Key)
		if known {
			return d.sameAnswer(ctx, value, q.Body)
		}
		unstored = err
	}
	a, err := d.answer(ctx, text, language, unstored)
	if err != nil {
		return Answer{}, err
	}
	if a.Outcome == OutcomeClosed && a.Claim == nil { // nothing that could be claimed: there is nothing to queue or to count
		return a, nil
	}
	a.Ticket = NewTicket()
	if q.Key != "" {
		once.Value = q.Body + " " + string(a.Ticket)
	}
	return d.submit(ctx, a, q, once)
}

// clean gives the scrubbed text of a question, without what the service itself gives people to pass on, and its language.
func (d *Desk) clean(q Question) (text, language string, err error) {
	text = q.Text
	if text == "" && q.URL != "" {
		if err := checkAddress("url", q.URL); err != nil {
			return "", "", err
		}
		text = addressText(q.URL)
	} else if q.URL != "" {
		return "", "", &InvalidError{Field: "url", Problem: ProblemTooMany, Limit: 1}
	}
	if err := checkText("text", text, MaxText); err != nil {
		return "", "", err
	}
	for _, said := range []struct{ field, channel string }{{"channel", q.Channel}, {"seenIn", q.SeenIn}} {
		if said.channel != "" && !slices.Contains(Channels(), said.channel) {
			return "", "", &InvalidError{Field: said.field, Problem: ProblemUnknown}
		}
	}
	language = q.Lang
	if language == "" {
		if language, _ = lang.Identify(text); language == "" {
			language = lang.Russian // the language of most forwarded messages in the country
		}
	} else if !slices.Contains(index.Languages(), language) {
		return "", "", &InvalidError{Field: "lang", Problem: ProblemUnknown}
	}
	return Scrub(StripShared(text, d.shared)), language, nil
}

// addressText is what can be compared of an address alone: the address without its query, and the words of its path. Where the address is a
// person's, the words would be their name or number.
func addressText(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	bare := u.Scheme + "://" + u.Host + u.EscapedPath()
	if Scrub(bare) != bare {
		return bare
	}
	words := strings.FieldsFunc(u.Path, func(r rune) bool { return strings.ContainsRune("/-_.", r) })
	return bare + "\n" + strings.Join(words, " ")
}

// answer finds what a text's answer is, without storing anything. A store that has failed already is not asked again: each question would
// wait for it once more.
func (d *Desk) answer(ctx context.Context, text, language string, unstored error) (Answer, error) {
	a := Answer{Outcome: OutcomeQueued, Lang: language, Text: text, Unstored: unstored}
	if unstored == nil {
		own, err := d.resolve(ctx, IDOf(language, text))
		if err != nil && !errors.Is(err, ErrNotFound) {
			a.Unstored = err
		}
		a.Claim = own
		if own == nil && a.Unstored == nil {
			a.Claim, a.similar, a.Unstored = d.near(ctx, text, language)
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
	if r := a.reviewed(); r != nil && (a.Claim == nil || a.Outcome == OutcomeReviewed) {
		a.Claim = r
	}
	return a, nil
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

func (c Claim) duplicate() bool {
	return c.State == StateClosed && c.Closing != nil && c.Closing.Reason == ReasonDuplicate
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

// topic is that of the best match that is more than related.
func (a Answer) topic() string {
	for _, m := range a.Matches {
		if m.Kind != MatchRelated && m.Hit.Document.Topic != "" {
			return m.Hit.Document.Topic
		}
	}
	return ""
}

// sameAnswer is the answer to a question that was asked before under the same once key: as it stands now, under the same ticket.
func (d *Desk) sameAnswer(ctx context.Context, value, body string) (Answer, error) {
	hash, ticket, found := strings.Cut(value, " ")
	if !found || hash != body {
		return Answer{}, ErrKeyReused
	}
	return d.Ask(ctx, Ticket(ticket))
}

// Ask gives the answer of a ticket as it stands now. It gives ErrNotFound.
func (d *Desk) Ask(ctx context.Context, t Ticket) (Answer, error) {
	s, err := d.store.Submission(ctx, t)
	if err != nil {
		return Answer{}, err
	}
	chain, err := d.chain(ctx, s.Claim)
	if err != nil {
		return Answer{}, err
	}
	if len(chain) == 0 {
		return Answer{}, fmt.Errorf("claims: claim %s: %w", s.Claim, ErrNotFound)
	}
	own, c := chain[0].Text, &chain[len(chain)-1]
	a := Answer{Outcome: OutcomeQueued, Lang: s.Lang, Text: own, Claim: c}
	text := cmp.Or(own, c.Text)
	var hits []index.Hit
	if text != "" {
		if hits, err = d.search.Search(ctx, index.Query{Text: text, Lang: s.Lang, Limit: 2 * maxMatches}); err != nil {
			return Answer{}, fmt.Errorf("claims: ticket: %w", err)
		}
	}
	if a.Matches, err = d.matches(ctx, slices.DeleteFunc(hits, s.disowned), c); err != nil {
		return Answer{}, err
	}
	a.offer(d.now())
	a.decide(text)
	a.Ticket, a.At = t, s.At
	if c.withdrawn() {
		a.Outcome, a.Reason, a.Matches = OutcomeClosed, ReasonWithdrawn, nil
	}
	if s.Erased {
		a.Text = ""
	}
	return a, nil
}

// disowned reports whether the person said of a document that theirs is about something else.
func (s Submission) disowned(h index.Hit) bool {
	return slices.ContainsFunc(s.Feedback, func(f Feedback) bool {
		return f.Opinion == "not_mine" && (strings.HasPrefix(f.Match, h.Document.ID+"#") ||
			h.Document.Kind == index.KindReview && strings.HasPrefix(f.Match, reviewDocumentID(ID(h.Document.Claim), "")))
	})
}
