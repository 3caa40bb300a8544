package api

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// reviewBody is a published review.
type reviewBody struct {
	Verdict             verdictView
	Lead, LeadLang      string
	Decided             string
	Recheck, Aged       bool   // it is being looked at again; nobody has looked at it for half a year
	Withdrawn           string // why, where it was retracted
	Claim, ClaimLang    string
	Techniques          []technique
	Evidence            []card
	Topic               string
	Published, Modified index.Date
	ValidUntil          index.Date
}

// A technique is a way to mislead, with what it means.
type technique struct{ Name, Meaning string }

// showReview is the page of a review. A claim that was merged is shown under the address of the one that it is a duplicate of.
func (s *Server) showReview(c *gin.Context) error {
	found, err := s.desk.Review(c.Request.Context(), claims.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if string(found.ID) != c.Param("id") {
		c.Redirect(http.StatusMovedPermanently, pagePath(s.pageLanguage(c), "/r/"+string(found.ID)))
		return nil
	}
	p := s.page(c, "review.title", nil)
	p.Query = ""
	r := found.Review
	v := reviewBody{Verdict: s.verdictView(p.Lang, r.Verdict), Decided: s.sayDecided(p.Lang, *r), Claim: found.Statement(), ClaimLang: found.Lang,
		Evidence: s.evidenceCards(p.Lang, r.Evidence), Topic: s.sayTopic(p.Lang, found.Topic),
		Published: index.DateOf(r.Published), Modified: index.DateOf(r.Modified), ValidUntil: index.DateOf(r.ValidUntil)}
	v.Lead, v.LeadLang = r.SummaryIn(p.Lang)
	if v.Modified == v.Published {
		v.Modified = ""
	}
	for _, t := range r.Techniques {
		v.Techniques = append(v.Techniques, technique{s.say(p.Lang, "technique."+t, nil), s.say(p.Lang, "technique_meaning."+t, nil)})
	}
	switch {
	case found.State == claims.StateRetracted && found.Closing != nil:
		v.Withdrawn = found.Closing.Note
	case found.State != claims.StatePublished:
		v.Recheck = true
	case !found.Asserted(s.cfg.Now()):
		v.Aged = true
	}
	p.Title, p.Body = v.Verdict.Word, v
	mayKeep(c)
	return s.show(c, http.StatusOK, "review", p)
}

// casesBody is the list of published reviews for teaching.
type casesBody struct {
	Filters         []choice
	Items           []caseItem
	More, CSV, JSON string // addresses
}

type caseItem struct {
	ID               claims.ID
	Verdict          verdictView
	Claim, ClaimLang string
	Lead, LeadLang   string
	Topic            string
	Published        index.Date
}

// pageSize is how many entries a list shows at once.
const pageSize = 25

// leadChars is how much of a summary a list shows.
const leadChars = 220

func (s *Server) showCases(c *gin.Context) error {
	p := s.page(c, "cases.title", nil)
	chosen := claims.Selection{Lang: c.Query("lang"), Topic: c.Query("topic"), Verdict: claims.Verdict(c.Query("verdict")),
		Technique: c.Query("technique"), After: claims.Cursor(c.Query("cursor")), Limit: pageSize}
	found, next, err := s.desk.Cases(c.Request.Context(), chosen, 0)
	if err != nil {
		return err
	}
	body := casesBody{Filters: []choice{
		newChoice(s, p.Lang, "topic", "topic.label", "filter.all_topics", "topic", index.Topics(), chosen.Topic),
		newChoice(s, p.Lang, "lang", "filter.language", "filter.all_languages", "language", pageLanguages(), chosen.Lang),
		newChoice(s, p.Lang, "verdict", "verdict.label", "filter.all_verdicts", "verdict", claims.Verdicts(), string(chosen.Verdict)),
		newChoice(s, p.Lang, "technique", "technique.label", "filter.all_techniques", "technique", claims.Techniques(), chosen.Technique),
	}}
	for _, each := range found {
		text, in := each.Review.SummaryIn(p.Lang)
		body.Items = append(body.Items, caseItem{ID: each.ID, Verdict: s.verdictView(p.Lang, each.Review.Verdict), Claim: each.Statement(),
			ClaimLang: each.Lang, Lead: shorten(text, leadChars), LeadLang: in, Topic: s.sayTopic(p.Lang, each.Topic),
			Published: index.DateOf(each.Review.Modified)})
	}
	filter := kept(c, "topic", "lang", "verdict", "technique")
	shown := maps.Clone(filter)
	shown.Set("n", strconv.Itoa(pageSize))
	if chosen.After != "" {
		shown.Set("cursor", base64.RawURLEncoding.EncodeToString([]byte(chosen.After)))
	}
	body.CSV, body.JSON = address("/v1/cases.csv", shown), address("/v1/cases", shown)
	body.More = moreAddress(pagePath(p.Lang, "/cases"), filter, next)
	p.Body = body
	mayKeep(c)
	return s.show(c, http.StatusOK, "cases", p)
}

// kept are the query's fields of the given names that are not empty.
func kept(c *gin.Context, names ...string) url.Values {
	q := url.Values{}
	for _, name := range names {
		if v := c.Query(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

func address(path string, query url.Values) string {
	return (&url.URL{Path: path, RawQuery: query.Encode()}).String()
}

// moreAddress is where a list goes on, or empty at its end.
func moreAddress(path string, filter url.Values, next claims.Cursor) string {
	if next == "" {
		return ""
	}
	filter.Set("cursor", string(next))
	return address(path, filter)
}

// sourceItem is a source of the register.
type sourceItem struct {
	Name, Kind string
	Hosts      []string
	Documents  int
	Crawled    index.Date
}

func (s *Server) showSources(c *gin.Context) error {
	p := s.page(c, "sources.title", nil)
	counts, err := s.cfg.Index.Count(c.Request.Context())
	if err != nil {
		return err
	}
	var info map[string]SourceInfo
	if s.cfg.SourceInfo != nil {
		if info, err = s.cfg.SourceInfo(c.Request.Context()); err != nil {
			return err
		}
	}
	items := make([]sourceItem, 0, len(s.cfg.Sources))
	for _, source := range s.cfg.Sources {
		known := info[source.ID]
		item := sourceItem{Name: source.NameIn(p.Lang), Kind: s.sourceKind(p.Lang, source.ID), Crawled: index.DateOf(known.LastCrawl),
			Documents: counts[index.KindGuidance][source.ID] + counts[index.KindSummary][source.ID]}
		for _, start := range known.Start {
			if host := hostOf(start); host != "" && !slices.Contains(item.Hosts, host) {
				item.Hosts = append(item.Hosts, host)
			}
		}
		items = append(items, item)
	}
	p.Query, p.Body = "", items
	mayKeep(c)
	return s.show(c, http.StatusOK, "sources", p)
}

// aboutBody is what the page about the service lists.
type aboutBody struct {
	Verdicts []verdictView
	Second   bool // a finding waits for a second reviewer
}

// showAbout says what this is, how verdicts are made and what is stored.
func (s *Server) showAbout(c *gin.Context) error {
	p := s.page(c, "about.title", nil)
	var verdicts []verdictView
	for _, v := range claims.Verdicts() {
		verdicts = append(verdicts, s.verdictView(p.Lang, v))
	}
	p.Query, p.Body = "", aboutBody{verdicts, s.desk.SecondReview()}
	mayKeep(c)
	return s.show(c, http.StatusOK, "about", p)
}
