package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Crawl goes once through the sources and brings the archive up to date: their start pages, the pages known from before in the order
// of their discovery, those in their sitemaps, and what the main content of all these links to, up to Source.MaxPages each. Every
// page is asked for conditionally. Hosts are visited in parallel, each with one request at a time.
//
// The error is ErrBusy when a crawl into this archive is under way, ctx's own when it ended, or the archive's when it can keep nothing
// more; pages that fail are in the report and are no error. The report tells what was done, also beside an error, and all of that
// is on disk.
func Crawl(ctx context.Context, a *Archive, sources Register, o Options) (Report, error) {
	if !a.crawl.TryLock() {
		return Report{}, ErrBusy
	}
	defer a.crawl.Unlock()
	o = o.orDefaults()
	report := Report{Sources: make([]SourceReport, len(sources)), Began: o.Now()}
	started := time.Now()
	f := newFetcher(a, o)
	defer f.close()

	var told sync.Mutex
	tell := func(p Progress) {
		told.Lock()
		defer told.Unlock()
		o.Progress(p)
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(o.Parallel)
	for i := range sources {
		report.Sources[i] = SourceReport{Source: sources[i].ID, SkippedFor: map[Reason]int{}}
		w := &worker{source: &sources[i], archive: a, fetcher: f, report: &report.Sources[i], tell: tell, log: o.Log}
		group.Go(func() error { return w.run(inner) })
	}
	err := group.Wait()
	report.Took = time.Since(started)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return report, fmt.Errorf("crawler: crawl: %w", err)
	}
	return report, nil
}

// Run crawls at once and then again and again, with a pause of every in between, until ctx ends; it then gives nil. After each
// crawl it calls done (which may be nil) with Crawl's results. It gives an error only when the archive is damaged.
func Run(ctx context.Context, a *Archive, sources Register, every time.Duration, o Options, done func(Report, error)) error {
	for {
		report, err := Crawl(ctx, a, sources, o)
		if ctx.Err() != nil {
			return nil
		}
		if done != nil {
			done(report, err)
		}
		if errors.Is(err, ErrDamaged) {
			return err
		}
		if pause(ctx, every) != nil {
			return nil
		}
	}
}
