package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// suggestions gives the claims that may be the same as a claim, those that nobody has decided on first.
func (s *Server) suggestions(c *gin.Context) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	who, err := s.account(c)
	if err != nil {
		return err
	}
	found, err := s.desk.Suggestions(c.Request.Context(), who, id)
	if err != nil {
		return err
	}
	items := make([]suggestionJSON, len(found))
	for i, each := range found {
		items[i] = suggestionOf(each)
	}
	return private(c, http.StatusOK, listed(s, c, items, ""))
}

type rejectRequest struct {
	Claim string `json:"claim"`
}

// reject notes that another claim is not the same.
func (s *Server) reject(c *gin.Context) error {
	var q rejectRequest
	return s.do(c, &q, func(ctx context.Context, id claims.ID, a claims.Act) (claims.Claim, error) {
		if err := s.known(ctx, a.By, q.Claim); err != nil {
			return claims.Claim{}, err
		}
		return s.desk.Reject(ctx, id, a, claims.ID(q.Claim))
	})
}

// known reports why a body may not name a claim: there is none, or the account may not see it.
func (s *Server) known(ctx context.Context, who claims.Account, id string) error {
	if id == "" {
		return &claims.InvalidError{Field: "claim", Problem: claims.ProblemRequired}
	}
	if !claims.ID(id).Valid() {
		return &claims.InvalidError{Field: "claim", Problem: claims.ProblemUnknown}
	}
	_, err := s.desk.Claim(ctx, who, claims.ID(id))
	if errors.Is(err, claims.ErrNotFound) {
		return &claims.InvalidError{Field: "claim", Problem: claims.ProblemUnknown}
	}
	return err
}

// unmerge makes a duplicate a claim of its own again.
func (s *Server) unmerge(c *gin.Context) error {
	return s.withReason(c, s.desk.Unmerge)
}
