package crawler_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/crawler"
	"dalel/index"
)

// live gives the IDs of the documents that the feed has, without the site's address.
func live(t *testing.T, a *crawler.Archive, s *site) []string {
	t.Helper()
	b, _ := after(t, a, "from the start", 1000)
	var out []string
	for _, d := range b.Put {
		out = append(out, strings.TrimPrefix(d.ID, s.URL))
	}
	slices.Sort(out)
	return out
}

func TestCrawlFollowsLinksInOrder(t *testing.T) {
	s := newSite(t)
	s.html("/", page("Start", maskText, "/b", "/a", "https://elsewhere.example/x"))
	s.html("/a", page("A", maskText+" A.", "/c"))
	s.html("/b", page("B", maskText+" B.", "/d", "/"))
	s.html("/c", page("C", maskText+" C."))
	s.html("/d", page("D", maskText+" D."))
	src := s.source("/")
	src.MaxPages = 4
	a := openArchive(t)
	var seen []string
	r := crawl(t, a, crawler.Options{Progress: func(p crawler.Progress) { seen = append(seen, strings.TrimPrefix(p.URL, s.URL)) }}, src)
	if diff := cmp.Diff([]string{"/", "/b", "/a", "/d"}, seen); diff != "" {
		t.Error(diff)
	}
	if total := r.Total(); total.New != 4 || total.Bytes == 0 || r.Sources[0].Pages() != 4 {
		t.Errorf("%+v", total)
	}
	if diff := cmp.Diff([]string{"/robots.txt 404", "/ 200", "/b 200", "/a 200", "/d 200"}, s.requests()); diff != "" {
		t.Error(diff)
	}
	crawl(t, a, crawler.Options{}, src)
	if diff := cmp.Diff([]string{"/ 304", "/b 304", "/a 304", "/d 304"}, s.requests()); diff != "" {
		t.Errorf("second crawl: %s", diff)
	}
}

