package crawler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParseSitemap(t *testing.T) {
	const plain = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://x/">
<url><loc> https://example.org/a?b=c&amp;d </loc><lastmod>2024-01-01</lastmod><image:image><image:loc>https://example.org/a.jpg</image:loc></image:image></url>
<url><loc><![CDATA[https://example.org/b]]></loc></url></urlset>`
	const list = `<sitemapindex><sitemap><loc>https://example.org/1.xml</loc></sitemap><sitemap><loc>https://example.org/2.xml</loc></sitemap></sitemapindex>`
	for name, c := range map[string]struct {
		data         []byte
		pages, files []string
		fails        bool
	}{
		"plain":          {[]byte(plain), []string{"https://example.org/a?b=c&d", "https://example.org/b"}, nil, false},
		"gzip":           {gzipped(t, []byte(plain)), []string{"https://example.org/a?b=c&d", "https://example.org/b"}, nil, false},
		"index":          {[]byte(list), nil, []string{"https://example.org/1.xml", "https://example.org/2.xml"}, false},
		"empty":          {nil, nil, nil, false},
		"HTML":           {[]byte("<html><p>no<br></html>"), nil, nil, true},
		"cut short":      {[]byte(plain[:strings.LastIndex(plain, "</loc>")]), []string{"https://example.org/a?b=c&d"}, nil, true},
		"unknown entity": {[]byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>https://example.org/&x;</loc></url></urlset>`), nil, nil, true},
		"deep":           {[]byte(strings.Repeat("<a>", 100_000)), nil, nil, true},
		"gzip bomb":      {gzipped(t, make([]byte, 20<<20)), nil, nil, true},
		"truncated gzip": {gzipped(t, []byte(plain))[:60], nil, nil, true},
	} {
		pages, files, err := parseSitemap(c.data)
		if (err != nil) != c.fails || !slices.Equal(pages, c.pages) || !slices.Equal(files, c.files) {
			t.Errorf("%s: pages %q, files %q, error %v", name, pages, files, err)
		}
	}
	var many strings.Builder
	many.WriteString("<urlset>")
	for i := range maxSitemapURLs + 10 {
		fmt.Fprintf(&many, "<url><loc>https://example.org/%d</loc></url>", i)
	}
	if pages, _, err := parseSitemap([]byte(many.String())); len(pages) != maxSitemapURLs || err != nil {
		t.Errorf("a sitemap that is too long gives %d pages, %v", len(pages), err)
	}
}

func FuzzParseSitemap(f *testing.F) {
	f.Add([]byte("<urlset><url><loc>https://example.org/</loc></url></urlset>"))
	f.Add([]byte("<?xml version='1.0' encoding='windows-1251'?><sitemapindex><sitemap><loc>x</loc>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pages, files, _ := parseSitemap(data)
		if len(pages)+len(files) > maxSitemapURLs {
			t.Errorf("%d addresses", len(pages)+len(files))
		}
	})
}
