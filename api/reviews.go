package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// maxQuery bounds the characters of a search in a list.
const maxQuery = 500

// maxTopic bounds those of a topic.
const maxTopic = 64

// selection reads what the lists of public reviews have in common.
func (p *params) selection() claims.Selection {
	return claims.Selection{Lang: p.lang(), Topic: p.text("topic", maxTopic), Verdict: oneOf(p, "verdict", claims.Verdicts()),
		Technique: oneOf(p, "technique", claims.Techniques()), After: claims.Cursor(p.cursor())}
}

// listReviews gives public reviews, the last published first.
func (s *Server) listReviews(c *gin.Context) error {
	p := &params{c: c}
	sel := p.selection()
	sel.Q, sel.Since, sel.Until, sel.Limit = p.text("q", maxQuery), p.time("since"), p.time("until"), p.limit("limit")
	if p.err != nil {
		return p.err
	}
	cs, next, err := s.desk.Reviews(c.Request.Context(), sel)
	if err != nil {
		return badCursor(err)
	}
	r := s.reader(c)
	var items []reviewJSON
	for _, each := range cs {
		items = append(items, r.review(each))
	}
	return publicJSON(c, "", listed(s, c, items, string(next)))
}

// review gives one public review. That of a duplicate is at the address of the claim it was merged into.
func (s *Server) review(c *gin.Context) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	claim, err := s.desk.Review(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if claim.ID != id {
		c.Header("Cache-Control", publicFor)
		c.Redirect(http.StatusMovedPermanently, "/v1/reviews/"+string(claim.ID))
		return nil
	}
	if claim.State == claims.StateRetracted {
		e := retracted{}
		if claim.Closing != nil {
			e.reason = claim.Closing.Note
		}
		return e
	}
	r := s.reader(c)
	return publicJSON(c, `"v`+strconv.FormatInt(claim.Version, 10)+"-"+r.lang+`"`, r.review(claim))
}

// reader is for whom a request is answered.
func (s *Server) reader(c *gin.Context) reader {
	return reader{Server: s, lang: s.readerLang(c, ""), base: s.base(c)}
}

// idOf is the claim's ID in the path. What is none is not looked up.
func idOf(c *gin.Context) (claims.ID, error) {
	id := claims.ID(c.Param("id"))
	if !id.Valid() {
		return "", errUnknownRef
	}
	return id, nil
}
