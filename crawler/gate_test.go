package crawler

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dalel/index"
)

var exampleSource = Source{ID: "example", Kind: "state", Hosts: []string{"example.org"}, Languages: []string{"en"}}

func example(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse("https://example.org/dir/page")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const advice = "<h1>Masks and air</h1><p>Wearing a medical mask for a long time can be uncomfortable. It does not lead to a lack of oxygen.</p>"

// hostile are pages that a parser must not see, each with a sentence that must be found all the same.
func hostile() map[string]string {
	var attributes, formatting strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&attributes, " a%d=b", i)
	}
	for i := range 400 {
		fmt.Fprintf(&formatting, "<b id=%d>", i)
	}
	return map[string]string{
		"deep nesting":        advice + strings.Repeat("<div>", 100_000),
		"attribute flood":     advice + "<p" + attributes.String() + ">",
		"tag flood":           advice + strings.Repeat("<i>x</i>", 100_000),
		"many bodies":         advice + strings.Repeat("<body a=b>", 20),
		"revived formatting":  advice + formatting.String() + strings.Repeat("<p>x", 20_000),
		"nested tables":       advice + strings.Repeat("<table><tr><td>", 20_000),
		"nested formatting":   advice + strings.Repeat("<b><a href=x>", 20_000),
		"unclosed selections": advice + strings.Repeat("<div><select>", 20_000),
	}
}

func TestGateStopsHostilePages(t *testing.T) {
	for name, page := range hostile() {
		err := gate([]byte(page))
		if _, stopped := errors.AsType[gateError](err); !stopped {
			t.Errorf("%s: got %v, want a gateError", name, err)
		}
		p := Extract([]byte(page), example(t), &exampleSource, today)
		if p.TextOnly == "" || len(p.Passages) == 0 || !strings.Contains(p.Passages[0].Text, "does not lead to a lack of oxygen") {
			t.Errorf("%s: read as %q, first passage %v", name, p.TextOnly, p.Passages[:min(1, len(p.Passages))])
		}
	}
}

func TestGatePassesRealMarkup(t *testing.T) {
	for name, page := range map[string]string{
		"empty":                    "",
		"end tags left out":        "<ul>" + strings.Repeat("<li>x<p>y", 2_000) + "</ul>",
		"rows without end tags":    "<table>" + strings.Repeat("<tr><td>x<td>y", 2_000) + "</table>",
		"line breaks":              strings.Repeat("x<br>", 10_000),
		"formatting that is ended": strings.Repeat("<p><b>x</b> <a href=y>z</a></p>", 5_000),
		"self-closing elements":    strings.Repeat("<img src=x /><input/>", 5_000),
	} {
		if err := gate([]byte(page)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := gate(make([]byte, maxPageBytes+1)); err == nil {
		t.Error("a page of more than 4 MiB passes")
	}
}

func TestTextOnlyKeepsHeadings(t *testing.T) {
	page := `<title>On <b>masks</b></title><nav>Menu</nav><h2>Do masks take oxygen?</h2><p>No, they do not.<script>alert("x")</script><p>Wear them.</p><footer>Contact</footer>`
	blocks, title := textBlocks([]byte(page))
	got := toPassages(title, blocks, false)
	want := []index.Passage{{Heading: []string{"Do masks take oxygen?"}, Text: "No, they do not.\nWear them.", Kind: index.PassageAnswer}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzExtract(f *testing.F) {
	for _, page := range []string{
		advice, "<details><summary>Is it?<p>Yes", "<dl><dt>a?<dd>b", "<table><tr><th>a<th>b<tr><td>c<td>d",
		`<div id=p hidden>x</div><button aria-controls=p>y?</button>`, `<script type=application/ld+json>{"@graph":[{"datePublished":"2020"}]}</script>`,
		"<base href=//x.test><a href=y>z</a><link rel=canonical href=..>", "<svg><p>x</svg><math><mi></p>", "\ufeff<plaintext>x",
		`<p><b>Why?</b></p>x<blockquote>y</blockquote>`, `<div role=tablist><a role=tab href=#q>A</a></div><div id=q>B</div>`,
	} {
		f.Add([]byte(page))
	}
	s := exampleSource
	s.Kind = "fact-checker"
	at := example(f)
	f.Fuzz(func(t *testing.T, page []byte) {
		p := Extract(toUTF8(page, ""), at, &s, today)
		doc := index.Document{ID: p.Canonical, Kind: index.KindGuidance, Lang: "en", Passages: p.Passages}
		if err := doc.Check(); err != nil && len(p.Passages) > 0 {
			t.Error(err)
		}
		for _, l := range append(p.Links, p.Canonical) {
			if u, err := url.Parse(l); err != nil || !s.Owns(u) {
				t.Errorf("link %q", l)
			}
		}
	})
}

// What passes the gate must not blow up in the parser.
func FuzzGate(f *testing.F) {
	f.Add([]byte("<b id=1><b id=2><p>x<p>y"))
	f.Fuzz(func(t *testing.T, page []byte) {
		if gate(page) != nil {
			return
		}
		doc, err := html.Parse(bytes.NewReader(page))
		if err != nil {
			return
		}
		n := 0
		for range doc.Descendants() {
			n++
		}
		if n > 2*len(page)+10+maxRevival {
			t.Errorf("%d bytes became %d nodes", len(page), n)
		}
	})
}

func BenchmarkExtractHostile(b *testing.B) {
	for name, page := range hostile() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Extract([]byte(page), example(b), &exampleSource, today)
			}
		})
	}
}
