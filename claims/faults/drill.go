package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"dalel/claims"
)

// A Drill breaks what a store stands on while many work with it, and reads everything back.
type Drill struct {
	Name string // a word or two, with dashes
	What string // a sentence: what is broken and what must hold

	// Run gives what was found. An error says that the drill could not be held, which tells nothing of the store; ErrNoRedis is one. say is told
	// how far it has come.
	Run func(ctx context.Context, s Settings, say func(format string, args ...any)) (Result, error)
}

// Settings are how a drill is held. Zero numbers are the drill's own defaults.
type Settings struct {
	Dir     string // a directory is made here each time for the data of the drill's servers, and left there
	Seconds int    // how long a fault lasts, or the work goes on
	Times   int    // how often the fault comes, where it comes several times
	Clients int    // who work at once; 0 is 64
	Seed    uint64 // of the dice for what is done and what is dropped

	// Open opens a store in Redis. replicas is how many must have a change before it is acknowledged, 0 for none.
	Open func(ctx context.Context, address string, replicas int) (claims.Store, error)

	// Embedded opens the embedded store in a directory, and Worker starts a program that opens the same and calls Work with its standard output.
	Embedded func(ctx context.Context, dir string) (claims.Store, error)
	Worker   func(ctx context.Context, dir string) (*Process, error)
}

// A Result is what a drill has found.
type Result struct {
	Passed  bool
	Reason  string // what failed, or what was held
	Figures []Figure
}

// A Figure is something that a drill has counted or measured.
type Figure struct {
	Name  string
	Value float64
	Unit  string // "s", or empty for a count
}

// Figure gives a figure's value, and whether the drill has it.
func (r Result) Figure(name string) (value float64, ok bool) {
	for _, f := range r.Figures {
		if f.Name == name {
			return f.Value, true
		}
	}
	return 0, false
}

// Drills are all drills of stores.
func Drills() []Drill {
	return []Drill{
		{"redis-kill", "redis-server is killed while many commit: nothing acknowledged is lost, and the log is whole", killRedis},
		{"bolt-kill", "a program that writes to the embedded store is killed: nothing acknowledged is lost, and the log is whole", killWorker},
		{"lost-replies", "3 of 100 answers of Redis are lost: everything counts once, and no lease is lost", loseReplies},
		{"split", "a master is split from its replicas and sentinels: nothing acknowledged is lost, and writing resumes within 10 seconds", splitMaster},
		{"standstill", "Redis stands still, then refuses writes: every call fails within 2.5 seconds, and work resumes within 3", standStill},
	}
}

// errSilent says that nothing was acknowledged for a long time: that is the store's failure, not the drill's.
var errSilent = errors.New("faults: nothing was acknowledged")

// patience is how long a drill waits for work to go on.
const patience = 30 * time.Second

// with fills in what is not set, and makes an empty directory for the drill.
func (s Settings) with(drill string, seconds, times int) (Settings, error) {
	s.Seconds = cmp.Or(s.Seconds, seconds)
	s.Times = cmp.Or(s.Times, times)
	s.Clients = cmp.Or(s.Clients, 64)
	err := os.MkdirAll(s.Dir, 0o700)
	if err == nil {
		s.Dir, err = os.MkdirTemp(s.Dir, drill+"-*")
	}
	if err != nil {
		return s, fmt.Errorf("faults: %w", err)
	}
	return s, nil
}

// duration is Seconds.
func (s Settings) duration() time.Duration { return time.Duration(s.Seconds) * time.Second }

// steady is how many acts show that work goes on.
func (s Settings) steady() int { return 10 * s.Clients }

// A verdict is a result that is being found.
type verdict struct {
	problems []string
	figures  []Figure
}

func (v *verdict) count(name string, n int) {
	v.figures = append(v.figures, Figure{Name: name, Value: float64(n)})
}

func (v *verdict) time(name string, d time.Duration) {
	v.figures = append(v.figures, Figure{Name: name, Value: d.Seconds(), Unit: "s"})
}

func (v *verdict) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// within is a time that must be shorter than a limit.
func (v *verdict) within(name string, d, limit time.Duration) {
	v.time(name, d)
	if d >= limit {
		v.problem("%s: %.2f s, must be less than %.1f s", name, d.Seconds(), limit.Seconds())
	}
}

// silent takes a store's failure to go on for a problem, and gives every other error.
func (v *verdict) silent(err error) error {
	if errors.Is(err, errSilent) {
		v.problem("%v", err)
		return nil
	}
	return err
}

func (v *verdict) result(held string) Result {
	if len(v.problems) > 0 {
		return Result{Reason: strings.Join(v.problems, "; "), Figures: v.figures}
	}
	return Result{Passed: true, Reason: held, Figures: v.figures}
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
