package api

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// resultBody is an answer as a person sees it, in the order in which a phone shows it.
type resultBody struct {
	Said     string // what the last form did
	Unstored bool

	Tone, Symbol, Heading string
	Verdict               bool // Heading is a verdict
	Lead, LeadLang        string
	Advice, Decided       string
	ReviewID              claims.ID
	Earlier               *earlierFinding

	Share, WhatsApp, Telegram string

	Compared, ComparedLang, Strength string
	MatchRef                         string

	EvidenceTitle, RelatedTitle, RelatedText string
	Evidence, Related                        []card

	Ticket  claims.Ticket
	Asked   int64
	Waiting string
	Text    string // what was sent, for whoever has the ticket
	Key     string
}

// resultBody makes what a page shows of an answer.
func (s *Server) resultBody(c *gin.Context, language string, a claims.Answer) resultBody {
	r := reader{Server: s, lang: language, base: s.base(c)}
	v := resultBody{Unstored: a.Unstored != nil, Ticket: a.Ticket, Text: a.Text, Share: r.shareText(a)}
	if a.Reason != claims.ReasonWithdrawn { // its heading says it all
		v.Advice = r.advice(a)
	}
	if v.Share != "" {
		v.WhatsApp, v.Telegram = shareLinks(v.Share, r.base+"/"+language)
	}
	switch a.Outcome {
	case claims.OutcomeReviewed:
		s.reviewed(&v, language, a)
	case claims.OutcomeSourced:
		s.sourced(&v, language, a)
	case claims.OutcomeQueued:
		v.Tone, v.Symbol, v.Heading = "warn", "…", s.say(language, "result.queued", nil)
		if offered(a) != nil {
			v.Heading = s.say(language, "result.unsettled", nil)
		}
		v.Related = s.hitCards(language, a.Matches)
		v.RelatedTitle, v.RelatedText = s.say(language, "related.title", nil), s.say(language, "related.text", nil)
	default:
		v.Tone, v.Symbol, v.Heading = "calm", "–", s.say(language, closedHeading(a), nil)
		v.Evidence, v.EvidenceTitle = s.hitCards(language, a.Matches), s.say(language, "result.related_sources", nil)
	}
	if m := offered(a); m != nil {
		v.Earlier = s.earlierFinding(language, *m)
	}
	if a.Claim != nil {
		v.Asked = a.Claim.Requests
		v.Waiting = s.sayWaiting(language, a)
	}
	return v
}

// closedHeading is the message that says that there is no answer.
func closedHeading(a claims.Answer) string {
	switch {
	case a.Reason == claims.ReasonWithdrawn:
		return "result.deleted"
	case a.Reason == "":
		return "result.retracted"
	}
	return "result.closed"
}

// reviewed fills in a published review: from the store, or from the index alone when the store cannot be asked.
func (s *Server) reviewed(v *resultBody, language string, a claims.Answer) {
	m := a.Matches[0]
	verdict := claims.Verdict(verdictOf(m))
	view := s.verdictView(language, verdict)
	v.Verdict, v.Tone, v.Symbol, v.Heading = true, view.Tone, view.Symbol, view.Word
	v.ReviewID = claims.ID(m.Hit.Document.Claim)
	v.Compared, v.ComparedLang = m.Hit.Document.Title, m.Hit.Document.Lang
	v.Strength = s.sayStrength(language, m.Hit)
	v.MatchRef = claims.PassageRef(m.Hit.Document.ID, m.Hit.Ordinal)
	v.EvidenceTitle = s.say(language, "evidence", nil)
	if c := m.Review; c != nil {
		v.Lead, v.LeadLang = c.Review.SummaryIn(language)
		v.Decided = s.sayDecided(language, *c.Review)
		v.Compared, v.ComparedLang = c.Statement(), c.Lang
		v.Evidence = s.evidenceCards(language, c.Review.Evidence)
	} else {
		if m.Hit.Passage.Kind == index.PassageAnswer {
			v.Lead, v.LeadLang = m.Hit.Passage.Text, m.Hit.Document.Lang
		}
		v.Decided = s.say(language, "decided.on", map[string]any{"Date": s.sayDate(language, m.Hit.Document.Modified)})
	}
	v.RelatedTitle = s.say(language, "related.also", nil)
	for _, more := range s.hitCards(language, a.Matches[1:]) {
		if !slices.ContainsFunc(v.Evidence, func(c card) bool { return c.URL == more.URL }) {
			v.Related = append(v.Related, more)
		}
	}
}

