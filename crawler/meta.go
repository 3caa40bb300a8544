package crawler

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"dalel/index"
)

// Bounds of the JSON-LD that is read of one page.
const (
	maxScripts  = 20
	maxScript   = 256 << 10 // bytes
	maxLDDepth  = 8
	maxLDValues = 10_000
)

// head is what a page says of itself: meta elements by lower-case name, and what else stands in fixed places.
type head struct {
	meta      map[string]string // the first of each name, property, itemprop or http-equiv
	title     string
	lang      string
	canonical string
	scripts   []string // of type application/ld+json
	times     []timeElement
	headings  []string // of level 1
}

type timeElement struct{ role, value string }

func readHead(doc *html.Node) *head {
	h := &head{meta: map[string]string{}}
	h.read(doc)
	return h
}

func (h *head) read(n *html.Node) {
	if n.Type == html.ElementNode {
		switch n.DataAtom {
		case atom.Html:
			if h.lang = attr(n, "lang"); h.lang == "" {
				h.lang = attr(n, "xml:lang")
			}
		case atom.Title:
			if h.title == "" && n.FirstChild != nil {
				h.title = cleanText(n.FirstChild.Data)
			}
		case atom.Meta:
			for _, key := range []string{"name", "property", "itemprop", "http-equiv"} {
				if name := strings.ToLower(attr(n, key)); name != "" && h.meta[name] == "" {
					h.meta[name] = attr(n, "content")
				}
			}
		case atom.Link:
			if h.canonical == "" && slices.Contains(strings.Fields(strings.ToLower(attr(n, "rel"))), "canonical") {
				h.canonical = attr(n, "href")
			}
		case atom.Script:
			if strings.EqualFold(attr(n, "type"), "application/ld+json") && n.FirstChild != nil && len(h.scripts) < maxScripts && len(n.FirstChild.Data) <= maxScript {
				h.scripts = append(h.scripts, n.FirstChild.Data)
			}
		case atom.Time:
			h.times = append(h.times, timeOf(n))
		case atom.H1:
			h.headings = append(h.headings, cleanText(allText(n)))
		}
		if role := attr(n, "itemprop"); n.DataAtom != atom.Time && n.DataAtom != atom.Meta && (role == "datePublished" || role == "dateModified") {
			value := attr(n, "content")
			if value == "" {
				value = attr(n, "datetime")
			}
			h.times = append(h.times, timeElement{role, value})
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.read(c)
	}
}

func timeOf(n *html.Node) timeElement {
	t := timeElement{role: attr(n, "itemprop"), value: attr(n, "datetime")}
	if t.value == "" {
		t.value = firstRunes(allText(n), 100)
	}
	class := strings.ToLower(attr(n, "class"))
	switch {
	case t.role != "":
	case hasAttr(n, "pubdate"), strings.Contains(class, "publish"):
		t.role = "datePublished"
	case strings.Contains(class, "updated"), strings.Contains(class, "modified"):
		t.role = "dateModified"
	}
	return t
}

// Meta names in the order in which they are believed.
var (
	publishedMeta = []string{
		"article:published_time", "cdc:first_published", "og:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
		"dc.date.created", "dcterms.created", "citation_publication_date", "pubdate",
	}
	modifiedMeta = []string{
		"cdc:last_updated", "article:modified_time", "og:updated_time", "datemodified", "dc.date.modified", "dcterms.modified",
		"last-modified", "dc.date", "dcterms.date",
	}
)

// dates gives the first date of each kind that a page states and that can be read: in JSON-LD, in meta elements, in time elements that
// say what they are, and last in a page's only time element, which is taken for the date of publication.
func (h *head) dates(now time.Time) (published, modified index.Date) {
	ldPublished, ldModified := h.linkedData(now)
	published, modified = ldPublished, ldModified
	for _, name := range publishedMeta {
		if published == "" {
			published = parseDate(h.meta[name], now)
		}
	}
	for _, name := range modifiedMeta {
		if modified == "" {
			modified = parseDate(h.meta[name], now)
		}
	}
	stated := map[index.Date]bool{}
	var only index.Date
	for _, t := range h.times {
		d := parseDate(t.value, now)
		switch {
		case d == "":
			continue
		case t.role == "datePublished" && published == "":
			published = d
		case t.role == "dateModified" && modified == "":
			modified = d
		}
		stated[d], only = true, d
	}
	if published == "" && len(stated) == 1 && only != modified {
		published = only
	}
	return published, modified
}

// linkedData reads datePublished and dateModified of the page's own items in JSON-LD: those of its top level, of a graph, and of the
// main entity; never those of what the page merely mentions.
func (h *head) linkedData(now time.Time) (published, modified index.Date) {
	values := 0
	var visit func(v any, depth int)
	visit = func(v any, depth int) {
		if values++; depth > maxLDDepth || values > maxLDValues {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e, depth+1)
			}
		case map[string]any:
			if s, ok := v["datePublished"].(string); ok && published == "" {
				published = parseDate(s, now)
			}
			if s, ok := v["dateModified"].(string); ok && modified == "" {
				modified = parseDate(s, now)
			}
			for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage"} {
				visit(v[key], depth+1)
			}
		}
	}
	for _, script := range h.scripts {
		var v any
		if err := json.Unmarshal([]byte(script), &v); err == nil {
			visit(v, 0)
		}
	}
	return published, modified
}

// language is the language tag that the page states, in lower case and without region, or empty.
func (h *head) language() string {
	for _, tag := range []string{h.lang, h.meta["content-language"], h.meta["og:locale"], h.meta["dc.language"]} {
		tag = strings.ToLower(strings.TrimSpace(tag))
		if end := strings.IndexAny(tag, "-_, "); end >= 0 {
			tag = tag[:end]
		}
		switch tag {
		case "":
		case "kz", "kaz": // the country's code and ISO 639-2, for want of "kk"
			return "kk"
		case "rus":
			return "ru"
		case "eng":
			return "en"
		default:
			return tag
		}
	}
	return ""
}

// forbids reports what a robots meta element or X-Robots-Tag asks of crawlers.
func forbids(directives ...string) (index, follow bool) {
	for _, d := range directives {
		for word := range strings.FieldsFuncSeq(strings.ToLower(d), func(r rune) bool { return r == ',' || r == ' ' }) {
			switch word {
			case "noindex":
				index = true
			case "nofollow":
				follow = true
			case "none":
				index, follow = true, true
			}
		}
	}
	return index, follow
}

// titleOf is the page's title: its only heading of level 1, else what it gives to social networks, else its title element.
func (h *head) titleOf(u *url.URL) string {
	candidates := []string{h.meta["og:title"], h.title, strings.Join(h.headings, " "), u.Host + u.Path}
	if len(h.headings) == 1 {
		candidates = append(h.headings, candidates...)
	}
	for _, t := range candidates {
		if t = cleanText(t); t != "" {
			return firstRunes(t, maxHeading)
		}
	}
	return ""
}
