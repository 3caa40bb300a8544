package api

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index/lang"
)

// pageTable is every page for people. Each stands under a language: "/t/:ticket" is /en/t/:ticket, /kk/t/:ticket and /ru/t/:ticket.
func (s *Server) pageTable() []route {
	return []route{
		{http.MethodGet, "", s.showCheck, anyone},
		{http.MethodGet, "/", s.showCheck, anyone},
		{http.MethodPost, "/check", s.postCheck, anyone},
		{http.MethodGet, "/t", s.showLookUp, anyone},
		{http.MethodPost, "/t", s.postLookUp, anyone},
		{http.MethodGet, "/t/:ticket", s.showResult, ticket},
		{http.MethodPost, "/t/:ticket/feedback", s.postFeedback, ticket},
		{http.MethodGet, "/t/:ticket/delete", s.showDelete, ticket},
		{http.MethodPost, "/t/:ticket/delete", s.postDelete, ticket},
		{http.MethodGet, "/r/:id", s.showReview, anyone},
		{http.MethodGet, "/cases", s.showCases, anyone},
		{http.MethodGet, "/sources", s.showSources, anyone},
		{http.MethodGet, "/about", s.showAbout, anyone},

		{http.MethodGet, "/signin", s.showSignIn, anyone},
		{http.MethodPost, "/signin", s.postSignIn, anyone},
		{http.MethodPost, "/signout", s.postSignOut, anyone},
		{http.MethodGet, "/desk", s.showDesk, reviewers},
		{http.MethodPost, "/desk/next", s.postNext, reviewers},
		{http.MethodGet, "/desk/c/:id", s.showClaim, reviewers},
		{http.MethodPost, "/desk/c/:id", s.postClaim, reviewers},
		{http.MethodGet, "/desk/accounts", s.showAccounts, admins},
		{http.MethodPost, "/desk/accounts", s.postAccounts, admins},
	}
}

// pageLanguages are the languages of the pages, the country's own first.
func pageLanguages() []string { return []string{lang.Kazakh, lang.Russian, lang.English} }

// pageRoutes puts the pages and their files into a router.
func (s *Server) pageRoutes(r *gin.Engine) {
	for _, language := range pageLanguages() {
		for _, each := range s.pageTable() {
			r.Handle(each.method, "/"+language+each.path, s.adaptPage(language, each))
			if each.method == http.MethodGet {
				r.Handle(http.MethodHead, "/"+language+each.path, s.adaptPage(language, each))
			}
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r.Handle(method, "/", s.chooseLanguage)
		r.Handle(method, "/static/:name", s.showFile)
	}
}

// adaptPage is adapt for people: an error becomes a page, and whoever is not signed in is shown where to.
func (s *Server) adaptPage(language string, r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Set("language", language)
		err := s.allowed(c, r.who)
		if errors.Is(err, errSignIn) {
			c.Redirect(http.StatusSeeOther, "/"+language+"/signin")
			return
		}
		if err == nil {
			err = r.handle(c)
		}
		if err != nil {
			s.pageFailed(c, err)
		}
	}
}

