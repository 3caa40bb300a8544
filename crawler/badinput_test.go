package crawler_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"dalel/crawler"
)

// packed is a gzipped page that becomes n bytes.
func packed(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(bytes.Repeat([]byte(" "), n)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write serves HTML with the given coding, byte by byte as it is.
func write(coding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if coding != "" {
			w.Header().Set("Content-Encoding", coding)
		}
		w.Write(body)
	}
}

// Whatever a page does, it fails alone, the report says why, and the page behind it is read.
func TestHostilePagesFailAlone(t *testing.T) {
	for name, c := range map[string]struct {
		page http.HandlerFunc
		want string
	}{
		"gzip bomb":      {write("gzip", packed(t, 20<<20)), "grows too much"},
		"too large":      {write("", bytes.Repeat([]byte("<p>text "), 1<<20)), "too large"},
		"false gzip":     {write("gzip", []byte("not gzip")), "gzip"},
		"unknown coding": {write("zstd", []byte("x")), "was not asked for"},
		"nested coding":  {write("gzip, gzip", packed(t, 100)), "was not asked for"},
		"empty":          {write("", nil), "no text"},
		"only a script":  {write("", []byte("<html lang=en><script>alert('text')</script>")), "no text"},
		"image as text":  {write("", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00")), "not HTML"},
		"not HTML":       {content("image/png", "\x89PNG"), "image/png"},
		"no type, no HTML": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			w.Write([]byte("%PDF-1.4 text"))
		}, "not HTML"},
		"server error":  {status(500), "status 500"},
		"no content":    {status(204), "status 204"},
		"not asked for": {status(304), "status 304"},
		"partial":       {status(206, "Content-Type", "text/html"), "status 206"},
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte("<p>some text"))
		}, "unexpected EOF"},
		"endless body": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("<p>more "), 1000)); err != nil {
					return
				}
			}
		}, "too large"},
		"slow body": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<p>some text"))
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, "deadline"},
		"slow header":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timeout"},
		"large header": {status(200, "X", strings.Repeat("x", 2<<20)), "header"},
		"hangs up":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.handle("/bad", c.page)
			s.html("/good", page("Good", maskText))
			a := openArchive(t)
			limits := crawler.Limits{Header: 200 * time.Millisecond, Request: 500 * time.Millisecond}
			if strings.Contains(c.want, "large") || strings.Contains(c.want, "grows") {
				limits.Request = time.Minute
			}
			r := crawl(t, a, crawler.Options{Limits: limits}, s.source("/bad", "/good")).Sources[0]
			if r.New != 1 || r.Failed+r.Skipped != 1 || len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Why, c.want) {
				t.Errorf("%+v, want a problem with %q", r, c.want)
			}
			if got := live(t, a, s); !slices.Equal(got, []string{"/good"}) {
				t.Errorf("documents %v", got)
			}
		})
	}
}

func TestHostileMarkupIsReadAsText(t *testing.T) {
	s := newSite(t)
	s.html("/deep", "<html lang=en><h1>Masks</h1><p>"+maskText+"</p>"+strings.Repeat("<div>", 100_000))
	a := openArchive(t)
	if r := crawl(t, a, crawler.Options{}, s.source("/deep")).Sources[0]; r.New != 1 {
		t.Fatalf("%+v", r)
	}
	d, err := a.Document(s.URL + "/deep")
	if err != nil || d.Passages[0].Text != maskText || d.Lang != "en" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestPrivateAddressesAreNotDialled(t *testing.T) {
	private := newSite(t) // plays what must not be reached
	private.html("/", page("Secret", maskText))
	_, port, err := net.SplitHostPort(private.host())
	if err != nil {
		t.Fatal(err)
	}
	// A public source whose name leads to this machine, as after DNS rebinding.
	public := crawler.Source{
		ID: "rebound", Kind: "state", Languages: []string{"en"}, Hosts: []string{"localhost:" + port, "localhost", "127.0.0.1", "[::1]"},
		Start: []string{"http://localhost:" + port + "/", "http://localhost/", "http://127.0.0.1/", "http://[::1]/"},
	}
	// A test site that redirects away from itself, to the private network and to an address on a host that it claims.
	local := newSite(t)
	src := local.source("/to-private", "/to-cloud", "/to-other-port", "/to-claimed")
	src.Hosts = append(src.Hosts, "192.0.2.1:80")
	for path, to := range map[string]string{
		"/to-private": "http://10.0.0.1/", "/to-cloud": "http://169.254.169.254/latest/meta-data", "/to-other-port": private.URL + "/",
		"/to-claimed": "http://192.0.2.1:80/",
	} {
		local.handle(path, status(http.StatusFound, "Location", to))
	}
	for name, s := range map[string]crawler.Source{"rebound": public, "local": src} {
		a := openArchive(t)
		r := crawl(t, a, crawler.Options{Limits: crawler.Limits{Header: time.Second, Request: 2 * time.Second}}, s).Sources[0]
		if r.New != 0 || len(r.Problems) < 4 {
			t.Errorf("%s: %+v", name, r)
		}
		for _, p := range r.Problems {
			if !strings.Contains(p.Why, "prohibited") && !strings.Contains(p.Why, "leaves the source") && !strings.Contains(p.Why, "not a loopback address") {
				t.Errorf("%s: %s failed for another reason: %s", name, p.URL, p.Why)
			}
		}
	}
	if asked := private.requests(); len(asked) > 0 {
		t.Errorf("the private site was asked %v", asked)
	}
}

func TestProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	s := newSite(t)
	s.html("/a", page("A", maskText))
	if r := crawl(t, openArchive(t), crawler.Options{}, s.source("/a")).Sources[0]; r.New != 1 {
		t.Errorf("%+v", r)
	}
}

func TestSelfSignedCertificateIsRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	src := crawler.Source{
		ID: "tls", Kind: "state", Languages: []string{"en"}, Hosts: []string{strings.TrimPrefix(s.URL, "https://")},
		Start: []string{s.URL + "/"}, AllowLoopback: true, Delay: time.Millisecond,
	}
	r := crawl(t, openArchive(t), crawler.Options{}, src).Sources[0]
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Why, "certificate") {
		t.Errorf("%+v", r)
	}
}

func TestRetryAfterPausesTheHost(t *testing.T) {
	for code, header := range map[int]string{429: "3600", 503: "3600"} {
		s := newSite(t)
		s.html("/a", page("A", maskText))
		s.html("/c", page("C", steamText))
		s.handle("/b", status(code, "Retry-After", header))
		a := openArchive(t)
		src := s.source("/a", "/b", "/c")
		r := crawl(t, a, crawler.Options{}, src).Sources[0]
		if r.New != 1 || r.Failed != 2 || s.count("/c") != 0 || !strings.Contains(r.Problems[1].Why, "asked for a pause") {
			t.Errorf("%d: %+v", code, r)
		}
		s.html("/b", page("B", maskText+" B."))
		s.requests()
		if r := crawl(t, a, crawler.Options{}, src).Sources[0]; len(s.requests()) != 0 || r.Failed != 3 {
			t.Errorf("%d: the next crawl does not wait: %+v", code, r)
		}
		later := crawler.Options{Now: func() time.Time { return time.Now().Add(2 * time.Hour) }}
		if r := crawl(t, a, later, src).Sources[0]; r.New != 2 || r.Unchanged != 1 {
			t.Errorf("%d: after the pause: %+v", code, r)
		}
	}
}

func TestHostileSitemaps(t *testing.T) {
	s := newSite(t)
	s.html("/a", page("A", maskText))
	s.html("/listed", page("Listed", steamText))
	var foreign strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&foreign, "<url><loc>https://elsewhere.example/%d</loc></url>", i)
	}
	s.handle("/foreign.xml", content("application/xml", "<urlset>"+foreign.String()+"<url><loc>"+s.URL+"/listed</loc></url></urlset>"))
	s.handle("/self.xml", content("application/xml", "<sitemapindex><sitemap><loc>"+s.URL+"/self.xml</loc></sitemap><sitemap><loc>http://10.0.0.1/x.xml</loc></sitemap></sitemapindex>"))
	s.handle("/broken.xml", content("application/xml", "<urlset><url><loc>"))
	s.handle("/bomb.xml.gz", content("application/gzip", string(packed(t, 20<<20))))
	s.handle("/gone.xml", status(404))
	src := s.source("/a")
	for _, name := range []string{"/self.xml", "/broken.xml", "/bomb.xml.gz", "/gone.xml", "/foreign.xml"} {
		src.Sitemaps = append(src.Sitemaps, s.URL+name)
	}
	r := crawl(t, openArchive(t), crawler.Options{}, src).Sources[0]
	if r.New != 2 || len(r.Problems) != 3 || s.count("/self.xml") != 1 {
		t.Errorf("%+v", r)
	}
}
