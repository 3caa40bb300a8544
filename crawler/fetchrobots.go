package crawler

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// robots gives the rules for u's origin: the ones of this crawl, else a stored copy of at most a day, else what the host says now.
// The caller has the host's turn. An error means that the archive failed or that ctx ended.
func (f *fetcher) robots(ctx context.Context, h *host, s *Source, u *url.URL) (robots, error) {
	origin := u.Scheme + "://" + u.Host
	if r, known := h.rules[origin]; known {
		return r, nil
	}
	r, err := f.readRobots(ctx, h, s, origin)
	if err != nil {
		return robots{}, err
	}
	h.rules[origin] = r
	return r, nil
}

func (f *fetcher) readRobots(ctx context.Context, h *host, s *Source, origin string) (robots, error) {
	address := origin + "/robots.txt"
	stored, body, err := f.archive.resource(address)
	if err != nil {
		return robots{}, fatalError{err}
	}
	if age := f.now().Sub(stored.Fetched); stored.Status != 0 && age >= 0 && age < robotsLife {
		return robotsFrom(stored.Status, body), nil
	}
	at, err := url.Parse(address)
	if err != nil {
		return robots{denied: "robots.txt has no address"}, nil
	}
	known := stored.validators
	for hop := range maxRedirects + 1 {
		a, err := f.exchange(ctx, h, s, at, question{validators: known, limit: f.limits.Body})
		switch {
		case ctx.Err() != nil:
			return robots{}, ctx.Err()
		case isFatal(err):
			return robots{}, err
		case err != nil:
			return robots{denied: "robots.txt cannot be read: " + err.Error()}, nil
		}
		if a.status == http.StatusNotModified && stored.Status != 0 {
			stored.Fetched = f.now()
			return robotsFrom(stored.Status, body), f.remember(address, stored, body)
		}
		if !isRedirect(a.status) {
			fresh := resource{Fetched: f.now(), Status: a.status}
			if hop == 0 { // validators of another address would be lies here
				fresh.validators = a.validators()
			}
			if readable := a.status/100 == 2 || a.status/100 == 4 && !locked(a.status); readable {
				if err := f.remember(address, fresh, a.body); err != nil {
					return robots{}, err
				}
			}
			return robotsFrom(a.status, a.body), nil
		}
		if at, err = a.redirect(s); err != nil {
			return robots{denied: "robots.txt: " + err.Error()}, nil
		}
		known = validators{}
	}
	return robots{denied: fmt.Sprintf("robots.txt redirects more than %d times", maxRedirects)}, nil
}

// remember stores a robots.txt file or a sitemap.
func (f *fetcher) remember(address string, r resource, body []byte) error {
	if err := f.archive.putResource(address, r, body); err != nil {
		return fatalError{err}
	}
	return nil
}

// locked are the 4xx answers that mean "not for you" rather than "there is none". They are taken like a 5xx: nothing is allowed.
func locked(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests
}

func robotsFrom(status int, body []byte) robots {
	switch {
	case status/100 == 2:
		return parseRobots(body)
	case status/100 == 4 && !locked(status):
		return robots{}
	}
	return robots{denied: fmt.Sprintf("robots.txt answers %d", status)}
}
