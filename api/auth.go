package api

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// access is who may use a route. What an account may do to one claim is the desk's to decide.
type access string

const (
	anyone    access = "anyone"
	ticket    access = "ticket" // whoever knows the ticket
	helpers   access = "volunteer or reviewer"
	reviewers access = "reviewer"
	editors   access = "editor"
	auditors  access = "editor or admin"
	admins    access = "admin"
)

// open reports whether no account is needed.
func (a access) open() bool { return a == anyone || a == ticket }

// allows reports whether an account may use the route.
func (a access) allows(who claims.Account) bool {
	switch a {
	case anyone, ticket:
		return true
	case helpers:
		return who.Is(claims.RoleVolunteer) || who.Is(claims.RoleReviewer)
	case reviewers:
		return who.Is(claims.RoleReviewer)
	case editors:
		return who.Is(claims.RoleEditor)
	case auditors:
		return who.Is(claims.RoleEditor) || who.Is(claims.RoleAdmin)
	case admins:
		return who.Is(claims.RoleAdmin)
	}
	return false
}

// errSignIn: the request has no credential, or none that is known.
var errSignIn = errors.New("api: no valid credential")

// operator is who acts under the control token.
func operator() claims.Account {
	return claims.Account{ID: "operator", Name: "operator", Roles: []claims.Role{claims.RoleAdmin}}
}

// account is whose credential the request carries: a bearer token, else the session cookie. It is looked up once a request. It
// gives errSignIn, or what the store gives.
func (s *Server) account(c *gin.Context) (claims.Account, error) {
	type found struct {
		account claims.Account
		err     error
	}
	if v, ok := c.Get("account"); ok {
		if f, ok := v.(found); ok {
			return f.account, f.err
		}
	}
	var f found
	f.account, f.err = s.lookUp(c)
	c.Set("account", f)
	return f.account, f.err
}

func (s *Server) lookUp(c *gin.Context) (claims.Account, error) {
	secret := s.session(c)
	if header := c.GetHeader("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return claims.Account{}, errSignIn
		}
		secret = claims.Secret(strings.TrimSpace(token))
		if s.cfg.Control != "" && subtle.ConstantTimeCompare([]byte(secret.Hash()), []byte(s.cfg.Control.Hash())) == 1 {
			return operator(), nil
		}
	}
	if secret == "" {
		return claims.Account{}, errSignIn
	}
	who, err := s.desk.Who(c.Request.Context(), secret)
	if errors.Is(err, claims.ErrNotFound) {
		return claims.Account{}, errSignIn
	}
	if err != nil {
		return claims.Account{}, fmt.Errorf("api: credential: %w", err)
	}
	return who, nil
}

// signedIn is account for those who only ask whether somebody is signed in: a store that fails is taken for nobody.
func (s *Server) signedIn(c *gin.Context) (claims.Account, bool) {
	who, err := s.account(c)
	return who, err == nil
}

// allowed gives the account if it may use a route. Where anyone may, it asks for none. It gives errSignIn, claims.ErrForbidden, or
// what the store gives.
func (s *Server) allowed(c *gin.Context, a access) error {
	if a.open() {
		return nil
	}
	who, err := s.account(c)
	if err == nil && !a.allows(who) {
		err = claims.ErrForbidden
	}
	return err
}

// cookieName is bound to the host where TLS allows it, see RFC 6265bis, 4.1.3.2.
func (s *Server) cookieName() string {
	if s.secure() {
		return "__Host-dalel_session"
	}
	return "dalel_session"
}

// session is the secret in the session cookie, or empty.
func (s *Server) session(c *gin.Context) claims.Secret {
	cookie, err := c.Request.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return claims.Secret(cookie.Value)
}

// setSession gives the browser a session's secret, for as long as the session lasts.
func (s *Server) setSession(c *gin.Context, secret claims.Secret) {
	s.setCookie(c, string(secret), int(claims.SessionFor.Seconds()))
}

// dropSession takes the session cookie back. Ending the session itself is Desk.SignOut.
func (s *Server) dropSession(c *gin.Context) { s.setCookie(c, "", -1) }

func (s *Server) setCookie(c *gin.Context, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure()})
}
