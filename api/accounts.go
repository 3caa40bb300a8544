package api

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// accountJSON is an account as administrators see it.
type accountJSON struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Roles    []string   `json:"roles"`
	Created  *time.Time `json:"created,omitempty"`
	Disabled bool       `json:"disabled,omitempty"`
}

func accountOf(a claims.Account) accountJSON {
	j := accountJSON{ID: a.ID, Name: a.Name, Roles: []string{}, Created: when(a.Created), Disabled: a.Disabled}
	for _, r := range a.Roles {
		j.Roles = append(j.Roles, string(r))
	}
	return j
}

// invitationJSON is shown once: only hashes are kept.
type invitationJSON struct {
	Account *accountJSON `json:"account,omitempty"`
	Link    string       `json:"link"`            // address that signs in once, within 72 hours
	Token   string       `json:"token,omitempty"` // for programs
}

// signInLink is the address at which a link's secret signs in.
func (s *Server) signInLink(c *gin.Context, link claims.Secret) string {
	return s.base(c) + "/" + s.readerLang(c, "") + "/signin?" + url.Values{"key": {string(link)}}.Encode()
}

func (s *Server) listAccounts(c *gin.Context) error {
	as, err := s.desk.Accounts(c.Request.Context())
	if err != nil {
		return err
	}
	items := make([]accountJSON, len(as))
	for i, a := range as {
		items[i] = accountOf(a)
	}
	return private(c, http.StatusOK, listed(s, c, items, ""))
}

type accountRequest struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

func (s *Server) addAccount(c *gin.Context) error {
	var q accountRequest
	if err := decode(c, maxJSONBody, &q); err != nil {
		return err
	}
	roles := make([]claims.Role, len(q.Roles))
	for i, r := range q.Roles {
		roles[i] = claims.Role(r)
	}
	inv, err := s.desk.AddAccount(c.Request.Context(), q.Name, roles)
	if err != nil {
		return err
	}
	account := accountOf(inv.Account)
	return private(c, http.StatusCreated, invitationJSON{Account: &account, Link: s.signInLink(c, inv.Link), Token: string(inv.Token)})
}

func (s *Server) newLink(c *gin.Context) error {
	link, err := s.desk.NewLink(c.Request.Context(), c.Param("name"))
	if err != nil {
		return err
	}
	return private(c, http.StatusCreated, invitationJSON{Link: s.signInLink(c, link)})
}

func (s *Server) removeAccount(c *gin.Context) error {
	if err := s.desk.RemoveAccount(c.Request.Context(), c.Param("name")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
