package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"dalel/claims"
	"dalel/index"
)

// A deed is what one route does to one claim.
type deed func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error)

// do reads a body, does the deed and answers with the claim as it is now.
func (s *Server) do(c *gin.Context, request any, d deed) error {
	claim, a, err := s.done(c, request, d)
	if err != nil {
		return err
	}
	return s.changed(c, a.By, claim, s.reader(c).claim(claim, a.By))
}

// changed answers with a claim that the account has changed. One that is for editors now is not shown to others.
func (s *Server) changed(c *gin.Context, who claims.Account, claim claims.Claim, answer any) error {
	if claim.Escalated && !who.Is(claims.RoleEditor) {
		c.Status(http.StatusNoContent)
		return nil
	}
	c.Header("ETag", versionTag(claim.Version))
	return private(c, http.StatusOK, answer)
}

// done is do without the answer. A version that the request named and that does not stand is a failed precondition.
func (s *Server) done(c *gin.Context, request any, d deed) (claims.Claim, claims.Act, error) {
	id, err := idOf(c)
	if err != nil {
		return claims.Claim{}, claims.Act{}, err
	}
	if err := decode(c, maxJSONBody, request); err != nil {
		return claims.Claim{}, claims.Act{}, err
	}
	a, err := s.act(c)
	if err != nil {
		return claims.Claim{}, claims.Act{}, err
	}
	claim, err := d(c.Request.Context(), id, a)
	if a.Version != 0 && errors.Is(err, claims.ErrConflict) {
		err = errVersion
	}
	return claim, a, err
}

type leaseRequest struct {
	Token int64 `json:"token"`
}

// takeLease leases a claim, or renews the lease of the token.
func (s *Server) takeLease(c *gin.Context) error {
	var q leaseRequest
	claim, a, err := s.done(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		return s.desk.Take(ctx, id, a, q.Token)
	})
	if err != nil {
		return err
	}
	return s.changed(c, a.By, claim, leaseOf(claim, a.By))
}

type releaseRequest struct {
	Token int64  `json:"token"`
	Note  string `json:"note"`
}

// releaseLease gives a claim back.
func (s *Server) releaseLease(c *gin.Context) error {
	var q releaseRequest
	_, _, err := s.done(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		return s.desk.Release(ctx, id, a, q.Token, q.Note)
	})
	if err == nil {
		c.Status(http.StatusNoContent)
	}
	return err
}

// findingRequest is a draft or a finding.
type findingRequest struct {
	Token      int64             `json:"token"`
	Statement  string            `json:"statement"`
	Verdict    string            `json:"verdict"`
	Summary    map[string]string `json:"summary"`
	Evidence   []evidenceRequest `json:"evidence"`
	Techniques []string          `json:"techniques"`
	ValidUntil time.Time         `json:"validUntil"`
	Topic      string            `json:"topic"`
	Harm       *harmRequest      `json:"harm"`
}

// harmRequest is what a reviewer says of the harm, in shares from 0 to 1. What is absent is left to the topic's prior.
type harmRequest struct {
	Actionability    *float64 `json:"actionability"`
	Exploitativeness *float64 `json:"exploitativeness"`
	Believability    *float64 `json:"believability"`
	Fragmentation    *float64 `json:"fragmentation"`
	Likelihood       *float64 `json:"likelihood"`
	PhysicalDanger   bool     `json:"physicalDanger"`
	TargetsPerson    bool     `json:"targetsPerson"`
	Stigma           bool     `json:"stigma"`
}

func (q *harmRequest) harm() *claims.Harm {
	if q == nil {
		return nil
	}
	return &claims.Harm{Actionability: q.Actionability, Exploitativeness: q.Exploitativeness, Believability: q.Believability,
		Fragmentation: q.Fragmentation, Likelihood: q.Likelihood, PhysicalDanger: q.PhysicalDanger, TargetsPerson: q.TargetsPerson, Stigma: q.Stigma}
}