// pageLanguage is the language of the page that is asked for: that of its path, else what the browser says, else Kazakh.
func (s *Server) pageLanguage(c *gin.Context) string {
	if l := c.GetString("language"); l != "" {
		return l
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
	if isLang(first) {
		return first
	}
	return cmp.Or(s.locales.accepted(c.GetHeader("Accept-Language")), lang.Kazakh)
}

// chooseLanguage sends the first visit to the browser's language. A prefilled text comes along.
func (s *Server) chooseLanguage(c *gin.Context) {
	c.Header("Vary", "Accept-Language")
	to := url.URL{Path: "/" + s.pageLanguage(c), RawQuery: c.Request.URL.RawQuery}
	c.Redirect(http.StatusFound, to.String())
}

// A page is what every template gets.
type page struct {
	Lang    string
	Path    string // behind the language; empty is the check
	Query   string // of the same page in another language
	Title   string
	Private bool // not for search engines
	Staff   *staff
	Body    any
}

// In is the address of the page in another language.
func (p page) In(language string) string {
	return (&url.URL{Path: "/" + language + strings.TrimSuffix(p.Path, "/"), RawQuery: p.Query}).String()
}

// staff is what the desk's tabs offer an account.
type staff struct {
	Reviews, Admin bool
	Roles          string // in words, of those who have nothing to do at the desk
}

// page begins a page of the request's own address. One that answers a form has no query to keep.
func (s *Server) page(c *gin.Context, titleID string, body any) page {
	language := s.pageLanguage(c)
	p := page{Lang: language, Title: s.say(language, titleID, nil), Body: body}
	if rest, found := strings.CutPrefix(c.Request.URL.Path, "/"+language); found {
		p.Path = rest
	}
	if c.Request.Method == http.MethodGet {
		p.Query = c.Request.URL.RawQuery
	}
	return p
}

// deskPage is page for those who are signed in.
func (s *Server) deskPage(c *gin.Context, titleID string, body any) page {
	p := s.page(c, titleID, body)
	p.Private = true
	who, ok := s.signedIn(c)
	if !ok {
		return p
	}
	p.Staff = &staff{Reviews: who.Is(claims.RoleReviewer), Admin: who.Is(claims.RoleAdmin)}
	if home(who) == "" {
		p.Staff.Roles = s.sayRoles(p.Lang, who)
	}
	return p
}

// show renders a page whole before its status goes out.
func (s *Server) show(c *gin.Context, status int, name string, p page) error {
	t, ok := s.pages.templates[p.Lang][name]
	if !ok {
		return fmt.Errorf("api: no page %q in %q", name, p.Lang)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", p); err != nil {
		return fmt.Errorf("api: page %s: %w", name, err)
	}
	c.Header("Content-Language", p.Lang)
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// mayKeep lets browsers and proxies keep a page that is the same for everybody.
func mayKeep(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=60") // never stale: a review may have been withdrawn
}

// see sends the browser on after a form, so that a reload does not send it again.
func (s *Server) see(c *gin.Context, path string, query url.Values) error {
	to := url.URL{Path: "/" + s.pageLanguage(c) + path, RawQuery: query.Encode()}
	c.Redirect(http.StatusSeeOther, to.String())
	return nil
}

// messageBody is a page that has nothing but something to say.
type messageBody struct {
	Text   string
	Ref    string      // request id, where somebody may have to look for it
	Action string      // address of the form that could not be taken just now
	Again  []formValue // and what it held, to be sent again
}

type formValue struct{ Name, Value string }

// pageNotFound answers an address that no page has.
func (s *Server) pageNotFound(c *gin.Context) { s.pageFailed(c, errNoRoute) }

// pageFailed answers with the page of an error, and logs what somebody must look at.
func (s *Server) pageFailed(c *gin.Context, err error) {
	status, code := classify(err)
	p := s.deskPage(c, "problem."+code+".title", nil)
	body := messageBody{Text: s.say(p.Lang, "problem."+code+".detail", nil)}
	switch status {
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", strconv.Itoa(retryIn(err)))
		body.Action, body.Again = again(c)
		s.log.WarnContext(c.Request.Context(), "unavailable", "id", requestID(c), "route", c.FullPath(), "error", err)
	case http.StatusInternalServerError:
		body.Ref = requestID(c)
		if !errors.Is(err, errPanic) {
			s.log.ErrorContext(c.Request.Context(), "page failed", "id", requestID(c), "route", c.FullPath(), "error", err)
		}
	}
	if status == http.StatusNotFound || c.Request.Method != http.MethodGet {
		p.Path, p.Query = "", "" // the same address is nothing in another language either
	}
	p.Body = body
	c.Header("Cache-Control", "no-store")
	if err := s.show(c, status, "message", p); err != nil {
		s.log.ErrorContext(c.Request.Context(), "page not written", "id", requestID(c), "error", err)
	}
}

// again is a form that came when the store could not take it, so that its page can offer to send it once more: what was typed is not lost.
// It is empty for anything but a form.
func again(c *gin.Context) (action string, values []formValue) {
	if c.Request.Method != http.MethodPost || parseForm(c) != nil {
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.Request.PostForm)) {
		for _, value := range c.Request.PostForm[name] {
			values = append(values, formValue{printable(name), printable(value)})
		}
	}
	return c.Request.URL.Path, values
}

// A pageFault is one line of a form's error summary.
type pageFault struct {
	Field string // id of the element that it is about; empty: the whole form
	Text  string
}

// faults are the lines that tell of an error, in the reader's language. names gives the catalog key of a field's label.
func (s *Server) faults(language string, err error, names map[string]string) []pageFault {
	e, ok := errors.AsType[*claims.InvalidError](err)
	if !ok {
		_, code := classify(err)
		return []pageFault{{Text: s.say(language, "problem."+code+".detail", nil)}}
	}
	text := s.say(language, "field."+e.Problem, map[string]any{"Limit": e.Limit})
	if label := names[strings.TrimRight(strings.Map(dropDigits, e.Field), "/")]; label != "" {
		text = s.say(language, label, nil) + ": " + text
	}
	return []pageFault{{Field: strings.ReplaceAll(e.Field, "/", "-"), Text: text}}
}

// dropDigits makes "evidence/3/quote" and "evidence/0/quote" the same name.
func dropDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}
