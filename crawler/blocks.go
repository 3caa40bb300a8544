package crawler

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxBlocks bounds what is read of one page.
const maxBlocks = 50_000

// panelLevel is the level of the first heading that is none in the markup: the label of a panel. Panels in panels go deeper.
const panelLevel = 7

// A block is a piece of a page in reading order: a heading, a paragraph, a list item, a table row, or the end of a panel.
type block struct {
	level  int // of a heading, from 1; 0 for text
	ends   int // no text: headings of this level and deeper end here
	text   string
	anchor string
	row    bool // of a table, with the names of its columns
	claim  bool // a quotation on a fact-checker's page
	linked bool // a short text that is nothing but links
}

// reader walks a parsed page and writes its blocks.
type reader struct {
	*anatomy
	blocks  []block
	anchors []string // ids of the enclosing elements, innermost last
	panels  []*html.Node
	quotes  bool // blockquotes hold what the page refutes
	quoted  int  // depth in such blockquotes

	line   strings.Builder
	text   int // letters and digits in line
	linked int // of them in links
	inLink int
	breaks int // br elements since the last text
}

// readBlocks gives the blocks of root.
func readBlocks(p *anatomy, root *html.Node, quotes bool) []block {
	r := &reader{anatomy: p, quotes: quotes}
	r.children(root)
	r.flush()
	return r.blocks
}

func (r *reader) emit(b block) {
	if len(r.blocks) >= maxBlocks {
		return
	}
	b.claim = r.quoted > 0
	if b.anchor == "" && len(r.anchors) > 0 {
		b.anchor = r.anchors[len(r.anchors)-1]
	}
	r.blocks = append(r.blocks, b)
}

// flush ends a line of running text.
func (r *reader) flush() {
	if text := cleanText(r.line.String()); r.text > 0 && text != "" {
		r.emit(block{text: text, linked: r.linked*10 > r.text*9 && len(strings.Fields(text)) < 12})
	}
	r.line.Reset()
	r.text, r.linked, r.breaks = 0, 0, 0
}

func (r *reader) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.node(c)
	}
	r.leave(n)
}

// leave ends the panels that n holds.
func (r *reader) leave(n *html.Node) {
	if i := slices.Index(r.panels, n); i >= 0 {
		for len(r.panels) > i {
			r.endPanel()
		}
	}
}

func (r *reader) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		r.characters(n.Data)
	case html.ElementNode:
		if !r.chrome[n] && !isSkipped(n.DataAtom) {
			r.element(n)
		}
	}
}

func (r *reader) characters(s string) {
	for _, c := range s {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			r.text++
			if r.inLink > 0 {
				r.linked++
			}
			r.breaks = 0
		}
	}
	r.line.WriteString(s)
}

func (r *reader) element(n *html.Node) {
	if id := attr(n, "id"); id != "" && isBlock(n.DataAtom) && len(id) <= 100 && cleanText(id) == id {
		r.anchors = append(r.anchors, id)
		defer func() { r.anchors = r.anchors[:len(r.anchors)-1] }()
	}
	if label := r.labels[attr(n, "id")]; label != "" && attr(n, "id") != "" && r.all[n].text > 0 {
		r.flush()
		if !r.headed(label) {
			r.heading(panelLevel+len(r.panels), label, "")
			r.panels = append(r.panels, n)
		}
	}
	level := headingLevel(n.DataAtom)
	if attr(n, "role") == "heading" && level == 0 {
		level = 2
		if l := attr(n, "aria-level"); len(l) == 1 && l[0] >= '1' && l[0] <= '6' {
			level = int(l[0] - '0')
		}
	}
	switch {
	case level > 0:
		r.flush()
		r.heading(level, cleanText(allText(n)), headingAnchor(n))
	case n.DataAtom == atom.Summary || n.DataAtom == atom.Dt:
		r.flush()
		r.panel(n, n.Parent)
	case controls(n) != "" && r.labels[controls(n)] != "" && n.DataAtom != atom.Div:
		// The panel that it opens carries its text as a heading.
	case isTrigger(n) && r.all[n].text <= maxLabel:
		r.flush()
		r.panel(n, r.scope(n))
	case n.DataAtom == atom.Button:
	case n.DataAtom == atom.Br:
		r.line.WriteByte(' ')
		if r.breaks++; r.breaks > 1 {
			r.flush()
		}
	case n.DataAtom == atom.Table && r.isData(n):
		r.flush()
		r.table(n)
	case n.DataAtom == atom.Blockquote && r.quotes:
		r.flush()
		r.quoted++
		r.children(n)
		r.flush()
		r.quoted--
	case n.DataAtom == atom.P && r.isQuestion(n):
		r.flush()
		r.panel(n, n.Parent)
	case isBlock(n.DataAtom):
		r.flush()
		r.children(n)
		r.flush()
	case n.DataAtom == atom.A && attr(n, "href") != "":
		r.inLink++
		r.children(n)
		r.inLink--
	default:
		r.children(n)
	}
	r.leave(n)
}

// heading emits a heading, unless it is empty.
func (r *reader) heading(level int, text, anchor string) {
	if text != "" {
		r.emit(block{level: level, text: text, anchor: anchor})
	}
}

// headed reports whether text is the heading that was read last.
func (r *reader) headed(text string) bool {
	return len(r.blocks) > 0 && r.blocks[len(r.blocks)-1].level > 0 && r.blocks[len(r.blocks)-1].text == text
}

// panel makes an element the heading of what follows it within scope. A further one in the same scope takes its place.
func (r *reader) panel(n, scope *html.Node) {
	if len(r.panels) > 0 && r.panels[len(r.panels)-1] == scope {
		r.endPanel()
	}
	r.heading(panelLevel+len(r.panels), cleanText(allText(n)), attr(n, "id"))
	r.panels = append(r.panels, scope)
}

func (r *reader) endPanel() {
	r.flush()
	r.panels = r.panels[:len(r.panels)-1]
	r.emit(block{ends: panelLevel + len(r.panels)})
}

// scope is the nearest element around a trigger that holds more than its text.
func (r *reader) scope(n *html.Node) *html.Node {
	at := n.Parent
	for at.Parent != nil && at.Parent.Type == html.ElementNode && r.all[at].text <= r.all[n].text {
		at = at.Parent
	}
	return at
}

// isQuestion reports whether a paragraph is a question in bold type and nothing else: a heading in all but name.
func (r *reader) isQuestion(n *html.Node) bool {
	if r.all[n].text > maxLabel/2 {
		return false
	}
	var bold *html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) == "":
		case c.Type == html.ElementNode && (c.DataAtom == atom.Strong || c.DataAtom == atom.B) && bold == nil:
			bold = c
		default:
			return false
		}
	}
	return bold != nil && isQuestion(cleanText(allText(bold)))
}

func isQuestion(text string) bool {
	return strings.HasSuffix(strings.TrimRight(text, " \"'»”)"), "?")
}

// headingAnchor is the fragment that leads to a heading: its own id, or one inside it.
func headingAnchor(n *html.Node) string {
	if id := attr(n, "id"); id != "" {
		return id
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if id := attr(c, "id"); id != "" {
			return id
		}
		if name := attr(c, "name"); name != "" && c.DataAtom == atom.A {
			return name
		}
	}
	return ""
}
