package crawler

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// isSkipped reports whether an element never holds text for readers.
func isSkipped(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Math, atom.Iframe, atom.Object, atom.Head, atom.Title,
		atom.Select, atom.Textarea, atom.Datalist, atom.Canvas, atom.Audio, atom.Video, atom.Dialog:
		return true
	}
	return false
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details, atom.Div, atom.Dl, atom.Dt,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Header, atom.Hr, atom.Html, atom.Li, atom.Main, atom.Nav,
		atom.Ol, atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead,
		atom.Tr, atom.Ul, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// isContainer reports whether an element holds whole sections, not running text.
func isContainer(a atom.Atom) bool {
	switch a {
	case atom.Article, atom.Center, atom.Div, atom.Form, atom.Main, atom.Section, atom.Table, atom.Tbody, atom.Td, atom.Tr:
		return true
	}
	return false
}

func headingLevel(a atom.Atom) int {
	switch a {
	case atom.H1:
		return 1
	case atom.H2:
		return 2
	case atom.H3:
		return 3
	case atom.H4:
		return 4
	case atom.H5:
		return 5
	case atom.H6:
		return 6
	}
	return 0
}

func isMain(n *html.Node) bool { return n.DataAtom == atom.Main || attr(n, "role") == "main" }

func isHidden(n *html.Node) bool {
	if hasAttr(n, "hidden") || attr(n, "aria-hidden") == "true" {
		return true
	}
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

// controls is the id of the panel that an element opens, or empty.
func controls(n *html.Node) string {
	if n.DataAtom != atom.Button && n.DataAtom != atom.A && !hasAttr(n, "aria-expanded") && attr(n, "role") != "tab" && attr(n, "role") != "button" {
		return ""
	}
	if id := attr(n, "aria-controls"); id != "" {
		return id
	}
	for _, key := range []string{"data-bs-target", "data-target"} {
		if id, found := strings.CutPrefix(attr(n, key), "#"); found {
			return id
		}
	}
	toggles := attr(n, "role") == "tab" || hasAttr(n, "aria-expanded") || hasAttr(n, "data-toggle") || hasAttr(n, "data-bs-toggle")
	if id, found := strings.CutPrefix(attr(n, "href"), "#"); found && toggles {
		return id
	}
	return ""
}

// isTrigger reports whether an element without a known panel opens what stands next to it.
func isTrigger(n *html.Node) bool {
	if n.DataAtom == atom.Button && hasAttr(n, "aria-expanded") || attr(n, "role") == "button" && hasAttr(n, "aria-expanded") {
		return true
	}
	class := strings.ToLower(attr(n, "class"))
	if !strings.Contains(class, "accordion") && !strings.Contains(class, "faq") && !strings.Contains(class, "toggle") {
		return false
	}
	for _, part := range []string{"trigger", "title", "question", "button", "toggle"} {
		if strings.Contains(class, part) {
			return n.DataAtom == atom.Button || n.DataAtom == atom.A || !strings.Contains(class, "panel")
		}
	}
	return false
}

// allText is the text of an element and what it holds, with scripts and their like left out.
func allText(n *html.Node) string {
	var b strings.Builder
	appendText(&b, n)
	return b.String()
}

func appendText(b *strings.Builder, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(n.Data)
	case html.ElementNode, html.DocumentNode:
		if isSkipped(n.DataAtom) {
			return
		}
		spaced := isBlock(n.DataAtom) || n.DataAtom == atom.Br
		if spaced {
			b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			appendText(b, c)
		}
		if spaced {
			b.WriteByte(' ')
		}
	}
}

// cleanText brings text to one line of plain words: runs of white space become one space, and what a reader cannot see (controls,
// zero-width and direction marks) goes.
func cleanText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			space = b.Len() > 0
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}
