package api

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// signInBody is the page of a sign-in link. Opening it uses nothing up: messengers open links to preview them.
type signInBody struct {
	Key    string
	Errors []pageFault
}

func (s *Server) showSignIn(c *gin.Context) error {
	if who, ok := s.signedIn(c); ok && c.Query("key") == "" && home(who) != "" {
		return s.see(c, home(who), nil)
	}
	p := s.deskPage(c, "signin.title", signInBody{Key: cut(printable(c.Query("key")), 200)})
	return s.show(c, http.StatusOK, "signin", p)
}

// postSignIn uses a link up and begins a session.
func (s *Server) postSignIn(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	who, session, err := s.desk.SignIn(c.Request.Context(), claims.Secret(c.PostForm("key")))
	if errors.Is(err, claims.ErrNotFound) {
		p := s.page(c, "signin.title", nil)
		p.Private = true
		p.Body = signInBody{Errors: []pageFault{{Text: s.say(p.Lang, "signin.bad_link", nil)}}}
		return s.show(c, http.StatusForbidden, "signin", p)
	}
	if err != nil {
		return err
	}
	s.setSession(c, session)
	return s.see(c, cmp.Or(home(who), "/signin"), nil)
}

// home is the page on which an account begins, or empty where the desk has none for it.
func home(who claims.Account) string {
	switch {
	case who.Is(claims.RoleReviewer):
		return "/desk"
	case who.Is(claims.RoleAdmin):
		return "/desk/accounts"
	}
	return ""
}

func (s *Server) postSignOut(c *gin.Context) error {
	if session := s.session(c); session != "" {
		if err := s.desk.SignOut(c.Request.Context(), session); err != nil {
			return err
		}
	}
	s.dropSession(c)
	return s.see(c, "", nil)
}
