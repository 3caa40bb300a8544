package crawler

import (
	"bytes"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"dalel/index"
	"dalel/index/lang"
)

const (
	maxLinks     = 5_000
	langSample   = 4_000 // bytes of text from which a language is told
	surelyOther  = 0.9   // from here on the text is believed against what the page states
	surelyEnough = 0.6   // from here on the text is believed where the page states nothing
)

// A Page is what could be read of a page: its text in passages, and what it says of itself.
type Page struct {
	Title     string
	Lang      string     // BCP 47; empty where nothing tells
	Canonical string     // the address that the page gives as its own, if it lies within the source; else its address
	Published index.Date // as stated
	Modified  index.Date // as stated
	Passages  []index.Passage
	Links     []string // within the source, in the order of the main content, each once
	NoIndex   bool     // the page asks not to be kept in an index
	TextOnly  string   // why the page was read without a parser; empty for most
}

// Extract reads a page in UTF-8 that was found at an address of a source. It depends on nothing but its arguments; now is there to
// tell dates in the future, which are dropped. It never fails: a page without text has no passages. A page that a parser cannot be
// trusted with is read without one, then without links and dates too.
func Extract(page []byte, at *url.URL, s *Source, now time.Time) Page {
	err := gate(page)
	if err == nil {
		var doc *html.Node
		if doc, err = html.Parse(bytes.NewReader(page)); err == nil {
			return extractParsed(goquery.NewDocumentFromNode(doc), at, s, now)
		}
	}
	blocks, title := textBlocks(page)
	p := Page{Title: firstRunes(title, maxHeading), Canonical: at.String(), TextOnly: err.Error()}
	p.Passages = toPassages(p.Title, blocks, false)
	p.Lang = languageOf("", &p, s)
	return p
}

func extractParsed(doc *goquery.Document, at *url.URL, s *Source, now time.Time) Page {
	h := readHead(doc.Nodes[0])
	p := Page{Title: h.titleOf(at), Canonical: at.String()}
	p.Published, p.Modified = h.dates(now)
	noFollow := false
	p.NoIndex, noFollow = forbids(h.meta["robots"], h.meta[strings.ToLower(productToken)])

	base := at
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if b, err := parseAddress(at, href); err == nil {
			base = b
		}
	}
	if u, err := parseAddress(base, h.canonical); err == nil && h.canonical != "" && s.Owns(u) && (u.Scheme == at.Scheme || at.Scheme == "http") {
		p.Canonical = u.String()
	}

	body := doc.Find("body").First()
	if body.Length() == 0 {
		return p
	}
	drop := map[*html.Node]bool{}
	if s.Remove != "" {
		for _, n := range doc.Find(s.Remove).Nodes {
			drop[n] = true
		}
	}
	anatomy := study(body.Nodes[0], drop)
	roots := chosenRoots(doc, s.Root)
	if roots == nil {
		roots = []*html.Node{anatomy.root(body.Nodes[0])}
	}
	var blocks []block
	for _, root := range roots {
		blocks = append(blocks, readBlocks(anatomy, root, s.Kind == "fact-checker")...)
	}
	if len(h.headings) == 1 && !slices.ContainsFunc(blocks, func(b block) bool { return b.level == 1 }) {
		blocks = append([]block{{level: 1, text: h.headings[0]}}, blocks...)
	}
	p.Passages = toPassages(p.Title, blocks, false)
	if len(p.Passages) == 0 {
		p.Passages = toPassages(p.Title, blocks, true)
	}
	p.Lang = languageOf(h.language(), &p, s)
	if !noFollow {
		p.Links = links(anatomy, roots, base, s)
	}
	return p
}

// check reports why an index would refuse the page's document.
func (p *Page) check() error {
	return index.Document{ID: p.Canonical, Kind: index.KindGuidance, Lang: p.Lang, Passages: p.Passages}.Check()
}

// chosenRoots gives the outermost elements that the source's root selector names, or nil.
func chosenRoots(doc *goquery.Document, selector string) []*html.Node {
	if selector == "" {
		return nil
	}
	nodes := doc.Find(selector).Nodes
	named := make(map[*html.Node]bool, len(nodes))
	for _, n := range nodes {
		named[n] = true
	}
	return slices.DeleteFunc(nodes, func(n *html.Node) bool {
		for up := n.Parent; up != nil; up = up.Parent {
			if named[up] {
				return true
			}
		}
		return false
	})
}

// otherMedia are the endings of addresses that never lead to HTML, so that nobody has to be asked to find that out.
var otherMedia = wordSet(`.pdf .doc .docx .xls .xlsx .ppt .pptx .odt .ods .rtf .csv .txt .ris .bib .epub .zip .gz .rar .7z .exe .apk .jpg .jpeg
	.png .gif .webp .svg .ico .bmp .tif .tiff .mp3 .mp4 .m4a .m4v .avi .mov .wmv .webm .ogg .wav .css .js .json .xml .rss .atom`)

func links(p *anatomy, roots []*html.Node, base *url.URL, s *Source) []string {
	var out []string
	seen := map[string]bool{}
	for _, root := range roots {
		p.each(root, func(n *html.Node) {
			href := attr(n, "href")
			if n.Data != "a" || href == "" || href[0] == '#' || len(out) == maxLinks || strings.Contains(attr(n, "rel"), "nofollow") {
				return
			}
			u, err := parseAddress(base, href)
			if err != nil {
				return
			}
			if otherMedia[strings.ToLower(path.Ext(u.Path))] {
				return
			}
			if base.Scheme == "https" {
				u.Scheme = "https"
			}
			if to := u.String(); s.Owns(u) && !seen[to] {
				seen[to] = true
				out = append(out, to)
			}
		})
	}
	return out
}

// languageOf weighs what a page states against what its text looks like: templates often state the language of another page.
func languageOf(stated string, p *Page, s *Source) string {
	var sample strings.Builder
	for _, passage := range p.Passages {
		if sample.Len() > langSample {
			break
		}
		sample.WriteString(passage.Text)
		sample.WriteByte('\n')
	}
	seen, sure := lang.Identify(sample.String())
	known := slices.Contains(index.Languages(), stated)
	switch {
	case known && (seen == "" || sure < surelyOther):
		return stated
	case known || stated == "" && sure >= surelyEnough:
		return seen
	case stated != "":
		return stated
	case len(s.Languages) == 1:
		return s.Languages[0]
	}
	return ""
}
