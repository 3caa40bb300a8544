package api

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// listClaims gives the queue or another choice of claims, the earliest due first, and how many there are in each state.
func (s *Server) listClaims(c *gin.Context) error {
	who, err := s.account(c)
	if err != nil {
		return err
	}
	p := &params{c: c}
	l := claims.Listing{State: oneOf(p, "state", claims.States()), Lang: p.lang(), Band: oneOf(p, "band", claims.Bands()),
		Topic: p.text("topic", maxTopic), MinRequests: p.number("minRequests", 0, math.MaxInt32, 0), Q: p.text("q", maxQuery),
		Mine: p.flag("mine"), Escalated: p.flag("escalated"), After: claims.Cursor(p.cursor()), Limit: p.limit("limit")}
	if p.err != nil {
		return p.err
	}
	cs, next, err := s.desk.List(c.Request.Context(), who, l)
	if err != nil {
		return badCursor(err)
	}
	waiting, err := s.desk.Waiting(c.Request.Context())
	if err != nil {
		return err
	}
	r := s.reader(c)
	var items []claimJSON
	for _, each := range cs {
		items = append(items, r.claim(each, who))
	}
	answer := listed(s, c, items, string(next))
	answer.Counts = make(map[string]int64, len(waiting))
	for state, n := range waiting {
		answer.Counts[string(state)] = n
	}
	return private(c, http.StatusOK, answer)
}

// claim gives one claim.
func (s *Server) claim(c *gin.Context) error {
	who, claim, err := s.seen(c)
	if err != nil {
		return err
	}
	c.Header("ETag", versionTag(claim.Version))
	return private(c, http.StatusOK, s.reader(c).claim(claim, who))
}

// seen is the claim in the path, if the account may see it.
func (s *Server) seen(c *gin.Context) (claims.Account, claims.Claim, error) {
	id, err := idOf(c)
	if err != nil {
		return claims.Account{}, claims.Claim{}, err
	}
	who, err := s.account(c)
	if err != nil {
		return claims.Account{}, claims.Claim{}, err
	}
	claim, err := s.desk.Claim(c.Request.Context(), who, id)
	return who, claim, err
}

// history gives what happened to a claim, oldest first.
func (s *Server) history(c *gin.Context) error {
	who, claim, err := s.seen(c)
	if err != nil {
		return err
	}
	events, err := s.desk.History(c.Request.Context(), who, claim.ID)
	if err != nil {
		return err
	}
	items := make([]eventJSON, len(events))
	for i, e := range events {
		items[i] = eventOf(e)
	}
	return private(c, http.StatusOK, listed(s, c, items, ""))
}

// similar gives the passages and the reviews of other claims that are near a claim.
func (s *Server) similar(c *gin.Context) error {
	_, claim, err := s.seen(c)
	if err != nil {
		return err
	}
	var items []matchJSON
	if claim.Text != "" {
		hits, err := s.cfg.Index.Search(c.Request.Context(), index.Query{Text: claim.Text, Lang: claim.Lang, Limit: pageLimit})
		if err != nil {
			return fmt.Errorf("api: similar: %w", err)
		}
		others := make([]index.Hit, 0, len(hits))
		for _, h := range hits {
			if h.Document.Claim != string(claim.ID) {
				others = append(others, h)
			}
		}
		if items, err = s.found(c.Request.Context(), s.reader(c), others); err != nil {
			return err
		}
	}
	return private(c, http.StatusOK, listed(s, c, items, ""))
}

type nextRequest struct {
	Langs []string `json:"langs"`
	Band  string   `json:"band"`
}

// takenJSON is a claim that has been leased.
type takenJSON struct {
	Claim claimJSON  `json:"claim"`
	Lease *leaseJSON `json:"lease,omitempty"`
}

// nextClaim leases the most urgent claim. An empty queue has no content.
func (s *Server) nextClaim(c *gin.Context) error {
	var q nextRequest
	if err := decode(c, maxJSONBody, &q); err != nil {
		return err
	}
	for i, l := range q.Langs {
		if !isLang(l) {
			return &claims.InvalidError{Field: "langs/" + strconv.Itoa(i), Problem: claims.ProblemUnknown}
		}
	}
	if q.Band != "" && !slices.Contains(claims.Bands(), claims.Band(q.Band)) {
		return &claims.InvalidError{Field: "band", Problem: claims.ProblemUnknown}
	}
	a, err := s.act(c)
	if err != nil {
		return err
	}
	claim, err := s.desk.Next(c.Request.Context(), a, claims.Filter{Langs: q.Langs, Band: claims.Band(q.Band)})
	if errors.Is(err, claims.ErrNotFound) {
		c.Status(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	return s.changed(c, a.By, claim, takenJSON{Claim: s.reader(c).claim(claim, a.By), Lease: leaseOf(claim, a.By)})
}
