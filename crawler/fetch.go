package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Pauses between two requests to one host: five times what the last answer took, within these bounds, so that a host that
// struggles is left in peace. Crawl-delay in robots.txt raises it.
const (
	minDelay      = 2 * time.Second
	maxDelay      = 30 * time.Second
	latencyFactor = 5
)

const (
	maxRedirects      = 5
	robotsLife        = 24 * time.Hour // RFC 9309, section 2.4
	defaultRetryAfter = 15 * time.Minute
	maxRetryAfter     = 7 * 24 * time.Hour
)

// Limits bound one request. The zero value stands for the defaults.
type Limits struct {
	Body    int64         // bytes of a page or sitemap, on the wire and decoded; 0 means 4 MiB
	Header  time.Duration // to connect, and until the answer's header is in; 0 means 20 s
	Request time.Duration // the whole request; 0 means 60 s
}

func (l Limits) orDefaults() Limits {
	if l.Body <= 0 {
		l.Body = maxPageBytes
	}
	if l.Header <= 0 {
		l.Header = 20 * time.Second
	}
	if l.Request <= 0 {
		l.Request = time.Minute
	}
	return l
}

// A skipError is why a page was left out though nothing failed.
type skipError struct {
	reason Reason
	detail string
}

func (e skipError) Error() string { return e.detail }

// A fatalError is one of the archive: nothing can be kept any more, so the crawl ends.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

func isFatal(err error) bool {
	_, fatal := errors.AsType[fatalError](err)
	return fatal
}

var errPaused = errors.New("the host asked for a pause")

// fetcher makes the requests of one crawl. Its methods may be called concurrently; each host is asked one thing at a time.
type fetcher struct {
	agent         string
	limits        Limits
	now           func() time.Time
	archive       *Archive
	public, local *http.Client

	mu    sync.Mutex
	hosts map[string]*host
}

// host is what the crawler knows of one host and port. Whoever has put a token into turn may use the other fields.
type host struct {
	turn   chan struct{}
	next   time.Time // no request before it
	paused time.Time // what Retry-After asked for
	rules  map[string]robots
}

func newFetcher(a *Archive, o Options) *fetcher {
	l := o.Limits.orDefaults()
	return &fetcher{
		agent: o.agent(), limits: l, now: o.Now, archive: a,
		public: newClient(false, l), local: newClient(true, l),
		hosts: map[string]*host{},
	}
}

func (f *fetcher) close() {
	f.public.CloseIdleConnections()
	f.local.CloseIdleConnections()
}

// answer is what a host said, its body decoded but in the page's own character encoding.
type answer struct {
	url    *url.URL
	status int
	header http.Header
	body   []byte
	wire   int64 // bytes of the body as transferred
	wrong  bool  // of a type that was not asked for: its body was not read
}

func (a *answer) validators() validators {
	return validators{ETag: a.header.Get("ETag"), LastModified: a.header.Get("Last-Modified")}
}