// evidenceRequest names a passage of the index, or a page with a quotation from it.
type evidenceRequest struct {
	Passage   string `json:"passage"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Publisher string `json:"publisher"`
	Lang      string `json:"lang"`
	Published string `json:"published"`
	Stance    string `json:"stance"`
	Quote     string `json:"quote"`
}

// maxCredit bounds the characters of what names a page or its publisher.
const maxCredit = 300

// finding is what the desk takes. It checks what the desk leaves to whoever names a page: titles, publishers, dates. It gives
// *claims.InvalidError.
func (q findingRequest) finding() (claims.Finding, error) {
	if utf8.RuneCountInString(q.Topic) > maxTopic {
		return claims.Finding{}, &claims.InvalidError{Field: "topic", Problem: claims.ProblemTooLong, Limit: maxTopic}
	}
	f := claims.Finding{Statement: q.Statement, Verdict: claims.Verdict(q.Verdict), Summary: q.Summary, Techniques: q.Techniques, ValidUntil: q.ValidUntil, Topic: q.Topic,
		Harm: q.Harm.harm()}
	for i, e := range q.Evidence {
		if err := e.check("evidence/" + strconv.Itoa(i) + "/"); err != nil {
			return claims.Finding{}, err
		}
		f.Evidence = append(f.Evidence, claims.Evidence{Passage: e.Passage, URL: e.URL, Title: e.Title, Publisher: e.Publisher, Lang: e.Lang,
			Published: index.Date(e.Published), Stance: claims.Stance(e.Stance), Quote: e.Quote})
	}
	return f, nil
}

func (e evidenceRequest) check(at string) error {
	for _, f := range []struct{ name, text string }{{"title", e.Title}, {"publisher", e.Publisher}} {
		if utf8.RuneCountInString(f.text) > maxCredit {
			return &claims.InvalidError{Field: at + f.name, Problem: claims.ProblemTooLong, Limit: maxCredit}
		}
	}
	if _, err := language.Parse(e.Lang); e.Lang != "" && err != nil {
		return &claims.InvalidError{Field: at + "lang", Problem: claims.ProblemUnknown}
	}
	if _, err := index.Date(e.Published).Time(); e.Published != "" && err != nil {
		return &claims.InvalidError{Field: at + "published", Problem: claims.ProblemFormat}
	}
	return nil
}

// saveDraft keeps a draft with the claim.
func (s *Server) saveDraft(c *gin.Context) error {
	var q findingRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		f, err := q.finding()
		if err != nil {
			return claims.Claim{}, err
		}
		return s.desk.Save(ctx, id, a, q.Token, f)
	})
}

// propose gives a finding to a second reviewer.
func (s *Server) propose(c *gin.Context) error {
	var q findingRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		f, err := q.finding()
		if err != nil {
			return claims.Claim{}, err
		}
		return s.desk.Propose(ctx, id, a, q.Token, f)
	})
}

// commentRequest decides on a finding. Proposal says which one was seen; without it the decision is on the one that waits.
type commentRequest struct {
	Proposal int64  `json:"proposal"`
	Comment  string `json:"comment"`
}

// approve publishes another's finding.
func (s *Server) approve(c *gin.Context) error {
	var q commentRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		return s.desk.Approve(ctx, id, a, q.Proposal, q.Comment)
	})
}

// sendBack returns a finding to its author.
func (s *Server) sendBack(c *gin.Context) error {
	var q commentRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		return s.desk.Return(ctx, id, a, q.Proposal, q.Comment)
	})
}

type closeRequest struct {
	Token       int64  `json:"token"`
	Reason      string `json:"reason"`
	DuplicateOf string `json:"duplicateOf"`
	Note        string `json:"note"`
}

// closeClaim ends a claim without a review, or as a duplicate of another.
func (s *Server) closeClaim(c *gin.Context) error {
	var q closeRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		reason, of := claims.Reason(q.Reason), claims.ID(q.DuplicateOf)
		switch {
		case reason != claims.ReasonDuplicate && of != "":
			return claims.Claim{}, &claims.InvalidError{Field: "duplicateOf", Problem: faultOnlyDuplicate}
		case reason != claims.ReasonDuplicate:
			return s.desk.Close(ctx, id, a, q.Token, reason, q.Note)
		case of == "":
			return claims.Claim{}, &claims.InvalidError{Field: "duplicateOf", Problem: claims.ProblemRequired}
		case !of.Valid():
			return claims.Claim{}, &claims.InvalidError{Field: "duplicateOf", Problem: claims.ProblemUnknown}
		}
		return s.desk.Duplicate(ctx, id, a, q.Token, of)
	})
}

type reasonRequest struct {
	Reason string `json:"reason"`
}

// withReason makes an act that needs a reason and nothing else.
func (s *Server) withReason(c *gin.Context, act func(context.Context, claims.ID, claims.Act, string) (claims.Claim, error)) error {
	var q reasonRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		return act(ctx, id, a, q.Reason)
	})
}

// reopen brings a closed or retracted claim back.
func (s *Server) reopen(c *gin.Context) error {
	return s.withReason(c, s.desk.Reopen)
}

// retract withdraws a public review.
func (s *Server) retract(c *gin.Context) error {
	return s.withReason(c, s.desk.Retract)
}

// escalate flags a claim for editors.
func (s *Server) escalate(c *gin.Context) error {
	return s.withReason(c, s.desk.Escalate)
}

// deescalate gives an escalated claim back to the reviewers.
func (s *Server) deescalate(c *gin.Context) error {
	return s.withReason(c, s.desk.Deescalate)
}
