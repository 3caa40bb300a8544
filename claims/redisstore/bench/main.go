// Command bench measures the desk on its stores beside two yardsticks, in one run and against one redis-server: the plain SET of go-redis, and the
// queue of asynq. Run it in its own directory:
//
//	go run -tags nomsgpack .                   everything, with a million open claims: some ten minutes
//	go run -tags nomsgpack . --quick           shorter rounds and 100,000 open claims: about two minutes
//	go run -tags nomsgpack . --json            the same figures for a program
//	go run -tags nomsgpack . --redis URL       on a redis-server that runs already; its database must be empty, and is emptied at the end
//
// It ends with 0 where every target is met, with 1 where one is missed, and with 2 where it could not measure (go run makes 1 of that, too).
//
// # Why
//
// Figures of one machine say little of another, and on a shared one little of the next minute. So every target but those of memory and of the
// embedded store is a ratio of two figures that are measured in turn, round by round, and the median round counts. The yardsticks are what people
// know: SET is what Redis can do at all when it syncs its file before it answers, asynq is a queue of tasks in Redis that many use.
//
// It is a module of its own, so that asynq never comes into the product's.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// Exit codes.
const (
	exitMissed = 1
	exitFailed = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command does what the command line says and gives the exit code.
func command(ctx context.Context, args []string, out, progress io.Writer) int {
	s, asJSON, err := parse(args, progress)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return exitFailed
	}
	report, err := measure(ctx, s, progress)
	if err == nil && asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else if err == nil {
		err = report.print(out)
	}
	switch {
	case err != nil:
		fmt.Fprintln(progress, "bench:", err)
		return exitFailed
	case len(report.missed()) > 0:
		return exitMissed
	}
	return 0
}

// settings are what a run is asked for.
type settings struct {
	redis   string        // empty: a server of the run's own
	dir     string        // where that server and the embedded store keep their files
	open    int           // claims of the large store
	small   int           // claims of the small one
	clients int           // goroutines that call at the same time
	rounds  int           // that count; one more goes before them
	each    time.Duration // of every measurement in a round
	profile string        // file for a CPU profile of what is ours, or empty
}

// parse reads the command line. What is wrong with it has been said when it returns.
func parse(args []string, says io.Writer) (s settings, asJSON bool, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(says)
	f.StringVar(&s.redis, "redis", "", "`URL` of a redis-server with an empty database, which is emptied at the end (default: one of its own)")
	f.StringVar(&s.dir, "dir", os.TempDir(), "`directory` for the files of its own servers; a disk, or syncing costs nothing")
	f.IntVar(&s.open, "open", 0, "open claims of the large store (default 1000000, with -quick 100000)")
	f.IntVar(&s.clients, "clients", 64, "callers at the same time")
	f.StringVar(&s.profile, "cpuprofile", "", "`file` for a CPU profile of the desk's measurements")
	quick := f.Bool("quick", false, "fewer and shorter rounds")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	if err := f.Parse(args); err != nil {
		return s, asJSON, err
	}
	s.small, s.rounds, s.each = 1000, 9, 1500*time.Millisecond
	usual := 1_000_000
	if *quick {
		s.rounds, s.each, usual = 5, 500*time.Millisecond, 100_000
	}
	if s.open == 0 {
		s.open = usual
	}
	if s.open < s.small || s.clients < 1 || f.NArg() > 0 {
		err = fmt.Errorf("-open is at least %d, -clients at least 1, and there are no other arguments", s.small)
		fmt.Fprintln(says, "bench:", err)
	}
	return s, asJSON, err
}