// sourced fills in what trusted sources say. Our own summary's title is the fact; a page's title need not be one.
func (s *Server) sourced(v *resultBody, language string, a claims.Answer) {
	first := a.Matches[0].Hit
	v.Tone, v.Symbol, v.Heading = "calm", "i", s.say(language, "result.sourced", nil)
	if first.Document.Kind == index.KindSummary {
		v.Lead, v.LeadLang = first.Document.Title, first.Document.Lang
	}
	v.Compared, v.ComparedLang = first.Document.Title, first.Document.Lang
	v.Strength = s.sayStrength(language, first)
	v.MatchRef = claims.PassageRef(first.Document.ID, first.Ordinal)
	v.EvidenceTitle, v.Evidence = s.say(language, "result.what_they_say", nil), s.hitCards(language, a.Matches)
}

// An earlierFinding is a review that an answer offers without asserting it.
type earlierFinding struct {
	ID               claims.ID
	Verdict, Decided string
	Why              string // it is not asserted
	Claim, ClaimLang string
	MatchRef         string
}

func (s *Server) earlierFinding(language string, m claims.Match) *earlierFinding {
	v := &earlierFinding{ID: claims.ID(m.Hit.Document.Claim), Verdict: s.say(language, "verdict."+verdictOf(m), nil),
		Why: s.say(language, "earlier."+whyOffered(m), nil), Claim: m.Hit.Document.Title, ClaimLang: m.Hit.Document.Lang,
		MatchRef: claims.PassageRef(m.Hit.Document.ID, m.Hit.Ordinal)}
	if c := m.Review; c != nil {
		v.Decided, v.Claim, v.ClaimLang = s.sayDecided(language, *c.Review), c.Statement(), c.Lang
	} else {
		v.Decided = s.say(language, "decided.on", map[string]any{"Date": s.sayDate(language, m.Hit.Document.Modified)})
	}
	return v
}

// hitCards are the cards of the matches that are passages. Reviews that do not settle it are not evidence.
func (s *Server) hitCards(language string, matches []claims.Match) []card {
	var cards []card
	for _, m := range matches {
		if m.Hit.Document.Kind != index.KindReview {
			cards = append(cards, s.hitCard(language, m.Hit))
		}
	}
	return cards
}

// sayDecided is who decided and when: roles, never names.
func (s *Server) sayDecided(language string, r claims.Review) string {
	id := "decided.one"
	if r.Approver != "" {
		id = "decided.two"
	}
	return s.say(language, id, map[string]any{"Date": s.sayDate(language, index.DateOf(r.Modified))})
}

// sayWaiting is what else happens to the question, or empty.
func (s *Server) sayWaiting(language string, a claims.Answer) string {
	switch a.Claim.State {
	case claims.StateQueued, claims.StateParked, claims.StateNeedsUpdate:
		return s.say(language, "waiting.queued", nil)
	case claims.StateInReview, claims.StateSecondReview:
		return s.say(language, "waiting.in_review", nil)
	}
	return ""
}

// shareLinks are the addresses that open a messenger with a text. Telegram wants an address beside it.
func shareLinks(text, address string) (whatsApp, telegram string) {
	return "https://wa.me/?" + url.Values{"text": {text}}.Encode(),
		"https://t.me/share/url?" + url.Values{"url": {address}, "text": {text}}.Encode()
}