// redirect is the address to which a 3xx answer points, if it may be followed: within the source, and never from https to http.
func (a *answer) redirect(s *Source) (*url.URL, error) {
	to, err := parseAddress(a.url, a.header.Get("Location"))
	switch {
	case a.header.Get("Location") == "":
		return nil, errors.New("redirect without an address")
	case err != nil:
		return nil, fmt.Errorf("redirect: %w", err)
	case a.url.Scheme == "https" && to.Scheme == "http":
		return nil, fmt.Errorf("redirect from https to %s", to)
	case !s.Owns(to):
		return nil, fmt.Errorf("redirect leaves the source: %s", to)
	}
	return to, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// fetch asks for an address once, when it is its turn and robots.txt allows it. Redirects are answers like others. The error is a
// skipError where robots.txt forbids the page, errPaused where the host asked to be left alone.
func (f *fetcher) fetch(ctx context.Context, s *Source, u *url.URL, q question) (*answer, error) {
	h := f.host(u.Host)
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	rules, err := f.robots(ctx, h, s, u)
	if err != nil {
		return nil, err
	}
	if rules.denied != "" {
		return nil, skipError{SkipRobots, rules.denied}
	}
	if !rules.allows(u) {
		return nil, skipError{SkipRobots, "robots.txt does not allow it"}
	}
	if rules.delay > maxCrawlDelay {
		return nil, skipError{SkipRobots, fmt.Sprintf("robots.txt asks for %s between requests", rules.delay)}
	}
	q.crawlDelay = rules.delay
	return f.exchange(ctx, h, s, u, q)
}

// question is how an address is asked for.
type question struct {
	validators
	limit      int64                         // bytes of the body
	takes      func(contentType string) bool // nil takes every type; a missing header is taken
	crawlDelay time.Duration
}

func (f *fetcher) host(name string) *host {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[name]
	if h == nil {
		h = &host{turn: make(chan struct{}, 1), rules: map[string]robots{}}
		f.hosts[name] = h
	}
	return h
}

// exchange makes one request; the caller has the host's turn.
func (f *fetcher) exchange(ctx context.Context, h *host, s *Source, u *url.URL, q question) (*answer, error) {
	if h.paused.IsZero() {
		until, err := f.archive.pausedUntil(u.Host)
		if err != nil {
			return nil, fatalError{err}
		}
		h.paused = until
	}
	if f.now().Before(h.paused) {
		return nil, fmt.Errorf("%w until %s", errPaused, h.paused.UTC().Format(time.RFC3339))
	}
	if err := pause(ctx, time.Until(h.next)); err != nil {
		return nil, err
	}
	start := time.Now()
	latency := f.limits.Request // of a request that never comes back
	defer func() { h.next = time.Now().Add(delay(s, latency, q.crawlDelay)) }()

	ctx, cancel := context.WithTimeout(ctx, f.limits.Request)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", f.agent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1")
	req.Header.Set("Accept-Encoding", "gzip, br")
	if q.ETag != "" {
		req.Header.Set("If-None-Match", q.ETag)
	}
	if q.LastModified != "" {
		req.Header.Set("If-Modified-Since", q.LastModified)
	}
	client := f.public
	if s.AllowLoopback {
		client = f.local
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, plainError(err)
	}
	defer resp.Body.Close()
	latency = time.Since(start)

	a := &answer{url: u, status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if err := f.obeyRetryAfter(h, u.Host, resp); err != nil {
			return nil, fatalError{err}
		}
	}
	a.wrong = q.takes != nil && resp.Header.Get("Content-Type") != "" && !q.takes(resp.Header.Get("Content-Type"))
	if resp.StatusCode/100 != 2 || a.wrong {
		return a, nil // nothing of the body is kept; closing it unread ends the connection
	}
	a.body, a.wire, err = readBody(resp, q.limit)
	if err != nil {
		return a, plainError(err)
	}
	return a, nil
}

func delay(s *Source, latency, crawlDelay time.Duration) time.Duration {
	if s.Delay > 0 {
		return max(s.Delay, crawlDelay)
	}
	return max(min(max(latencyFactor*latency, minDelay), maxDelay), crawlDelay)
}

func (f *fetcher) obeyRetryAfter(h *host, name string, resp *http.Response) error {
	wait, stated := retryAfter(resp.Header.Get("Retry-After"), f.now())
	if !stated && resp.StatusCode == http.StatusServiceUnavailable {
		return nil // may be this page's own trouble
	}
	h.paused = f.now().Add(wait)
	return f.archive.pauseHost(name, h.paused)
}

// retryAfter reads a Retry-After header, seconds or a date, clamped to 7 days. It gives 15 minutes and false where the header is
// missing or means nothing.
func retryAfter(value string, now time.Time) (wait time.Duration, stated bool) {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter), true
	}
	return defaultRetryAfter, false
}

// plainError takes the method and the address off an http.Client's error: whoever reports it names the page.
func plainError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
