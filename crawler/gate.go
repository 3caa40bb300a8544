package crawler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What the gate lets through to the parser. Real pages stay far below; what exceeds a bound makes the parser slow (its work is
// tags × open elements in the worst case) or is refused by it (512 open elements).
const (
	maxPageBytes  = 4 << 20
	maxTags       = 50_000
	maxAttributes = 256
	maxRootTags   = 16  // html and body tags, each of which the parser merges into the first
	maxDepth      = 500 // open elements
	// maxRevival bounds the elements that the parser makes of its own: each formatting element left open is made anew in every
	// later block, so that 500 open <b> and 40,000 <p> would become 20 million nodes.
	maxRevival = 200_000
)

// A gateError is why a page may not be parsed.
type gateError string

func (e gateError) Error() string { return "page does not pass the gate: " + string(e) }

// gate reads a page once, in time proportional to its length, and reports as a gateError why the parser should not see it.
func gate(page []byte) error {
	if len(page) > maxPageBytes {
		return gateError(fmt.Sprintf("%d bytes", len(page)))
	}
	var tags, roots, depth, formatting, revival int
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return gateError(err.Error())
			}
			return nil
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, more := z.TagName()
			a := atom.Lookup(name)
			for n := 0; more; n++ {
				if n == maxAttributes {
					return gateError("too many attributes")
				}
				_, _, more = z.TagAttr()
			}
			if tags++; tags > maxTags {
				return gateError("too many tags")
			}
			if a == atom.Html || a == atom.Body {
				if roots++; roots > maxRootTags {
					return gateError("too many html or body tags")
				}
			}
			if kind == html.EndTagToken {
				if nests(a) {
					depth = max(depth-1, 0)
				}
				if formats(a) {
					formatting = max(formatting-1, 0)
				}
				continue
			}
			if nests(a) {
				if depth++; depth > maxDepth {
					return gateError("nested too deeply")
				}
			}
			if formats(a) {
				formatting++
			} else if revival += formatting; revival > maxRevival {
				return gateError("too many unclosed formatting elements")
			}
		}
	}
}

// nests reports whether an element stays open until its end tag: all but the void ones and those whose end tag may be left out.
func nests(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param,
		atom.Source, atom.Track, atom.Wbr,
		atom.P, atom.Li, atom.Dt, atom.Dd, atom.Tr, atom.Td, atom.Th, atom.Thead, atom.Tbody, atom.Tfoot, atom.Colgroup,
		atom.Option, atom.Optgroup, atom.Html, atom.Head, atom.Body:
		return false
	}
	return true
}

func formats(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong,
		atom.Tt, atom.U:
		return true
	}
	return false
}

// textBlocks reads a page's text without a parser, for pages that do not pass the gate: headings and running text in their order,
// without what stands in scripts, navigation or footers. It also gives the text of the title element.
func textBlocks(page []byte) (blocks []block, title string) {
	var text strings.Builder
	var level, hidden, tags int
	var inTitle bool
	flush := func() {
		if t := cleanText(text.String()); t != "" {
			blocks = append(blocks, block{level: level, text: t})
		}
		text.Reset()
	}
	z := html.NewTokenizer(bytes.NewReader(page[:min(len(page), maxPageBytes)]))
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			flush()
			return blocks, title
		case html.TextToken:
			switch {
			case inTitle:
				title = cleanText(string(z.Text()))
			case hidden == 0:
				text.Write(z.Text())
			}
			continue
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, _ := z.TagName()
		a := atom.Lookup(name)
		opens := kind == html.StartTagToken
		switch {
		case a == atom.Title:
			inTitle = opens
		case isSkipped(a) || a == atom.Nav || a == atom.Footer || a == atom.Aside:
			if opens {
				hidden++
			} else if kind == html.EndTagToken {
				hidden = max(hidden-1, 0)
			}
		case headingLevel(a) > 0:
			flush()
			if level = 0; opens {
				level = headingLevel(a)
			}
		case isBlock(a) || a == atom.Br:
			flush()
			level = 0
		}
		if tags++; tags > maxTags*20 || len(blocks) > maxBlocks {
			flush()
			return blocks, title
		}
	}
}
