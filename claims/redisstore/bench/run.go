package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"dalel/claims/boltstore"
)

// Targets, as ratios to the yardstick where the name does not say otherwise.
const (
	targetSubmitOfSet     = 0.15
	targetSubmitOfEnqueue = 0.33
	targetCycle           = 0.25
	targetHot             = 2.0
	targetNextOfDecide    = 2.0  // the 99th percentiles
	targetCPU             = 1.8  // the large store's of the small one's
	targetBytes           = 1400 // bytes an open claim
	targetEmbedded        = 2000 // submissions a second
)

// A run is a report in the making.
type run struct {
	settings
	*report
	server   *server
	texts    *texts
	progress io.Writer
}

// measure does all measurements.
func measure(ctx context.Context, s settings, progress io.Writer) (_ *report, err error) {
	v, err := newServer(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	said, err := v.db.InfoMap(ctx, "server").Result()
	if err != nil {
		return nil, fmt.Errorf("info server: %w", err)
	}
	r := &run{settings: s, server: v, texts: new(texts), progress: progress, report: &report{
		Machine: fmt.Sprintf("%d processors, %s %s/%s", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH),
		Redis:   "redis-server " + said["Server"]["redis_version"],
		Clients: s.clients, Rounds: s.rounds, Seconds: s.each.Seconds(), Open: s.open, Notes: notes(s)}}
	begin, err := v.load(ctx)
	if err != nil {
		return nil, err
	}
	// Memory is measured on a server that holds nothing else: the once keys of others would end meanwhile.
	large, err := r.size(ctx)
	if err != nil {
		return nil, err
	}
	fast, err := r.speed(ctx)
	if err != nil {
		return nil, err
	}
	embedded, err := r.embedded(ctx)
	if err != nil {
		return nil, err
	}
	r.Figures = slices.Concat(fast, large, embedded)
	end, err := v.load(ctx)
	if err == nil && s.redis == "" {
		r.Notes = append(r.Notes, fmt.Sprintf("other processes had %.0f %% of the processors meanwhile; the less, the steadier the figures",
			100*end.others(begin)))
	}
	return r.report, err
}

// notes say how it was measured.
func notes(s settings) []string {
	where := "a redis-server of the run's own: appendonly yes, appendfsync always, noeviction, no automatic rewrite of the file"
	if s.redis != "" {
		where = "the redis-server that was named; what else it does is in the figures"
	}
	return []string{
		where,
		fmt.Sprintf("every client of Redis has %d connections; the first round of each measurement is not counted; "+
			"a ratio is the median of the rounds' ratios", pool(s.clients)),
		"Commit of a submission alone is what the store does for it: the text is not read, and no claim is looked for",
		"Submit is the whole of Desk.Check with a new text and a search that finds nothing: a claim, a submission, an event and a once key",
		"a cycle of ours is Check, Next, Propose with the finding published, by every client in turn",
		fmt.Sprintf("a cycle of asynq is Enqueue by %[1]d clients into a queue that nobody works on, then Dequeue and Done by %[1]d servers "+
			"with a worker each, on a full queue: the sum of both times", s.clients),
		"CPU is processor time of redis-server (INFO cpu) + of this process (getrusage), for one of what is measured",
		"processor time an operation is that of both in a cycle, for one of its three calls, when most once keys of the filling have ended",
		"memory is used_memory after the large store was filled less that before, with the once keys that still stand; " +
			"a while later, nearly all of them have ended (they last a minute)",
	}
}

func (r *run) say(format string, a ...any) { fmt.Fprintf(r.progress, format+"\n", a...) }

// rounds calls f as often as there are rounds, and once before; of that call counted is false.
func (r *run) rounds(what string, f func(counted bool) error) error {
	for i := range r.report.Rounds + 1 {
		if err := f(i > 0); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// embedded measures submissions to the embedded store, on the same disk.
func (r *run) embedded(ctx context.Context) (_ []figure, err error) {
	dir, err := os.MkdirTemp(r.dir, "dalel-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := boltstore.Open(filepath.Join(dir, "claims.db"), boltstore.Options{})
	if err != nil {
		return nil, err
	}
	d := newDesk(r.server, store, "", r.clients, r.texts)
	defer d.shut()
	var submits speeds
	err = r.rounds("embedded", func(counted bool) error {
		submit, err := d.submits(ctx, r.each)
		if err != nil {
			return err
		}
		r.say("a second: submit to bbolt %.0f", submit.perSecond)
		if counted {
			submits = append(submits, submit)
		}
		return nil
	})
	return []figure{alone("Submit to bbolt", "/s", submits.perSecond()).atLeast(targetEmbedded)}, err
}
