package claims

import (
	"cmp"
	"context"
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
	own     ID        // of the claim that the text makes
	seen    *world    // what was read of it
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
	own := chain[0].ownText()
	c, err := d.newWorld().answering(ctx, s.Claim)
	if err != nil {
		return Answer{}, err
	}
	if c == nil {
		return Answer{}, fmt.Errorf("claims: claim %s: %w", s.Claim, ErrNotFound)
	}
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
