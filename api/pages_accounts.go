package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// accountsBody is the page on which an administrator adds and removes accounts.
type accountsBody struct {
	Said     string
	Errors   []pageFault
	Shown    *shownSecret
	Name     string
	Roles    []option
	Accounts []accountItem
}

// A shownSecret is what is shown once and never again.
type shownSecret struct{ Name, Link, Token string }

type accountItem struct {
	Name, Roles    string
	Disabled, Self bool
}

func (s *Server) showAccounts(c *gin.Context) error {
	return s.accountsPage(c, http.StatusOK, accountsBody{}, nil)
}

// accountsPage shows the accounts, and the form for a new one with what was typed.
func (s *Server) accountsPage(c *gin.Context, status int, body accountsBody, roles []claims.Role) error {
	accounts, err := s.desk.Accounts(c.Request.Context())
	if err != nil {
		return err
	}
	who, err := s.account(c)
	if err != nil {
		return err
	}
	p := s.deskPage(c, "accounts.title", nil)
	p.Query = ""
	offered := slices.DeleteFunc(claims.Roles(), func(r claims.Role) bool { return r == claims.RoleVolunteer }) // needs no page: programs alone use it
	body.Roles = options(s, p.Lang, "role", offered, roles...)
	for _, a := range accounts {
		body.Accounts = append(body.Accounts, accountItem{Name: a.Name, Roles: s.sayRoles(p.Lang, a), Disabled: a.Disabled,
			Self: a.ID == who.ID})
	}
	p.Body = body
	return s.show(c, status, "accounts", p)
}

// sayRoles are an account's roles in words.
func (s *Server) sayRoles(language string, a claims.Account) string {
	names := make([]string, len(a.Roles))
	for i, r := range a.Roles {
		names[i] = s.say(language, "role."+string(r), nil)
	}
	return strings.Join(names, ", ")
}

// postAccounts adds an account, makes it a new link, or removes it. Secrets are shown in the answer itself: a page of their own would have
// to keep them.
func (s *Server) postAccounts(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	ctx, language, name := c.Request.Context(), s.pageLanguage(c), c.PostForm("name")
	switch c.PostForm("action") {
	case "link":
		link, err := s.desk.NewLink(ctx, name)
		if err != nil {
			return err
		}
		return s.accountsPage(c, http.StatusOK, accountsBody{Shown: &shownSecret{Name: name, Link: s.signInAddress(c, language, link)}}, nil)
	case "remove":
		if err := s.desk.RemoveAccount(ctx, name); err != nil {
			return err
		}
		return s.accountsPage(c, http.StatusOK, accountsBody{Said: s.say(language, "accounts.done_removed", map[string]any{"Name": name})}, nil)
	case "add":
		return s.addFromForm(c, language, name)
	}
	return &badRequest{status: http.StatusBadRequest, code: "malformed"}
}

func (s *Server) addFromForm(c *gin.Context, language, name string) error {
	var roles []claims.Role
	for _, r := range c.PostFormArray("roles") {
		roles = append(roles, claims.Role(r))
	}
	made, err := s.desk.AddAccount(c.Request.Context(), name, roles)
	if err != nil {
		status, _ := classify(err)
		if status != http.StatusUnprocessableEntity {
			return err
		}
		faults := s.faults(language, err, map[string]string{"name": "accounts.name", "roles": "accounts.roles"})
		return s.accountsPage(c, status, accountsBody{Name: printable(name), Errors: faults}, roles)
	}
	return s.accountsPage(c, http.StatusOK, accountsBody{Shown: &shownSecret{Name: made.Account.Name,
		Link: s.signInAddress(c, language, made.Link), Token: string(made.Token)}}, nil)
}

// signInAddress is a sign-in link as its owner opens it.
func (s *Server) signInAddress(c *gin.Context, language string, link claims.Secret) string {
	return s.base(c) + pagePath(language, "/signin") + "?" + url.Values{"key": {string(link)}}.Encode()
}
