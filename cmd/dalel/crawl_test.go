package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestCrawlInTheTerminal crawls a small site on this machine: its pages are found and quoted, what robots.txt forbids is not fetched, and a second crawl
// transfers nothing.
func TestCrawlInTheTerminal(t *testing.T) {
	var forbidden, bodies atomic.Int64
	page := func(title, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"one"`)
			if r.Header.Get("If-None-Match") == `"one"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			bodies.Add(1)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>%[1]s</title></head><body><nav><a href="/secret">no</a><a href="/masks">masks</a></nav>
<main><h1>%[1]s</h1><p>%[2]s</p><p><a href="/masks">More on masks</a> and <a href="/secret">a page that is not for us</a>.</p></main></body></html>`, title, text)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\nDisallow: /secret\n") })
	mux.HandleFunc("/secret", func(http.ResponseWriter, *http.Request) { forbidden.Add(1) })
	mux.HandleFunc("/{$}", page("Fresh air", strings.Repeat("Opening the windows for ten minutes in every break lowers the amount of virus in the air of a classroom. ", 4)))
	mux.HandleFunc("/masks", page("Masks", strings.Repeat("A medical mask lets oxygen through freely, and the air that you breathe out leaves it within a second. ", 4)))
	site := httptest.NewServer(mux)
	defer site.Close()
	address, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	register := filepath.Join(t.TempDir(), "sources.yaml")
	if err := os.WriteFile(register, fmt.Appendf(nil, `
- id: school
  kind: state
  name: {en: School health office, ru: Школьная служба, kk: Мектеп қызметі}
  hosts: ["%[1]s"]
  languages: [en]
  start: ["http://%[1]s/"]
  licence: ours
  allowLoopback: true
  delay: 1ms
`, address.Host), 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	crawl := func() string {
		t.Helper()
		stdout, stderr, code := dalel(t, "", "crawl", "--data", data, "--sources", register)
		if code != 0 {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		return strings.Join(strings.Fields(stdout), " ")
	}
	if got := crawl(); !strings.Contains(got, "school 2 0 0 0") {
		t.Errorf("the first crawl reports %s", got)
	}
	read := bodies.Load()
	if got := crawl(); !strings.Contains(got, "school 0 0 2 2") || bodies.Load() != read {
		t.Errorf("the second crawl reports %s and read %d bodies", got, bodies.Load()-read)
	}
	if forbidden.Load() != 0 {
		t.Errorf("what robots.txt forbids was fetched %d times", forbidden.Load())
	}
	site.Close()
	if stdout, stderr, code := dalel(t, "", "crawl", "--data", data, "--sources", register); code != exitFailure || !strings.Contains(stderr, "no page could be fetched") {
		t.Errorf("a site that is away: exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code := dalel(t, "", "search", "--data", data, "--sources", register, "does a medical mask let oxygen through")
	if code != 0 || !strings.Contains(stdout, "quoted from School health office") || !strings.Contains(stdout, site.URL+"/masks") {
		t.Errorf("search: exit %d: %s%s", code, stdout, stderr)
	}
}
