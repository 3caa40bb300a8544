package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// checkRequest is what POST /v1/checks takes.
type checkRequest struct {
	Text      string `json:"text"`
	URL       string `json:"url"`
	Lang      string `json:"lang"`
	Channel   string `json:"channel"`
	SeenIn    string `json:"seenIn"`
	Forwarded bool   `json:"forwarded"`
}

// check answers a question and files it.
func (s *Server) check(c *gin.Context) error {
	var q checkRequest
	if err := decode(c, maxCheckBody, &q); err != nil {
		return err
	}
	key, err := idempotencyKey(c.Request)
	if err != nil {
		return err
	}
	b, err := body(c, maxCheckBody)
	if err != nil {
		return err
	}
	a, err := s.desk.Check(c.Request.Context(), claims.Question{Text: q.Text, URL: q.URL, Lang: q.Lang, Channel: q.Channel,
		SeenIn: q.SeenIn, Forwarded: q.Forwarded, Key: key, Body: fingerprint(c, b)})
	if err != nil {
		return err
	}
	answer := s.answer(c, a)
	if a.Unstored == nil {
		return private(c, http.StatusOK, answer)
	}
	if a.Outcome == claims.OutcomeQueued {
		return &notStored{check: answer, cause: a.Unstored}
	}
	s.log.WarnContext(c.Request.Context(), "check not stored", "id", requestID(c), "error", a.Unstored)
	c.Header("Retry-After", strconv.Itoa(answer.RetryAfter))
	return private(c, http.StatusOK, answer)
}

// answer is an answer in the reader's language, else in that of the text.
func (s *Server) answer(c *gin.Context, a claims.Answer) checkJSON {
	r := reader{Server: s, lang: s.readerLang(c, a.Lang), base: s.base(c)}
	j := checkJSON{ID: string(a.Ticket), Ticket: string(a.Ticket), Outcome: string(a.Outcome), Reason: string(a.Reason), Lang: a.Lang,
		Matches: []matchJSON{}, Advice: r.advice(a), ShareText: r.shareText(a), CreatedAt: when(a.At), Stored: a.Ticket != ""}
	if a.Outcome == claims.OutcomeClosed && a.Reason == "" {
		j.Reason = "retracted"
	}
	if a.Claim != nil {
		j.Claim = &claimRef{ID: string(a.Claim.ID), State: string(a.Claim.State), Requests: a.Claim.Requests}
	}
	for _, m := range a.Matches {
		j.Matches = append(j.Matches, r.match(m))
	}
	if a.Outcome == claims.OutcomeReviewed {
		review := r.indexedReview(a.Matches[0].Hit)
		if c := a.Matches[0].Review; c != nil {
			review = r.review(*c)
		}
		j.Review = &review
	}
	if a.Unstored != nil {
		j.RetryAfter = retryIn(a.Unstored)
	}
	return j
}

// ticketOf reads the ticket in the path.
func ticketOf(c *gin.Context) (claims.Ticket, error) { return claims.ParseTicket(c.Param("ticket")) }

// unknownTicket is what is not found under a ticket: the ticket.
func unknownTicket(err error) error {
	if errors.Is(err, claims.ErrNotFound) {
		return claims.ErrTicket
	}
	return err
}

// ask gives the answer of a ticket as it stands now.
func (s *Server) ask(c *gin.Context) error {
	t, err := ticketOf(c)
	if err != nil {
		return err
	}
	a, err := s.desk.Ask(c.Request.Context(), t)
	if err != nil {
		return unknownTicket(err)
	}
	return private(c, http.StatusOK, s.answer(c, a))
}

// erase takes back what was sent under a ticket.
func (s *Server) erase(c *gin.Context) error {
	t, err := ticketOf(c)
	if err != nil {
		return err
	}
	if err := s.desk.Erase(c.Request.Context(), t); err != nil {
		return unknownTicket(err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// opinion is one of claims.Opinions, written as true, false or "notMine".
type opinion string

type feedbackRequest struct {
	Match  string  `json:"match"`
	Useful opinion `json:"useful"`
}

// feedback notes what a person says of a match.
func (s *Server) feedback(c *gin.Context) error {
	t, err := ticketOf(c)
	if err != nil {
		return err
	}
	var said feedbackRequest
	if err := decode(c, maxJSONBody, &said); err != nil {
		return err
	}
	if err := s.desk.Feedback(c.Request.Context(), t, said.Match, string(said.Useful)); err != nil {
		return unknownTicket(err)
	}
	c.Status(http.StatusNoContent)
	return nil
}
