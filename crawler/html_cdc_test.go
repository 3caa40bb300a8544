package crawler_test

import (
	"compress/gzip"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dalel/crawler"
	"dalel/index"
)

const cdcDir = "../../shared/data/html-cdc"

// cdcSite serves real pages of cdc.gov, found through a sitemap, with one more that robots.txt forbids.
func cdcSite(t *testing.T) (*site, crawler.Source, map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cdcDir, "*.html.gz"))
	if err != nil || len(files) == 0 {
		t.Skipf("no pages in %s", cdcDir)
	}
	s := newSite(t)
	pages := map[string]string{}
	var locs strings.Builder
	for _, name := range files {
		text := gunzipFile(t, name)
		path := "/" + strings.TrimSuffix(filepath.Base(name), ".gz")
		s.html(path, text)
		pages[s.URL+path] = text
		if err := xml.EscapeText(&locs, []byte(s.URL+path)); err != nil {
			t.Fatal(err)
		}
		locs.WriteString("</loc></url><url><loc>")
	}
	s.html("/private.html", page("Not for crawlers", "Nobody may find this sentence."))
	s.handle("/robots.txt", content("text/plain", "User-agent: *\nDisallow: /private\n"))
	s.handle("/sitemap.xml", content("application/xml", `<?xml version="1.0"?><urlset><url><loc>`+locs.String()+s.URL+`/private.html</loc></url></urlset>`))
	src := s.source("/" + strings.TrimSuffix(filepath.Base(files[0]), ".gz"))
	src.Sitemaps = []string{s.URL + "/sitemap.xml"}
	src.MaxPages = len(pages) + 1 // the pages' own links lead to what is not here
	return s, src, pages
}

func gunzipFile(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	mainElement = regexp.MustCompile(`(?s)<main.*</main>`)
	paragraph   = regexp.MustCompile(`(?s)<p>(.*?)</p>`)
	dressed     = regexp.MustCompile(`(?s)<p [^>]*>(.*?)</p>`)
	tag         = regexp.MustCompile(`(?s)<[^>]*>`)
	sentence    = regexp.MustCompile(`[A-Z][^.?!]{60,200}[a-z]{3}\.`)
)

// sentenceOf picks a sentence of a page's main text by nothing but regular expressions over its markup: the longest of its plain paragraphs, or,
// where a page has none of those, the first of any.
func sentenceOf(raw string) string {
	main := mainElement.FindString(raw)
	longest := ""
	for _, s := range sentencesIn(paragraph, main) {
		if len(s) > len(longest) {
			longest = s
		}
	}
	if others := sentencesIn(dressed, main); longest == "" && len(others) > 0 {
		return others[0]
	}
	return longest
}

func sentencesIn(kind *regexp.Regexp, main string) (all []string) {
	for _, p := range kind.FindAllStringSubmatch(main, -1) {
		text := strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(p[1], ""))), " ")
		all = append(all, sentence.FindAllString(text, -1)...)
	}
	return all
}

func TestCrawlRealPages(t *testing.T) {
	s, src, pages := cdcSite(t)
	a := openArchive(t)
	report := crawl(t, a, crawler.Options{}, src).Sources[0]
	if report.New != len(pages) || report.Failed != 0 || report.SkippedFor[crawler.SkipRobots] != 1 {
		t.Fatalf("first crawl: %+v", report)
	}
	if s.count("/private.html") != 0 {
		t.Error("a page was fetched that robots.txt forbids")
	}

	x, err := index.NewMemory(index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.CatchUp(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	found := 0
	for address, raw := range pages {
		want := sentenceOf(raw)
		doc, err := a.Document(address)
		if err != nil {
			t.Error(err)
			continue
		}
		if doc.Published == "" || doc.Modified == "" {
			t.Errorf("%s: published %q, modified %q, want both", address, doc.Published, doc.Modified)
		}
		if want == "" {
			t.Errorf("%s has no sentence to look for", address)
			continue
		}
		found++
		if !slices.ContainsFunc(doc.Passages, func(p index.Passage) bool {
			return strings.Contains(strings.Join(strings.Fields(p.Text), " "), want)
		}) {
			t.Errorf("%s: no passage has %q", address, want)
		}
		hits, err := x.Search(t.Context(), index.Query{Text: want, Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 || hits[0].Document.ID != address {
			t.Errorf("%s is not the first hit for %q: %v", address, want, firstHit(hits))
			found--
		}
	}
	place, err := x.Mark(a.Name())
	if err != nil {
		t.Fatal(err)
	}
	s.requests()
	s.body = 0
	again := crawl(t, a, crawler.Options{}, src).Sources[0]
	if again.Unchanged != len(pages) || again.NotModified != len(pages) || again.Bytes != 0 || s.body != 0 {
		t.Errorf("second crawl: %+v, %d body bytes", again, s.body)
	}
	for _, asked := range s.requests() {
		if !strings.HasSuffix(asked, fmt.Sprint(" ", http.StatusNotModified)) {
			t.Errorf("second crawl was answered %s", asked)
		}
	}
	t.Logf("%d pages: %d new, %d of their sentences found first; again: %d not modified, %d bytes of bodies", len(pages), report.New, found, again.NotModified, again.Bytes)
	if b, next, err := a.After(t.Context(), place, 100, 0); err != nil || !b.Empty() || next != place {
		t.Errorf("second crawl logged something: %d documents, place %s after %s, %v", len(b.Put), next, place, err)
	}
}

func firstHit(hits []index.Hit) string {
	if len(hits) == 0 {
		return "no hits"
	}
	return hits[0].Document.ID
}