func TestPageLife(t *testing.T) {
	s := newSite(t)
	a := openArchive(t)
	src := s.source("/a")
	step := func(name string, want crawler.Outcome, why string, documents ...string) {
		t.Helper()
		var got crawler.Outcome
		r := crawl(t, a, crawler.Options{Progress: func(p crawler.Progress) { got = p.Outcome }}, src)
		if got != want {
			t.Errorf("%s: outcome %q, want %q; %+v", name, got, want, r.Sources[0])
		}
		if p := r.Sources[0].Problems; why != "" && (len(p) != 1 || !strings.Contains(p[0].Why, why)) {
			t.Errorf("%s: problems %v, want %q", name, p, why)
		}
		if diff := cmp.Diff(documents, live(t, a, s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	version := func(want int) {
		t.Helper()
		if d, err := a.Document(s.URL + "/a"); err != nil || d.Version != want {
			t.Errorf("version %d, want %d, %v", d.Version, want, err)
		}
	}
	s.html("/a", page("A", maskText))
	step("first", crawler.New, "", "/a")
	step("again", crawler.NotModified, "", "/a")
	s.html("/a", strings.Replace(page("A", maskText), "<main>", "<nav>A new menu</nav><main>", 1))
	step("a new menu", crawler.Unchanged, "", "/a")
	version(1)
	s.html("/a", page("A", strings.Replace(maskText, "not ", "", 1)))
	step("one word less", crawler.Changed, "", "/a")
	version(2)
	s.handle("/a", status(500))
	step("in trouble", crawler.Failed, "status 500", "/a")
	s.handle("/a", status(404))
	step("missing once", crawler.Failed, "status 404", "/a")
	step("missing twice", crawler.Failed, "status 404", "/a")
	s.html("/a", page("A", strings.Replace(maskText, "not ", "", 1)))
	step("there again", crawler.NotModified, "", "/a")
	s.handle("/a", status(404))
	step("missing", crawler.Failed, "", "/a")
	step("missing", crawler.Failed, "", "/a")
	step("missing three times", crawler.Gone, "status 404")
	s.html("/a", page("A", maskText))
	step("back", crawler.Changed, "", "/a")
	version(3)
	s.handle("/a", status(410))
	step("removed", crawler.Gone, "status 410")
	s.html("/a", page("A", maskText))
	step("back as it was", crawler.Changed, "", "/a")
	version(3)
	s.html("/a", `<html lang=en><body><div id="app"></div></body></html>`)
	step("an empty shell", crawler.Failed, "no text", "/a")
	s.html("/a", strings.Replace(page("A", maskText), "<main>", `<meta name=robots content=noindex><main>`, 1))
	step("not to be indexed", crawler.Skipped, "not to be indexed")
	s.html("/a", page("A", maskText))
	step("to be indexed again", crawler.Changed, "", "/a")
	s.html("/a", `<html lang=fr><p>`+"Le masque ne réduit pas l'oxygène que vous respirez, et il protège les autres."+"</p></html>")
	step("in French", crawler.Skipped, `language "fr"`)
	s.handle("/a", content("application/pdf", "%PDF-1.7"))
	step("a PDF", crawler.Skipped, "application/pdf")
	versions, err := a.Versions(s.URL + "/a")
	if err != nil || len(versions) != 3 {
		t.Errorf("%d versions at the end, %v", len(versions), err)
	}
}

func TestDatesChangeWithoutAVersion(t *testing.T) {
	a, s, src := twoPages(t)
	_, place := after(t, a, "", 10)
	s.html("/masks", strings.Replace(page("Masks", maskText), "<main>", `<meta property="article:modified_time" content="2024-02-03"><main>`, 1))
	if r := crawl(t, a, crawler.Options{}, src); r.Total().Unchanged != 2 || r.Total().NotModified != 1 {
		t.Errorf("%+v", r.Total())
	}
	b, _ := after(t, a, place, 10)
	if len(b.Put) != 1 || b.Put[0].Modified != "2024-02-03" || b.Put[0].Version != 1 {
		t.Errorf("%+v", b)
	}
}

func TestRedirects(t *testing.T) {
	s := newSite(t)
	s.html("/new", page("New", maskText))
	s.html("/masks", page("Masks", steamText))
	a := openArchive(t)
	src := s.source("/masks", "/old", "/loop1", "/self", "/r1", "/off", "/user", "/file", "/nowhere", "/temporary")
	for path, to := range map[string]string{
		"/old": "/new", "/loop1": "/loop2", "/loop2": "/loop1", "/self": "/self", "/off": "https://elsewhere.example/",
		"/r1": "/r2", "/r2": "/r3", "/r3": "/r4", "/r4": "/r5", "/r5": "/r6", "/r6": "/r7", "/r7": "/new",
		"/user": "http://a:b@" + s.host() + "/new", "/file": "file:///etc/passwd", "/nowhere": "",
	} {
		s.handle(path, status(http.StatusMovedPermanently, "Location", to))
	}
	s.handle("/temporary", status(http.StatusFound, "Location", "/new"))
	r := crawl(t, a, crawler.Options{}, src).Sources[0]
	if diff := cmp.Diff([]string{"/masks", "/new"}, live(t, a, s)); diff != "" {
		t.Error(diff)
	}
	why := map[string]string{}
	for _, p := range r.Problems {
		why[strings.TrimPrefix(p.URL, s.URL)] = p.Why
	}
	for path, want := range map[string]string{
		"/self": "itself", "/off": "leaves the source", "/user": "user name", "/file": "scheme", "/nowhere": "without an address", "/r6": "more than 5",
	} {
		if !strings.Contains(why[path], want) {
			t.Errorf("%s: %q, want %q", path, why[path], want)
		}
	}
	if s.count("/r7") != 0 || s.count("/new") != 1 {
		t.Errorf("/r7 was asked %d times, /new %d times", s.count("/r7"), s.count("/new"))
	}

	// A page that moves takes its document with it, one that is elsewhere for now does not.
	s.handle("/masks", status(http.StatusFound, "Location", "/new"))
	crawl(t, a, crawler.Options{}, src)
	if diff := cmp.Diff([]string{"/masks", "/new"}, live(t, a, s)); diff != "" {
		t.Errorf("moved for now: %s", diff)
	}
	s.handle("/masks", status(http.StatusPermanentRedirect, "Location", "/new"))
	if r := crawl(t, a, crawler.Options{}, src).Sources[0]; r.Moved == 0 {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]string{"/new"}, live(t, a, s)); diff != "" {
		t.Errorf("moved for good: %s", diff)
	}
}

func TestCanonicalAddresses(t *testing.T) {
	s := newSite(t)
	canonical := func(title, text, to string) string {
		return strings.Replace(page(title, text), "<main>", `<link rel="canonical" href="`+to+`"><main>`, 1)
	}
	s.html("/masks", canonical("Masks", maskText, "/masks"))
	s.html("/masks?print=1", canonical("Masks", maskText, "/masks"))
	s.html("/steam", canonical("Steam", steamText, "/masks")) // a template's mistake
	a := openArchive(t)
	src := s.source("/masks?print=1", "/masks", "/steam")
	r := crawl(t, a, crawler.Options{}, src).Sources[0]
	if r.New != 2 || r.Unchanged != 1 {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]string{"/masks", "/steam"}, live(t, a, s)); diff != "" {
		t.Error(diff)
	}
	// The page that is another address of the document may go, the document stays. The page that carries it may go, too: the other one
	// carries it on.
	s.handle("/masks", status(410))
	crawl(t, a, crawler.Options{}, src)
	if diff := cmp.Diff([]string{"/masks", "/steam"}, live(t, a, s)); diff != "" {
		t.Error(diff)
	}
	s.html("/masks", canonical("Masks", maskText, "/masks"))
	crawl(t, a, crawler.Options{}, src)
	s.handle("/masks?print=1", status(410))
	crawl(t, a, crawler.Options{}, src)
	crawl(t, a, crawler.Options{}, src)
	if diff := cmp.Diff([]string{"/masks", "/steam"}, live(t, a, s)); diff != "" {
		t.Error(diff)
	}
}

func TestRobotsAreObeyed(t *testing.T) {
	s := newSite(t)
	s.html("/open", page("Open", maskText, "/closed/a"))
	s.html("/closed/a", page("Closed", steamText))
	s.handle("/robots.txt", content("text/plain", "User-agent: dalel\nDisallow: /closed\nCrawl-delay: 0.01"))
	a := openArchive(t)
	r := crawl(t, a, crawler.Options{}, s.source("/open")).Sources[0]
	if r.New != 1 || r.Skipped != 1 || r.SkippedFor[crawler.SkipRobots] != 1 || s.count("/closed/a") != 0 {
		t.Errorf("%+v; %v", r, s.requests())
	}
	if n := s.count("/robots.txt"); n != 1 {
		t.Errorf("robots.txt was asked %d times", n)
	}

	// Within a day it is not asked for again; after that conditionally.
	later := func(d time.Duration) crawler.Options {
		return crawler.Options{Now: func() time.Time { return time.Now().Add(d) }}
	}
	s.requests()
	crawl(t, a, later(23*time.Hour), s.source("/open"))
	if n := s.count("/robots.txt"); n != 0 {
		t.Errorf("robots.txt was asked %d times within a day", n)
	}
	crawl(t, a, later(25*time.Hour), s.source("/open"))
	if got := s.requests(); !slices.Contains(got, "/robots.txt 304") {
		t.Errorf("a day later: %v", got)
	}
}

func TestRobotsThatCannotBeReadForbidAll(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"500":          status(500),
		"503":          status(503),
		"403":          status(403),
		"429":          status(429),
		"endless":      status(302, "Location", "/robots.txt"),
		"off the list": status(302, "Location", "https://elsewhere.example/robots.txt"),
		"broken":       func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
		"wants hours":  content("text/plain", "User-agent: *\nCrawl-delay: 3600"),
	} {
		s := newSite(t)
		s.html("/a", page("A", maskText))
		s.handle("/robots.txt", h)
		r := crawl(t, openArchive(t), crawler.Options{}, s.source("/a")).Sources[0]
		if r.SkippedFor[crawler.SkipRobots] != 1 && r.Failed != 1 || r.New != 0 || s.count("/a") != 0 || len(r.Problems) != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	s := newSite(t)
	s.html("/a", page("A", maskText))
	s.handle("/robots.txt", status(404))
	if r := crawl(t, openArchive(t), crawler.Options{}, s.source("/a")).Sources[0]; r.New != 1 {
		t.Errorf("404: %+v", r)
	}
	s.handle("/robots.txt", status(302, "Location", "/r"))
	s.handle("/r", content("text/plain", "User-agent: *\nDisallow: /a"))
	if r := crawl(t, openArchive(t), crawler.Options{}, s.source("/a")).Sources[0]; r.SkippedFor[crawler.SkipRobots] != 1 {
		t.Errorf("redirected: %+v", r)
	}
}

func TestCancelLosesNothing(t *testing.T) {
	s := newSite(t)
	var start []string
	for _, p := range strings.Split("abcdefghij", "") {
		s.html("/"+p, page("Page "+p, maskText+" This is page "+p+"."))
		start = append(start, "/"+p)
	}
	a := openArchive(t)
	ctx, cancel := context.WithCancel(t.Context())
	reported := 0
	_, err := crawler.Crawl(ctx, a, crawler.Register{s.source(start...)}, crawler.Options{Progress: func(p crawler.Progress) {
		if reported++; p.Done == 4 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if got := live(t, a, s); len(got) != reported || reported < 4 || reported > 5 {
		t.Errorf("%d pages reported, %d there", reported, len(got))
	}
	s.requests()
	r := crawl(t, a, crawler.Options{}, s.source(start...)).Sources[0]
	if r.NotModified != reported || r.New != len(start)-reported {
		t.Errorf("the next crawl: %+v", r)
	}
}

func TestOneCrawlAtATime(t *testing.T) {
	s := newSite(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	s.handle("/a", func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-answer
		content("text/html", page("A", maskText))(w, r)
	})
	a := openArchive(t)
	done := make(chan error)
	go func() {
		_, err := crawler.Crawl(t.Context(), a, crawler.Register{s.source("/a")}, crawler.Options{})
		done <- err
	}()
	<-asked
	if _, err := crawler.Crawl(t.Context(), a, nil, crawler.Options{}); !errors.Is(err, crawler.ErrBusy) {
		t.Errorf("a second crawl: %v", err)
	}
	close(answer)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOneRequestAHostAtATime(t *testing.T) {
	s := newSite(t)
	active := make(chan struct{}, 1)
	busy := false
	h := func(w http.ResponseWriter, r *http.Request) {
		select {
		case active <- struct{}{}:
			defer func() { <-active }()
		default:
			busy = true
		}
		content("text/html", page("Page "+r.URL.Path, maskText+r.URL.Path))(w, r)
	}
	var sources []crawler.Source
	for _, id := range []string{"one", "two", "three"} {
		src := s.source("/"+id+"/a", "/"+id+"/b", "/"+id+"/c")
		src.ID, src.Hosts = id, []string{s.host() + "/" + id, s.host() + "/robots.txt"}
		for _, p := range []string{"/a", "/b", "/c"} {
			s.handle("/"+id+p, h)
		}
		sources = append(sources, src)
	}
	r := crawl(t, openArchive(t), crawler.Options{}, sources...)
	if busy || r.Total().New != 9 || s.count("/robots.txt") != 1 {
		t.Errorf("asked while another answer was under way: %v; %+v", busy, r.Total())
	}
}

func TestRun(t *testing.T) {
	s := newSite(t)
	s.html("/a", page("A", maskText))
	a := openArchive(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	crawls := 0
	err := crawler.Run(ctx, a, crawler.Register{s.source("/a")}, time.Millisecond, crawler.Options{}, func(r crawler.Report, err error) {
		if crawls++; err != nil || r.Sources[0].Pages() != 1 {
			t.Errorf("crawl %d: %+v, %v", crawls, r, err)
		}
		if crawls == 3 {
			cancel()
		}
	})
	if err != nil || crawls != 3 {
		t.Errorf("%d crawls, %v", crawls, err)
	}
}

func TestDocumentsOfACrawlAreIndexable(t *testing.T) {
	a, _, _ := twoPages(t)
	b, _ := after(t, a, "", 10)
	for _, d := range b.Put {
		if err := d.Check(); err != nil {
			t.Error(err)
		}
		if d.Fetched != index.DateOf(time.Now()) || d.URL != d.ID || d.Version != 1 {
			t.Errorf("%+v", d)
		}
	}
}
