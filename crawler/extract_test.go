package crawler_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/crawler"
	"dalel/index"
)

var now = time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)

func extract(t testing.TB, page string, edit ...func(*crawler.Source)) crawler.Page {
	t.Helper()
	at, err := url.Parse("https://example.org/dir/page")
	if err != nil {
		t.Fatal(err)
	}
	s := crawler.Source{ID: "example", Kind: "state", Hosts: []string{"example.org"}, Languages: []string{"en"}}
	for _, e := range edit {
		e(&s)
	}
	return crawler.Extract([]byte(page), at, &s, now)
}

// chrome is what surrounds the content of a page, all of it saying CHROME.
const (
	chromeAbove = `<!doctype html><html lang="en"><head><title>Site CHROME</title></head><body>
<div id="cookie-consent">We use cookies CHROME. <button>Accept</button></div>
<header><a href="/">Home CHROME</a></header><nav><ul><li><a href="/a">Topics CHROME</a></li><li><a href="/b">About CHROME</a></li></ul></nav>`
	chromeBelow = `<aside>Related CHROME</aside><div class="share-buttons">Share this CHROME</div>
<footer><p>Contact us CHROME</p></footer></body></html>`
)

// patterns are the ways in which sites fold answers away.
var patterns = map[string]func(q, a string, i int) string{
	"details": func(q, a string, _ int) string {
		return "<details><summary>" + q + "</summary><p>" + a + "</p></details>"
	},
	"dl":         func(q, a string, _ int) string { return "<dl><dt>" + q + "</dt><dd>" + a + "</dd></dl>" },
	"h3 and p":   func(q, a string, _ int) string { return "<h3>" + q + "</h3><p>" + a + "</p>" },
	"bold and p": func(q, a string, _ int) string { return "<p><strong>" + q + "</strong></p><p>" + a + "</p>" },
	"sitefinity": func(q, a string, _ int) string {
		return `<div class="sf-accordion__panel"><div class="sf-accordion__trigger-panel"><a class="sf-accordion__trigger" href="#">` + q +
			`</a></div><div class="sf-accordion__content" style="display:none"><p class="sf-accordion__summary">` + a + `</p></div></div>`
	},
	"bootstrap card": func(q, a string, i int) string {
		return fmt.Sprintf(`<div class="card"><div class="card-header"><h5><button class="btn" data-toggle="collapse" data-target="#c%d">%s</button></h5></div>
<div id="c%d" class="collapse"><div class="card-body">%s</div></div></div>`, i, q, i, a)
	},
	"button and hidden": func(q, a string, i int) string {
		return fmt.Sprintf(`<div><button aria-expanded="false" aria-controls="h%d">%s</button><div id="h%d" hidden><p>%s</p></div></div>`, i, q, i, a)
	},
	"one-row table": func(q, a string, _ int) string { return "<table><tr><td>" + q + "</td><td>" + a + "</td></tr></table>" },
}

var questions = []struct{ q, a string }{
	{"Does garlic protect you from COVID-19?", "No. Garlic is healthy food, but nothing shows that eating it has protected people from the new coronavirus."},
	{"Can 5G networks spread the virus?", "Viruses cannot travel on radio waves. COVID-19 spreads in countries that have no 5G networks at all."},
	{"Do vaccines cause infertility?", "There is no evidence that any vaccine, this one included, makes it harder to become pregnant."},
	{"Should I drink bleach?", "Never. It is a poison that burns from inside and does not touch the virus."},
}

