package crawler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/crawler"
)

// site is a web site on loopback that a test changes as it goes, and that remembers what it was asked.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	asked []string // "path status"
	body  int      // bytes of bodies other than robots.txt
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{pages: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// recorder counts what a handler writes.
type recorder struct {
	http.ResponseWriter
	status, size int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.ResponseWriter.Write(p)
	r.size += n
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	page := s.pages[r.URL.RequestURI()]
	s.mu.Unlock()
	if page == nil {
		page = http.NotFound
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	page(rec, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, fmt.Sprint(r.URL.RequestURI(), " ", rec.status))
	if r.URL.Path != "/robots.txt" && rec.status == http.StatusOK {
		s.body += rec.size
	}
}

func (s *site) handle(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = h
}

// html serves a page with validators that belong to its text, as a well-behaved server does.
func (s *site) html(path, text string) {
	s.handle(path, content("text/html; charset=utf-8", text))
}

func content(mediaType, text string) http.HandlerFunc {
	tag := fmt.Sprintf(`"%x"`, len(text)+int(hash(text)))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "", time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), strings.NewReader(text))
	}
}

func hash(s string) uint32 {
	h := uint32(2166136261)
	for _, b := range []byte(s) {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func (s *site) host() string { return strings.TrimPrefix(s.URL, "http://") }

// source is the site as a source of a register; start pages are paths.
func (s *site) source(start ...string) crawler.Source {
	src := crawler.Source{
		ID: "site", Kind: "state", Name: map[string]string{"en": "Site", "ru": "Сайт", "kk": "Сайт"},
		Hosts: []string{s.host()}, Languages: []string{"en"}, AllowLoopback: true, Delay: time.Millisecond,
	}
	for _, path := range start {
		src.Start = append(src.Start, s.URL+path)
	}
	return src
}

// requests gives what was asked since the last call.
func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func (s *site) count(path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if strings.HasPrefix(a, path+" ") {
			n++
		}
	}
	return n
}

func openArchive(t testing.TB) *crawler.Archive {
	t.Helper()
	a, err := crawler.OpenArchive(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func crawl(t *testing.T, a *crawler.Archive, o crawler.Options, sources ...crawler.Source) crawler.Report {
	t.Helper()
	report, err := crawler.Crawl(t.Context(), a, sources, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// page is a small page in English with a heading and a paragraph of enough words.
func page(title, text string, links ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=en><title>%s</title><main><h1>%s</h1><p>%s</p>", title, title, text)
	for _, l := range links {
		fmt.Fprintf(&b, "<p>There is more about this on another page of ours: <a href=%q>read on</a> if you want to know it all.</p>", l)
	}
	return b.String() + "</main></html>"
}
