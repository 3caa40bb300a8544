package crawler

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html/charset"
)

// Bounds of sitemaps. The protocol (sitemaps.org) allows 50 MB a file; files of sources of this size stay far below these.
const (
	maxSitemapBytes = 16 << 20
	maxSitemapURLs  = 50_000
	maxSitemapDepth = 32 // open XML elements
	maxSitemaps     = 50 // files of one source in one crawl
)

// parseSitemap reads a sitemap or a sitemap index, gzipped or not, and gives the addresses of pages and of further sitemaps in their
// order, unchecked. With an error it gives what stood before the fault. Entities of a document type are not known and never expanded.
func parseSitemap(data []byte) (pages, sitemaps []string, err error) {
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if data, err = gunzip(data, maxSitemapBytes); err != nil {
			return nil, nil, fmt.Errorf("crawler: sitemap: %w", err)
		}
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charset.NewReaderLabel
	var path []string
	var text strings.Builder
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) && len(path) == 0 {
			return pages, sitemaps, nil
		}
		if err != nil {
			return pages, sitemaps, fmt.Errorf("crawler: sitemap: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > maxSitemapDepth {
				return pages, sitemaps, errors.New("crawler: sitemap: nested too deeply")
			}
			text.Reset()
		case xml.CharData:
			if text.Len() <= maxAddress {
				text.Write(t)
			}
		case xml.EndElement:
			if len(path) == 0 || path[len(path)-1] != t.Name.Local {
				return pages, sitemaps, errors.New("crawler: sitemap: an end tag that ends nothing")
			}
			address := strings.TrimSpace(text.String())
			switch strings.Join(path[max(len(path)-2, 0):], "/") {
			case "url/loc":
				pages = append(pages, address)
			case "sitemap/loc":
				sitemaps = append(sitemaps, address)
			}
			if len(pages)+len(sitemaps) >= maxSitemapURLs {
				return pages, sitemaps, nil
			}
			path = path[:len(path)-1]
			text.Reset()
		}
	}
}

// readSitemaps gives the pages that the source's sitemaps name, within the source and each once, at most limit.
func (w *worker) readSitemaps(ctx context.Context, limit int) ([]string, error) {
	queue := w.source.Sitemaps
	asked, named := map[string]bool{}, map[string]bool{}
	var out []string
	for len(queue) > 0 && len(asked) < maxSitemaps && len(out) < limit {
		u, err := parseAddress(nil, queue[0])
		queue = queue[1:]
		if err != nil || !w.source.Owns(u) || asked[u.String()] {
			continue
		}
		asked[u.String()] = true
		body, err := w.fetchSitemap(ctx, u)
		if err != nil && (ctx.Err() != nil || isFatal(err)) {
			return nil, err
		}
		if err != nil {
			w.problem(u.String(), "sitemap: "+err.Error())
			continue
		}
		pages, more, err := parseSitemap(body)
		if err != nil {
			w.problem(u.String(), err.Error())
		}
		queue = append(queue, more...)
		for _, raw := range pages {
			p, err := parseAddress(u, raw)
			if err != nil || !w.source.Owns(p) || named[p.String()] || len(out) == limit {
				continue
			}
			named[p.String()] = true
			out = append(out, p.String())
		}
	}
	return out, nil
}

// fetchSitemap gives a sitemap's body, the stored one where the host says that it has not changed.
func (w *worker) fetchSitemap(ctx context.Context, u *url.URL) ([]byte, error) {
	stored, body, err := w.archive.resource(u.String())
	if err != nil {
		return nil, fatalError{err}
	}
	at, known := u, stored.validators
	for hop := range maxRedirects + 1 {
		a, err := w.fetcher.fetch(ctx, w.source, at, question{validators: known, limit: maxSitemapBytes})
		if a != nil {
			w.report.Bytes += a.wire
		}
		switch {
		case err != nil:
			return nil, err
		case a.status == http.StatusNotModified && stored.Status != 0:
			return body, nil
		case a.status == http.StatusOK:
			fresh := resource{Fetched: w.fetcher.now(), Status: a.status}
			if hop == 0 {
				fresh.validators = a.validators()
			}
			return a.body, w.fetcher.remember(u.String(), fresh, a.body)
		case !isRedirect(a.status):
			return nil, fmt.Errorf("status %d", a.status)
		}
		if at, err = a.redirect(w.source); err != nil {
			return nil, err
		}
		known = validators{}
	}
	return nil, fmt.Errorf("more than %d redirects", maxRedirects)
}
