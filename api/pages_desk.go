package api

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// deskBody is the list of claims that wait, or of any other state.
type deskBody struct {
	Said       string
	Errors     []pageFault
	Lang, Band string // of the filter, for the next claim too
	Counts     []stateCount
	Filters    []choice
	Q          string
	Items      []deskItem
	More       string // address
}

type stateCount struct {
	State, Name string
	N           int64
}

type deskItem struct {
	ID                   claims.ID
	Band, Tone           string
	Due, State, Language string
	Lang, Text           string
	Requests             int64
	Escalated            bool
	Holder, Why          string
}

// What the list shows beside the states themselves.
const (
	listMine      = "mine"
	listEscalated = "escalated"
)

// deskListing reads the list's filter from the address. What is not a value of ours chooses all.
func deskListing(c *gin.Context) (l claims.Listing, state string) {
	state = c.Query("state")
	l = claims.Listing{Q: cut(printable(c.Query("q")), 200), After: claims.Cursor(c.Query("cursor")), Limit: pageSize}
	switch {
	case state == listMine:
		l.Mine = true
	case state == listEscalated:
		l.Escalated = true
	case slices.Contains(claims.States(), claims.State(state)):
		l.State = claims.State(state)
	default:
		state = ""
	}
	if v := c.Query("lang"); isLang(v) {
		l.Lang = v
	}
	if v := claims.Band(c.Query("band")); slices.Contains(claims.Bands(), v) {
		l.Band = v
	}
	return l, state
}

func (s *Server) showDesk(c *gin.Context) error {
	return s.deskList(c, http.StatusOK, "")
}

// deskList shows the list, after an act with what it did.
func (s *Server) deskList(c *gin.Context, status int, said string) error {
	ctx := c.Request.Context()
	who, err := s.account(c)
	if err != nil {
		return err
	}
	p := s.deskPage(c, "desk.title", nil)
	p.Path = "/desk"
	l, state := deskListing(c)
	found, next, err := s.desk.List(ctx, who, l)
	if err != nil {
		return err
	}
	counts, err := s.desk.Waiting(ctx)
	if err != nil {
		return err
	}
	names, err := s.names(c)
	if err != nil {
		return err
	}
	body := deskBody{Said: said, Lang: l.Lang, Band: string(l.Band), Q: l.Q}
	if body.Said == "" {
		body.Said = s.sayDone(p.Lang, c.Query("said"))
	}
	for _, each := range claims.States() {
		if counts[each] > 0 {
			body.Counts = append(body.Counts, stateCount{string(each), s.say(p.Lang, "state."+string(each), nil), counts[each]})
		}
	}
	lists := []string{listMine}
	if who.Is(claims.RoleEditor) {
		lists = append(lists, listEscalated)
	}
	for _, each := range claims.States() {
		lists = append(lists, string(each))
	}
	body.Filters = []choice{
		newChoice(s, p.Lang, "state", "filter.state", "filter.waiting", "state", lists, state),
		newChoice(s, p.Lang, "lang", "filter.language", "filter.all_languages", "language", pageLanguages(), l.Lang),
		newChoice(s, p.Lang, "band", "filter.band", "filter.all_bands", "band", claims.Bands(), string(l.Band)),
	}
	for _, each := range found {
		body.Items = append(body.Items, s.deskItem(p.Lang, who, each, names))
	}
	body.More = moreAddress(pagePath(p.Lang, "/desk"), kept(c, "state", "lang", "band", "q"), next)
	p.Body = body
	return s.show(c, status, "desk", p)
}

// listedChars is how much of a claim's text the list shows.
const listedChars = 200

func (s *Server) deskItem(language string, who claims.Account, c claims.Claim, names map[string]string) deskItem {
	item := deskItem{ID: c.ID, Band: s.say(language, "band."+string(c.Priority.Band), nil), Tone: bandTone(c.Priority.Band),
		State: s.say(language, "state."+string(c.State), nil), Language: s.say(language, "language."+c.Lang, nil), Lang: c.Lang,
		Text: shorten(c.Text, listedChars), Requests: c.Requests, Escalated: c.Escalated,
		Holder: s.sayLease(language, who, c, names)}
	if c.Open() {
		item.Due = s.sayDue(language, c.Priority)
		item.Why = strings.Join(s.whys(language, c.Priority), "; ")
	}
	return item
}

// whys are a priority's reasons in words.
func (s *Server) whys(language string, p claims.Priority) []string {
	return reader{Server: s, lang: language}.priority(p).Why
}

// sayLease says who has a claim and for how long, or nothing.
func (s *Server) sayLease(language string, who claims.Account, c claims.Claim, names map[string]string) string {
	now := s.cfg.Now()
	l := c.LeaseAt(now)
	if l == nil {
		return ""
	}
	left := s.sayDuration(language, l.Until.Sub(now))
	if l.Holder == who.ID {
		return s.say(language, "lease.mine", map[string]any{"For": left})
	}
	return s.say(language, "lease.other", map[string]any{"Name": cmp.Or(names[l.Holder], l.Holder), "For": left})
}

// names are the accounts' names by ID. Only the desk shows them, to those who work there.
func (s *Server) names(c *gin.Context) (map[string]string, error) {
	accounts, err := s.desk.Accounts(c.Request.Context())
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(accounts))
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	return names, nil
}

// done are the acts of which a page tells after it, by ?said=.
func done() []string {
	return []string{"taken", "released", "saved", "proposed", "approved", "returned", "closed", "duplicate", "unmerged", "rejected", "escalated", "deescalated", "recheck",
		"retracted", "reopened", "empty", "gone"}
}

// sayDone tells of an act that has been done, or nothing.
func (s *Server) sayDone(language, said string) string {
	if !slices.Contains(done(), said) {
		return ""
	}
	return s.say(language, "done."+said, nil)
}

// postNext leases the most urgent claim of the filter that is shown.
func (s *Server) postNext(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	who, err := s.account(c)
	if err != nil {
		return err
	}
	var f claims.Filter
	back := url.Values{}
	if v := c.PostForm("lang"); isLang(v) {
		f.Langs = []string{v}
		back.Set("lang", v)
	}
	if v := claims.Band(c.PostForm("band")); slices.Contains(claims.Bands(), v) {
		f.Band = v
		back.Set("band", string(v))
	}
	next, err := s.desk.Next(c.Request.Context(), claims.Act{By: who}, f)
	switch {
	case errors.Is(err, claims.ErrNotFound):
		back.Set("said", "empty")
		return s.see(c, "/desk", back)
	case errors.Is(err, claims.ErrConflict):
		back.Set("said", "gone")
		return s.see(c, "/desk", back)
	case err != nil:
		return err
	}
	return s.see(c, "/desk/c/"+string(next.ID), url.Values{"said": {"taken"}})
}

// sayTime is a moment as the history shows it, to the minute, in UTC.
func sayTime(t time.Time) string { return t.UTC().Format("15:04 UTC") }