// resultSaid are the messages that a result page may begin with, by ?said=.
func resultSaid(said string) string {
	switch said {
	case "useful", "not_useful", "not_mine":
		return "said." + said
	}
	return ""
}

// showResult is the answer of a ticket as it stands now.
func (s *Server) showResult(c *gin.Context) error {
	t, err := ticketOf(c)
	if err != nil {
		return s.ticketRefused(c, c.Param("ticket"), err)
	}
	a, err := s.desk.Ask(c.Request.Context(), t)
	if err != nil {
		return s.ticketRefused(c, string(t), unknownTicket(err))
	}
	p := s.page(c, "result.title", nil)
	view := s.resultBody(c, p.Lang, a)
	if id := resultSaid(c.Query("said")); id != "" {
		view.Said = s.say(p.Lang, id, nil)
	}
	p.Private, p.Query, p.Title, p.Body = true, "", view.Heading, view
	return s.show(c, http.StatusOK, "result", p)
}

// postFeedback notes what a person says of an answer.
func (s *Server) postFeedback(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	t, err := ticketOf(c)
	if err != nil {
		return s.ticketRefused(c, c.Param("ticket"), err)
	}
	opinion := c.PostForm("opinion")
	if err := s.desk.Feedback(c.Request.Context(), t, c.PostForm("match"), opinion); err != nil {
		if errors.Is(err, claims.ErrNotFound) {
			return s.ticketRefused(c, string(t), claims.ErrTicket)
		}
		return err
	}
	return s.see(c, "/t/"+string(t), url.Values{"said": {opinion}})
}

// lookUpBody is the form for a ticket.
type lookUpBody struct {
	Code    string
	Deleted bool
	Errors  []pageFault
}

func (s *Server) showLookUp(c *gin.Context) error {
	p := s.page(c, "ticket.title", lookUpBody{Deleted: c.Query("said") == "deleted"})
	p.Query = ""
	return s.show(c, http.StatusOK, "ticket", p)
}

func (s *Server) postLookUp(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	t, err := claims.ParseTicket(c.PostForm("code"))
	if err != nil {
		return s.ticketRefused(c, c.PostForm("code"), err)
	}
	return s.see(c, "/t/"+string(t), nil)
}

// ticketRefused is the form again when nothing is found under a code. Other errors have their own pages.
func (s *Server) ticketRefused(c *gin.Context, code string, err error) error {
	if !errors.Is(err, claims.ErrTicket) {
		return err
	}
	p := s.page(c, "ticket.title", nil)
	p.Path, p.Query, p.Private = "/t", "", true
	p.Body = lookUpBody{Code: printable(cut(code, 64)), Errors: []pageFault{{Field: "code", Text: s.say(p.Lang, "ticket.unknown", nil)}}}
	status, _ := classify(err)
	return s.show(c, status, "ticket", p)
}

// deleteBody asks once more before a request is deleted.
type deleteBody struct{ Ticket claims.Ticket }

func (s *Server) showDelete(c *gin.Context) error {
	t, err := ticketOf(c)
	if err != nil {
		return s.ticketRefused(c, c.Param("ticket"), err)
	}
	if _, err := s.desk.Ask(c.Request.Context(), t); err != nil {
		return s.ticketRefused(c, string(t), unknownTicket(err))
	}
	p := s.page(c, "delete.title", deleteBody{t})
	p.Private = true
	return s.show(c, http.StatusOK, "delete", p)
}

func (s *Server) postDelete(c *gin.Context) error {
	t, err := ticketOf(c)
	if err != nil {
		return s.ticketRefused(c, c.Param("ticket"), err)
	}
	if err := s.desk.Erase(c.Request.Context(), t); err != nil {
		return s.ticketRefused(c, string(t), unknownTicket(err))
	}
	return s.see(c, "/t", url.Values{"said": {"deleted"}})
}