func TestFoldedAnswersAreKeptWithTheirQuestions(t *testing.T) {
	tabs := func(qa []struct{ q, a string }) string {
		var heads, panels string
		for i, x := range qa {
			heads += fmt.Sprintf(`<a role="tab" href="#t%d" aria-selected="false">%s</a>`, i, x.q)
			panels += fmt.Sprintf(`<div role="tabpanel" id="t%d" style="display: none"><p>%s</p></div>`, i, x.a)
		}
		return `<div role="tablist">` + heads + "</div>" + panels
	}
	pages := map[string]string{"tabs": tabs(questions)}
	for name, f := range patterns {
		for i, x := range questions {
			pages[name] += f(x.q, x.a, i)
		}
	}
	for name, body := range pages {
		for _, root := range []string{"", "main"} {
			intro := "<h1>Answers</h1><p>We collected what people ask us most, and what is known about it so far.</p>"
			p := extract(t, chromeAbove+"<main>"+intro+body+"</main>"+chromeBelow, func(s *crawler.Source) { s.Root = root })
			for _, x := range questions {
				if !slices.ContainsFunc(p.Passages, func(got index.Passage) bool {
					return got.Kind == index.PassageAnswer && got.Text == x.a && got.Heading[len(got.Heading)-1] == x.q
				}) {
					t.Errorf("%s, root %q: no answer to %q in %q", name, root, x.q, p.Passages)
				}
			}
			if i := slices.IndexFunc(p.Passages, func(got index.Passage) bool { return strings.Contains(fmt.Sprint(got), "CHROME") }); i >= 0 {
				t.Errorf("%s, root %q: chrome in %q", name, root, p.Passages[i])
			}
		}
	}
}

func TestContentIsFoundWithoutMain(t *testing.T) {
	long := strings.Repeat("<p>Vaccines teach the body to know a virus. That takes about two weeks after the last dose.</p>", 5)
	for name, body := range map[string]string{
		"article": "<div class=x><article><h1>Title</h1>" + long + "</article></div>",
		"div":     `<div class="wrap"><div class="col"><h1>Title</h1>` + long + `</div><div class="sidebar"><a href=/c>More CHROME</a></div></div>`,
		"form":    `<form action="/"><div><div><h1>Title</h1>` + long + `</div></div></form>`,
		"role":    `<div role="main"><h1>Title</h1>` + long + `</div>`,
	} {
		p := extract(t, chromeAbove+body+chromeBelow)
		got := fmt.Sprint(p.Passages)
		if strings.Count(got, "two weeks") != 5 || strings.Contains(got, "CHROME") || p.Title != "Title" {
			t.Errorf("%s: title %q, passages %s", name, p.Title, got)
		}
	}
}

func TestTopicsThatSoundLikeChromeAreKept(t *testing.T) {
	p := extract(t, chromeAbove+`<main><h1>Rules</h1><section class="social-distancing"><h2 id="social">Distance</h2><p>Keep a distance of one metre to others
wherever that is possible.</p></section><section id="informed-consent"><h2 id="consent">Consent</h2><p>Parents give their consent in writing before a
child is vaccinated at school, and may take it back.</p></section><p>`+strings.Repeat("More of the main text stands here. ", 10)+`</p></main>`+chromeBelow)
	if got := fmt.Sprint(p.Passages); !strings.Contains(got, "one metre") || !strings.Contains(got, "in writing") || strings.Contains(got, "CHROME") {
		t.Errorf("got %s", got)
	}
}

func TestPassages(t *testing.T) {
	sentence := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n-1)) + " end. " }
	var long strings.Builder
	for range 30 {
		long.WriteString(strings.ToUpper("t") + sentence(17))
	}
	p := extract(t, `<html lang=en><body><h1 id=top>Page</h1><p>Short start.</p><p>And a short neighbour.</p>
<h2 id=list>List</h2><ul><li>One</li><li>Two <b>and</b> more</li></ul><h2>Long</h2><p>`+long.String()+`</p>
<h2><a name=tab></a>Table</h2><table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr><tr><td>5–11</td><td>10 µg</td></tr><tr><td>12+</td><td>30 µg</td></tr></table>
<h3>Deeper</h3><p>Text with a<br>line break, zero`+"\u200b"+`width and `+"\u202e"+`direction marks.</p></body></html>`)
	want := []index.Passage{
		{Heading: []string{"Page"}, Anchor: "top", Text: "Short start.\nAnd a short neighbour.", Kind: index.PassageAdvice},
		{Heading: []string{"Page", "List"}, Anchor: "list", Text: "One\nTwo and more", Kind: index.PassageAdvice},
	}
	if diff := cmp.Diff(want, p.Passages[:2]); diff != "" {
		t.Error(diff)
	}
	words, parts := 0, 0
	for _, q := range p.Passages {
		if q.Heading[len(q.Heading)-1] != "Long" {
			continue
		}
		n := len(strings.Fields(q.Text))
		if n < 40 || n > 120 || !strings.HasSuffix(q.Text, ".") {
			t.Errorf("part of %d words that ends with %q", n, q.Text[max(0, len(q.Text)-10):])
		}
		words, parts = words+n, parts+1
	}
	if words != 30*17 || parts != 5 {
		t.Errorf("the long paragraph of %d words became %d parts with %d words", 30*17, parts, words)
	}
	want = []index.Passage{
		{Heading: []string{"Page", "Table", "Doses"}, Anchor: "tab", Text: "Age: 5–11; Dose: 10 µg\nAge: 12+; Dose: 30 µg", Kind: index.PassageTable},
		{Heading: []string{"Page", "Table", "Deeper"}, Anchor: "tab", Text: "Text with a line break, zerowidth and direction marks.", Kind: index.PassageAdvice},
	}
	if diff := cmp.Diff(want, p.Passages[len(p.Passages)-2:]); diff != "" {
		t.Error(diff)
	}
}

