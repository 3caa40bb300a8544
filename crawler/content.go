package crawler

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Shares by which the main content is told from what surrounds it.
const (
	mainShare   = 0.25 // a main or article element with less of the page's own text is not the main content
	keepShare   = 0.85 // of the text that the chosen element keeps when the search goes down from body
	chromeShare = 0.40 // an element with more of the page's text is not chrome, whatever its class says
	linkedShare = 0.50 // an element of links, if its class says navigation
	maxShort    = 60   // letters in an element of a few words
	maxLabel    = 300  // letters in a control that opens a panel; longer ones are no label
)

// weight is the size of an element's text in letters and digits, and how much of it stands in links.
type weight struct{ text, linked int }

func (w weight) own() int { return w.text - w.linked }

// anatomy is what is known of a parsed page before its text is read.
type anatomy struct {
	all    map[*html.Node]weight // of every element, everything counted
	own    map[*html.Node]weight // without what is chrome
	chrome map[*html.Node]bool
	labels map[string]string // panel id → the text of the control that opens it
	total  int
}

// study measures a page. Elements in drop (from the source's remove selector) count as chrome.
func study(body *html.Node, drop map[*html.Node]bool) *anatomy {
	p := &anatomy{
		all: map[*html.Node]weight{}, own: map[*html.Node]weight{}, chrome: map[*html.Node]bool{}, labels: map[string]string{},
	}
	p.total = p.measure(body, false).text
	p.judge(body, false, drop)
	return p
}

func (p *anatomy) measure(n *html.Node, linked bool) weight {
	var w weight
	switch n.Type {
	case html.TextNode:
		for _, r := range n.Data {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				w.text++
			}
		}
		if linked {
			w.linked = w.text
		}
		return w
	case html.ElementNode:
		if isSkipped(n.DataAtom) {
			return w
		}
		linked = linked || n.DataAtom == atom.A && attr(n, "href") != ""
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		v := p.measure(c, linked)
		w.text, w.linked = w.text+v.text, w.linked+v.linked
	}
	p.all[n] = w
	if n.Type == html.ElementNode {
		if target := controls(n); target != "" && p.labels[target] == "" && w.text > 0 && w.text <= maxLabel {
			p.labels[target] = cleanText(allText(n))
		}
	}
	return w
}

// judge finds the chrome and weighs what is left.
func (p *anatomy) judge(n *html.Node, inMain bool, drop map[*html.Node]bool) weight {
	var w weight
	if n.Type == html.TextNode {
		for _, r := range n.Data {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				w.text++
			}
		}
		return w
	}
	if n.Type == html.ElementNode {
		if isSkipped(n.DataAtom) || drop[n] || p.isChrome(n, inMain) {
			p.chrome[n] = true
			return w
		}
		inMain = inMain || isMain(n) || n.DataAtom == atom.Article
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		v := p.judge(c, inMain, drop)
		w.text, w.linked = w.text+v.text, w.linked+v.linked
	}
	if n.Type == html.ElementNode && n.DataAtom == atom.A && attr(n, "href") != "" {
		w.linked = w.text
	}
	p.own[n] = w
	return w
}

var (
	// chromeWords in a class or id are chrome wherever they stand.
	chromeWords = wordSet(`breadcrumb breadcrumbs breadscrumb cookie cookies gdpr skip skipmenu pagination pager newsletter advert adverts
		advertisement comments respond disqus sr visuallyhidden noprint`)
	// shortWords may also name what a page is about (social distancing, informed consent): they are chrome on elements of a few words.
	shortWords = wordSet(`share sharing social consent subscribe comment popup print`)
	// linkWords are chrome on elements that are mostly links.
	linkWords = wordSet(`menu nav navbar navigation sidebar related recommended toc links tags footer header more teaser teasers carousel
		widget share sharing social subscribe`)
	chromeRoles = wordSet(`navigation banner contentinfo search complementary dialog alertdialog menu menubar`)
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

func (p *anatomy) isChrome(n *html.Node, inMain bool) bool {
	w := p.all[n]
	if float64(w.text) > chromeShare*float64(p.total) {
		return false
	}
	if isHidden(n) && !p.isPanel(n) {
		return true
	}
	switch n.DataAtom {
	case atom.Nav, atom.Aside, atom.Footer:
		return true
	case atom.Header:
		return !inMain
	}
	if chromeRoles[attr(n, "role")] {
		return true
	}
	if headingLevel(n.DataAtom) > 0 {
		return false // its id says what it is about
	}
	linky := float64(w.linked) > linkedShare*float64(w.text)
	for _, name := range []string{attr(n, "class"), attr(n, "id")} {
		for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if chromeWords[word] || linky && linkWords[word] || w.text <= maxShort && shortWords[word] {
				return true
			}
		}
	}
	return false
}

// isPanel reports whether an element is hidden only until the reader opens it.
func (p *anatomy) isPanel(n *html.Node) bool {
	if id := attr(n, "id"); id != "" && p.labels[id] != "" {
		return true
	}
	if role := attr(n, "role"); role == "tabpanel" || role == "region" {
		return true
	}
	class := strings.ToLower(attr(n, "class"))
	for _, word := range []string{"collaps", "accordion", "panel", "tab-", "toggle", "answer", "expand"} {
		if strings.Contains(class, word) {
			return true
		}
	}
	return false
}

// root chooses the element with the main content: the page's only main element, else its only article, else the smallest element
// that keeps most of the text. It never gives nil.
func (p *anatomy) root(body *html.Node) *html.Node {
	total := p.own[body].own()
	for _, is := range []func(*html.Node) bool{isMain, func(n *html.Node) bool { return n.DataAtom == atom.Article }} {
		var found []*html.Node
		p.each(body, func(n *html.Node) {
			if is(n) {
				found = append(found, n)
			}
		})
		if len(found) == 1 && float64(p.own[found[0]].own()) >= mainShare*float64(total) {
			return found[0]
		}
	}
	at := body
	for {
		var next *html.Node
		for c := at.FirstChild; c != nil; c = c.NextSibling {
			if isContainer(c.DataAtom) && float64(p.own[c].own()) >= keepShare*float64(total) {
				next = c
			}
		}
		if next == nil || total == 0 {
			return at
		}
		at = next
	}
}

// each visits the elements that are not chrome, outer ones first.
func (p *anatomy) each(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		if p.chrome[n] {
			return
		}
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.each(c, visit)
	}
}
