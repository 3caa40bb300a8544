package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"dalel/api"
	"dalel/crawler"
	"dalel/index"
)

type crawlCmd struct {
	Common
	Source  []string `arg:"" optional:"" help:"Sources to crawl, by ID; all when none is named." placeholder:"SOURCE"`
	Contact string   `help:"Address at which a site's owner learns who crawls, for the User-Agent. Default: --base-url." placeholder:"URL"`
	JSON    bool     `help:"Print the report as JSON."`
}

// Run crawls once and prints what was found. What was fetched is in the index before it ends, and stays when it is stopped.
func (c crawlCmd) Run(p program) error {
	register, err := c.register()
	if err != nil {
		return err
	}
	chosen, err := register.Choose(c.Source...)
	if err != nil {
		return usageError{err}
	}
	log := c.quietly(p.stderr)
	h, err := openGuidance(c.Common, log)
	if err != nil {
		return err
	}
	report, crawlErr := crawler.Crawl(p.ctx, h.archive, chosen, crawler.Options{Version: versionOf(), Contact: cmp.Or(c.Contact, c.public()), Log: log,
		Progress: progressOn(p.stderr)})
	finishing := context.WithoutCancel(p.ctx) // what was fetched before a signal is found, too
	err = errors.Join(crawlErr, h.index.CatchUp(finishing, h.archive), c.print(p.stdout, report), h.Close())
	if t := report.Total(); err == nil && t.Pages() > 0 && t.Failed+t.Skipped == t.Pages() {
		err = errors.New("no page could be fetched")
	}
	return err
}

// openGuidance opens what a crawl needs: the index and the archive.
func openGuidance(c Common, log *slog.Logger) (*home, error) {
	h := &home{}
	if err := c.makeData(); err != nil {
		return nil, err
	}
	if err := h.openGuidance(c, log); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// progressOn draws a bar on a terminal, and nothing elsewhere.
func progressOn(w io.Writer) func(crawler.Progress) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	bar := progressbar.NewOptions(0, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("crawling"), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("pages"), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	done, known := map[string]int{}, map[string]int{}
	return func(p crawler.Progress) {
		done[p.Source], known[p.Source] = p.Done, p.Known
		bar.Describe(p.Source)
		bar.ChangeMax(sum(known))
		_ = bar.Set(sum(done)) // a bar that cannot be drawn is no reason to stop
	}
}

func sum(of map[string]int) int {
	n := 0
	for _, v := range of {
		n += v
	}
	return n
}

// print writes the report: a line a source, and why pages failed.
func (c crawlCmd) print(out io.Writer, r crawler.Report) error {
	if c.JSON {
		return printValue(out, r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "source\tnew\tchanged\tunchanged\tnot modified\tgone\tmoved\tfailed\tskipped\tkB\t")
	total := r.Total()
	total.Source = "total"
	for _, s := range append(slices.Clone(r.Sources), total) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.Source, s.New, s.Changed, s.Unchanged, s.NotModified, s.Gone, s.Moved, s.Failed, s.Skipped, (s.Bytes+512)/1024)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	const shown = 20
	for _, s := range r.Sources {
		for i, problem := range s.Problems {
			if i == shown {
				fmt.Fprintf(out, "%s: %d more; --json lists all\n", s.Source, len(s.Problems)-shown)
				break
			}
			fmt.Fprintf(out, "%s: %s: %s\n", s.Source, problem.URL, problem.Why)
		}
	}
	_, err := fmt.Fprintf(out, "in %s\n", r.Took.Round(time.Second/10))
	return err
}

// crawlOnSchedule crawls until ctx ends; the index follows the archive by itself. An archive that turns out to be damaged ends the crawling
// alone: the service goes on answering from its index.
func (h *home) crawlOnSchedule(ctx context.Context, every time.Duration, contact string, log *slog.Logger) {
	err := crawler.Run(ctx, h.archive, h.register, every, crawler.Options{Version: versionOf(), Contact: contact, Log: log},
		func(r crawler.Report, err error) {
			t := r.Total()
			log.InfoContext(ctx, "crawled", "new", t.New, "changed", t.Changed, "unchanged", t.Unchanged, "gone", t.Gone, "failed", t.Failed,
				"skipped", t.Skipped, "took", r.Took.String(), "error", err)
		})
	if err != nil {
		log.ErrorContext(ctx, "no more crawls until the next start", "error", err)
	}
}

// sourceInfo is what the archive knows of each source, for the register's page.
func (h *home) sourceInfo(context.Context) (map[string]api.SourceInfo, error) {
	status, err := h.archive.Status()
	if err != nil {
		return nil, err
	}
	out := make(map[string]api.SourceInfo, len(h.register))
	for _, s := range h.register {
		info := api.SourceInfo{Langs: s.Languages, Start: s.Start}
		if st, visited := status[s.ID]; visited {
			info.LastCrawl = st.Visited
			if info.State = "ok"; st.Failing > 0 {
				info.State = "failing"
			}
		}
		out[s.ID] = info
	}
	return out, nil
}

// named are the sources that answers may name: those of the register, and behind them the built-in ones that the starter guidance rests on.
func named(r crawler.Register) ([]index.Source, error) {
	builtIn, err := crawler.Sources()
	if err != nil {
		return nil, err
	}
	sources := r.Index()
	for _, s := range builtIn.Index() {
		if !slices.ContainsFunc(sources, func(have index.Source) bool { return strings.EqualFold(have.ID, s.ID) }) {
			sources = append(sources, s)
		}
	}
	return sources, nil
}