func TestQuotationsOfFactCheckersAreClaims(t *testing.T) {
	const text = `<html lang=en><main><h1>No helicopters</h1><blockquote>Tonight helicopters will spray poison over the whole city, close your windows!</blockquote><p>The ministry says that nothing of the kind is planned. The message is the same as last year's.</p></main>`
	p := extract(t, text, func(s *crawler.Source) { s.Kind = "fact-checker" })
	if len(p.Passages) != 2 || p.Passages[0].Kind != index.PassageClaim || p.Passages[1].Kind != index.PassageAdvice {
		t.Errorf("fact-checker: %q", p.Passages)
	}
	if p := extract(t, text); slices.ContainsFunc(p.Passages, func(q index.Passage) bool { return q.Kind == index.PassageClaim }) {
		t.Errorf("state body: %q", p.Passages)
	}
}

func TestPageDates(t *testing.T) {
	for name, c := range map[string]struct {
		head                string
		published, modified index.Date
	}{
		"none":              {"", "", ""},
		"JSON-LD":           {`<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2021-07-28T10:00:00Z","dateModified":"2022-01-02"}]}</script>`, "2021-07-28", "2022-01-02"},
		"JSON-LD of others": {`<script type="application/ld+json">{"@type":"WebPage","mentions":{"datePublished":"2021-07-28"}}</script>`, "", ""},
		"broken JSON-LD":    {`<script type="application/ld+json">{"datePublished":</script><meta property="article:published_time" content="2021-07-28T10:00:00+06:00">`, "2021-07-28", ""},
		"cdc":               {`<meta name="DC.date" content="2020-02-02"><meta property="cdc:first_published" content="January 11, 2021"><meta property="cdc:last_updated" content="March 1, 2022">`, "2021-01-11", "2022-03-01"},
		"DC.date alone":     {`<meta name="DC.date" content="2020-02-02">`, "", "2020-02-02"},
		"itemprop":          {`<time itemprop="datePublished" datetime="2021-07-28">x</time><time itemprop="dateModified" datetime="2021-08-01">x</time>`, "2021-07-28", "2021-08-01"},
		"one time":          {`<time>28 июля 2021</time>`, "2021-07-28", ""},
		"several times":     {`<time datetime="2021-07-28"></time><time datetime="2021-07-29"></time>`, "", ""},
		"future":            {`<meta property="article:published_time" content="2030-01-01">`, "", ""},
		"ambiguous":         {`<meta property="article:published_time" content="03/04/2021">`, "", ""},
	} {
		p := extract(t, "<html lang=en><head>"+c.head+"</head><body><p>Some text.</p></body></html>")
		if p.Published != c.published || p.Modified != c.modified {
			t.Errorf("%s: published %q, modified %q; want %q, %q", name, p.Published, p.Modified, c.published, c.modified)
		}
	}
}

