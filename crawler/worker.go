package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"dalel/index"
)

// worker crawls one source.
type worker struct {
	source  *Source
	archive *Archive
	fetcher *fetcher
	report  *SourceReport
	tell    func(Progress)
	log     *slog.Logger

	queue []string
	seen  map[string]bool
	hops  map[string]int // redirects that led to an address
	limit int            // addresses in seen
}

func (w *worker) run(ctx context.Context) error {
	w.seen, w.hops, w.limit = map[string]bool{}, map[string]int{}, w.source.pages()
	var start []string
	for _, raw := range w.source.Start {
		u, err := parseAddress(nil, raw)
		if err != nil {
			return err
		}
		start = append(start, u.String())
	}
	known, err := w.archive.enter(w.source.ID, start)
	if err != nil {
		return err
	}
	for _, address := range slices.Concat(start, known) {
		w.admit(address)
	}
	listed, err := w.readSitemaps(ctx, w.limit)
	if err != nil {
		return err
	}
	if listed, err = w.admitNew(listed); err != nil {
		return err
	}
	if _, err := w.archive.enter(w.source.ID, listed); err != nil {
		return err
	}
	for len(w.queue) > 0 {
		address := w.queue[0]
		w.queue = w.queue[1:]
		outcome, why, err := w.visit(ctx, address)
		if err != nil {
			return err
		}
		w.report.count(outcome)
		if why != "" {
			w.problem(address, why)
		}
		w.log.DebugContext(ctx, "page visited", "source", w.source.ID, "url", address, "outcome", outcome, "why", why)
		done := w.report.Pages()
		w.tell(Progress{Source: w.source.ID, URL: address, Outcome: outcome, Done: done, Known: done + len(w.queue)})
	}
	return nil
}

// admit puts an address into the queue, if it is new and there is room.
func (w *worker) admit(address string) bool {
	if w.seen[address] || len(w.seen) >= w.limit {
		return false
	}
	w.seen[address] = true
	w.queue = append(w.queue, address)
	return true
}

// admitNew admits what was found on the way, except pages that are gone, and gives what it admitted.
func (w *worker) admitNew(addresses []string) ([]string, error) {
	var admitted []string
	for _, address := range addresses {
		if w.seen[address] || len(w.seen) >= w.limit {
			continue
		}
		state, err := w.archive.page(address)
		if err != nil {
			return nil, err
		}
		if !state.Gone && w.admit(address) {
			admitted = append(admitted, address)
		}
	}
	return admitted, nil
}

func (w *worker) problem(address, why string) {
	if len(w.report.Problems) < maxProblems {
		w.report.Problems = append(w.report.Problems, Problem{address, why})
	}
}

// visit asks for a page, reads it and keeps what came. An error ends the crawl.
func (w *worker) visit(ctx context.Context, address string) (outcome Outcome, why string, err error) {
	u, err := url.Parse(address)
	if err != nil || !w.source.Owns(u) {
		return w.skip(SkipRobots, "is no longer within the source")
	}
	state, err := w.archive.page(address)
	if err != nil {
		return "", "", err
	}
	a, err := w.fetcher.fetch(ctx, w.source, u, question{validators: state.validators, limit: w.fetcher.limits.Body, takes: isPage})
	if a != nil {
		w.report.Bytes += a.wire
	}
	v := visit{source: w.source, url: address, at: w.fetcher.now(), answer: a}
	skipped, isSkip := errors.AsType[skipError](err)
	switch {
	case ctx.Err() != nil:
		return "", "", ctx.Err()
	case isFatal(err):
		return "", "", err
	case isSkip:
		return w.skip(skipped.reason, skipped.detail)
	case errors.Is(err, errPaused):
		return Failed, err.Error(), nil // says nothing about this page
	case err != nil:
		v.answer = nil
		return w.keep(v, err.Error())
	}
	return w.receive(v, u)
}

func (w *worker) skip(reason Reason, why string) (Outcome, string, error) {
	w.report.SkippedFor[reason]++
	return Skipped, why, nil
}

func (w *worker) keep(v visit, why string) (Outcome, string, error) {
	outcome, err := w.archive.keep(v)
	if err != nil {
		return "", "", err
	}
	if outcome != Failed && outcome != Skipped && outcome != Gone {
		why = ""
	}
	return outcome, why, nil
}

// receive makes of an answer what it is for the archive.
func (w *worker) receive(v visit, u *url.URL) (outcome Outcome, why string, err error) {
	a := v.answer
	switch {
	case isRedirect(a.status):
		return w.follow(v)
	case a.status != http.StatusOK:
		return w.keep(v, fmt.Sprintf("status %d", a.status))
	case a.wrong || !looksLikePage(a.header.Get("Content-Type"), a.body):
		why = "not HTML: " + mediaType(a.header.Get("Content-Type"), a.body)
		a.body = nil
		v.retire = true
		w.report.SkippedFor[SkipType]++
		return w.keep(v, why)
	}
	page := Extract(toUTF8(a.body, a.header.Get("Content-Type")), u, w.source, v.at)
	noIndex, noFollow := forbids(a.header.Values("X-Robots-Tag")...)
	if !noFollow {
		if v.found, err = w.admitNew(page.Links); err != nil {
			return "", "", err
		}
	}
	switch {
	case page.NoIndex || noIndex:
		v.retire = true
		w.report.SkippedFor[SkipRobots]++
		why = "the page asks not to be indexed"
	case len(page.Passages) == 0:
		why = "no text found on the page"
	case !slices.Contains(index.Languages(), page.Lang):
		v.retire = true
		w.report.SkippedFor[SkipLanguage]++
		why = fmt.Sprintf("language %q", page.Lang)
	default:
		if err := page.check(); err != nil {
			return w.keep(v, err.Error())
		}
		v.page = &page
	}
	return w.keep(v, why)
}

// follow turns a redirect within the source into a visit of its own, the next one.
func (w *worker) follow(v visit) (Outcome, string, error) {
	to, err := v.answer.redirect(w.source)
	if err != nil {
		return w.keep(v, err.Error())
	}
	target := to.String()
	hops := w.hops[v.url] + 1
	switch {
	case target == v.url:
		return w.keep(v, "redirects to itself")
	case hops > maxRedirects:
		return w.keep(v, fmt.Sprintf("more than %d redirects", maxRedirects))
	}
	v.moved = true
	if !w.seen[target] {
		w.limit++ // it takes the place of the page that pointed to it
		w.seen[target] = true
		w.queue = slices.Insert(w.queue, 0, target)
		w.hops[target] = hops
		v.found = []string{target}
	}
	return w.keep(v, "")
}
