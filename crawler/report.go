package crawler

import (
	"log/slog"
	"strings"
	"time"
)

// Outcome is what a visit to a page meant.
type Outcome string

const (
	New         Outcome = "new"         // a document that was not there
	Changed     Outcome = "changed"     // its passages differ: a new version
	Unchanged   Outcome = "unchanged"   // it was read and its passages are the same
	NotModified Outcome = "notModified" // the host said that nothing changed; nothing was read
	Gone        Outcome = "gone"        // the page was removed: 410, or 404 in three crawls
	Moved       Outcome = "moved"       // it redirects to another page of the source, which is visited in its place
	Failed      Outcome = "failed"      // no page could be read; what was known stays
	Skipped     Outcome = "skipped"     // it may or can not be kept; see Reason
)

// Reason is why a page was skipped.
type Reason string

const (
	SkipRobots   Reason = "robots"   // robots.txt, a robots meta element or X-Robots-Tag forbids it
	SkipType     Reason = "type"     // it is not HTML
	SkipLanguage Reason = "language" // it is in none of the languages of the index, or nothing tells in which
)

// maxProblems bounds the problems that are reported of one source.
const maxProblems = 1_000

// Report is what a crawl did, source by source, in the order in which they were given.
type Report struct {
	Sources []SourceReport
	Began   time.Time
	Took    time.Duration
}

// SourceReport counts the pages of one source by what their visits meant.
type SourceReport struct {
	Source      string
	New         int
	Changed     int
	Unchanged   int // NotModified among them
	NotModified int
	Gone        int
	Moved       int
	Failed      int
	Skipped     int
	SkippedFor  map[Reason]int
	Bytes       int64     // of page and sitemap bodies, as transferred
	Problems    []Problem // why pages failed, were skipped or are gone, and sitemaps that could not be read; at most 1,000
}

// Problem is why a page gave no document.
type Problem struct{ URL, Why string }

// Pages is the number of pages that were visited.
func (r SourceReport) Pages() int {
	return r.New + r.Changed + r.Unchanged + r.Gone + r.Moved + r.Failed + r.Skipped
}

// Total adds up the sources; its Source and Problems are empty.
func (r Report) Total() SourceReport {
	total := SourceReport{SkippedFor: map[Reason]int{}}
	for _, s := range r.Sources {
		total.New += s.New
		total.Changed += s.Changed
		total.Unchanged += s.Unchanged
		total.NotModified += s.NotModified
		total.Gone += s.Gone
		total.Moved += s.Moved
		total.Failed += s.Failed
		total.Skipped += s.Skipped
		total.Bytes += s.Bytes
		for reason, n := range s.SkippedFor {
			total.SkippedFor[reason] += n
		}
	}
	return total
}

func (r *SourceReport) count(o Outcome) {
	switch o {
	case New:
		r.New++
	case Changed:
		r.Changed++
	case Unchanged:
		r.Unchanged++
	case NotModified:
		r.Unchanged++
		r.NotModified++
	case Gone:
		r.Gone++
	case Moved:
		r.Moved++
	case Failed:
		r.Failed++
	case Skipped:
		r.Skipped++
	}
}

// Progress is told after each page.
type Progress struct {
	Source  string
	URL     string
	Outcome Outcome
	Done    int // pages of the source visited so far
	Known   int // pages of the source known so far; grows while pages are found
}

// Options are what a crawl needs beside its sources. The zero value is ready to use.
type Options struct {
	Version  string           // of the program, for User-Agent; empty is "dev"
	Contact  string           // an address where a site's owner learns more, for User-Agent; empty leaves it out
	Limits   Limits           // of each request
	Parallel int              // sources crawled at once; 0 is 8
	Progress func(Progress)   // never called concurrently; nil: not called
	Log      *slog.Logger     // nil logs nothing
	Now      func() time.Time // nil is time.Now
}

func (o Options) orDefaults() Options {
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) agent() string {
	agent := productToken + "/" + headerWord(o.Version)
	if contact := headerWord(o.Contact); contact != "" {
		agent += " (+" + contact + ")"
	}
	return agent
}

// headerWord leaves out what may not stand in a product or a comment of a User-Agent header.
func headerWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`()\"`, r) {
			return -1
		}
		return r
	}, s)
}