func TestPageLanguage(t *testing.T) {
	const (
		en = "The vaccine does not change your DNA, and it cannot give you the disease that it protects you from."
		ru = "Вакцина не меняет ДНК и не может вызвать болезнь, от которой она защищает. Об этом сообщили в министерстве."
		kk = "Вакцина адамның ДНҚ-сын өзгертпейді және ауру тудырмайды. Бұл туралы Денсаулық сақтау министрлігі хабарлады, деп жазды."
	)
	for name, c := range map[string]struct{ html, text, want string }{
		"stated":                     {"<html lang=en-US>", en, "en"},
		"stated in Russian":          {"<html lang=ru>", ru, "ru"},
		"the country's code":         {"<html lang=kz>", kk, "kk"},
		"og:locale":                  {`<html><meta property="og:locale" content="ru_RU">`, ru, "ru"},
		"nothing stated":             {"<html>", ru, "ru"},
		"nothing stated, Kazakh":     {"<html>", kk, "kk"},
		"a template's language":      {"<html lang=en>", ru, "ru"},
		"Kazakh in a Russian frame":  {"<html lang=ru-RU>", kk, "kk"},
		"a language we do not index": {"<html lang=fr>", "Le vaccin ne change pas votre ADN et ne peut pas donner la maladie.", "fr"},
	} {
		if got := extract(t, c.html+"<body><p>"+c.text+"</p></body></html>").Lang; got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestPageLinksAndCanonical(t *testing.T) {
	p := extract(t, `<html lang=en><link rel="canonical" href="/canonical?utm_source=x"><body><nav><a href="/menu">Menu</a></nav><main>
<p>Text enough to be the main content of this page, and a few words more.</p>
<a href="http://example.org/upgraded">a</a><a href="other#x">b</a><a href="other">c</a><a href="https://elsewhere.example/">d</a>
<a href="javascript:alert(1)">e</a><a rel="nofollow" href="/sponsored">f</a><a href="file.PDF">g</a><a href="#top">h</a></main></body></html>`)
	want := []string{"https://example.org/upgraded", "https://example.org/dir/other"}
	if diff := cmp.Diff(want, p.Links); diff != "" {
		t.Error(diff)
	}
	if p.Canonical != "https://example.org/canonical" {
		t.Errorf("canonical %q", p.Canonical)
	}
	for _, foreign := range []string{"https://elsewhere.example/x", "http://example.org/x", "javascript:x", ""} {
		p := extract(t, `<html lang=en><link rel=canonical href="`+foreign+`"><p>Text</p>`)
		if p.Canonical != "https://example.org/dir/page" {
			t.Errorf("canonical %q is believed: %q", foreign, p.Canonical)
		}
	}
	if p := extract(t, `<html lang=en><meta name="robots" content="NOINDEX, nofollow"><p>Text</p><a href="/x">x</a>`); !p.NoIndex || len(p.Links) > 0 {
		t.Errorf("robots meta: noindex %v, links %v", p.NoIndex, p.Links)
	}
}

func TestSelectors(t *testing.T) {
	const body = `<html lang=en><body><div class=x><p>Not this.</p></div><div class=y><p>This.</p><p class=z>Nor that.</p><div class=y><p>This too.</p></div></div></body></html>`
	p := extract(t, body, func(s *crawler.Source) { s.Root, s.Remove = ".y", ".z" })
	if len(p.Passages) != 1 || p.Passages[0].Text != "This.\nThis too." {
		t.Errorf("got %q", p.Passages)
	}
	if p := extract(t, body, func(s *crawler.Source) { s.Root = ".absent" }); len(p.Passages) == 0 {
		t.Error("a root selector that finds nothing leaves no passages")
	}
}

func BenchmarkExtract(b *testing.B) {
	var page strings.Builder
	page.WriteString(chromeAbove + "<main><h1>Answers</h1>")
	for i := range 40 {
		x := questions[i%len(questions)]
		page.WriteString(patterns["details"](x.q, strings.Repeat(x.a+" ", 5), i))
	}
	page.WriteString("</main>" + chromeBelow)
	b.SetBytes(int64(page.Len()))
	for b.Loop() {
		extract(b, page.String())
	}
}
