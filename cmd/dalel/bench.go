package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/faults"
	"dalel/claims/redisstore"
)

type benchCmd struct {
	Faults   benchFaultsCmd   `cmd:"" help:"Break what the desk stands on, again and again, and read everything back. Takes minutes; needs redis-server."`
	Work     benchWorkCmd     `cmd:"" hidden:"" help:"Write to an embedded store until killed: what a drill kills."`
	Reviewer benchReviewerCmd `cmd:"" hidden:"" help:"Review one claim, and wait in between: what a drill makes late."`
}

type benchFaultsCmd struct {
	Drill   []string `arg:"" optional:"" help:"Which drills; all where none is named."`
	List    bool     `help:"List the drills, and what each shows."`
	Dir     string   `help:"Where the drills keep their data; kept. Default: a temporary directory, removed." type:"path" placeholder:"DIR"`
	Seconds int      `help:"How long a fault lasts; 0 is the drill's own." placeholder:"N"`
	Times   int      `help:"How often it comes; 0 is the drill's own." placeholder:"N"`
	Clients int      `help:"How many work at once." default:"64" placeholder:"N"`
	Seed    uint64   `help:"Of the dice; 0 throws anew." placeholder:"N"`
	JSON    bool     `help:"Print JSON, one line a drill."`
}

// drills are those of the stores, and those of the whole service.
func drills() []faults.Drill {
	return append(faults.Drills(), serviceDrills()...)
}

// Run holds the drills one after the other. It fails where one of them did.
func (b benchFaultsCmd) Run(p program) error {
	all := drills()
	if b.List {
		for _, d := range all {
			fmt.Fprintf(p.stdout, "%-14s %s\n", d.Name, d.What)
		}
		return nil
	}
	for _, name := range b.Drill {
		if !slices.ContainsFunc(all, func(d faults.Drill) bool { return d.Name == name }) {
			return usagef("there is no drill %q; 'dalel bench faults --list' names them", name)
		}
	}
	if b.Seconds < 0 || b.Times < 0 || b.Clients < 1 || b.Clients > 1000 {
		return usagef("--seconds and --times are not negative, --clients is between 1 and 1000")
	}
	settings, remove, err := b.settings()
	if err != nil {
		return err
	}
	failed := 0
	for _, d := range all {
		if len(b.Drill) > 0 && !slices.Contains(b.Drill, d.Name) {
			continue
		}
		passed, err := b.hold(p, d, settings)
		if err != nil {
			return errors.Join(fmt.Errorf("drill %s: %w", d.Name, err), remove())
		}
		if !passed {
			failed++
		}
	}
	if err := remove(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d drills failed", failed)
	}
	return nil
}

// settings are what drills are held with, and what removes what they leave.
func (b benchFaultsCmd) settings() (faults.Settings, func() error, error) {
	dir, remove := b.Dir, func() error { return nil }
	if dir == "" {
		made, err := os.MkdirTemp("", "dalel-faults-")
		if err != nil {
			return faults.Settings{}, nil, err
		}
		dir, remove = made, func() error { return os.RemoveAll(made) }
	}
	self, err := os.Executable()
	if err != nil {
		return faults.Settings{}, nil, errors.Join(err, remove())
	}
	return faults.Settings{Dir: dir, Seconds: b.Seconds, Times: b.Times, Clients: b.Clients, Seed: b.Seed,
		Open: func(ctx context.Context, address string, replicas int) (claims.Store, error) {
			if replicas == 0 {
				replicas = -1
			}
			return redisstore.Open(ctx, address, redisstore.Options{Replicas: replicas})
		},
		Embedded: func(_ context.Context, dir string) (claims.Store, error) {
			return boltstore.Open(embeddedIn(dir), boltstore.Options{})
		},
		Worker: func(_ context.Context, dir string) (*faults.Process, error) {
			return faults.StartProcess(exec.Command(self, "bench", "work", embeddedIn(dir)))
		},
	}, remove, nil
}

func embeddedIn(dir string) string { return dir + string(os.PathSeparator) + storeFile }

// hold holds one drill and says what came of it.
func (b benchFaultsCmd) hold(p program, d faults.Drill, s faults.Settings) (passed bool, err error) {
	if !b.JSON {
		fmt.Fprintf(p.stdout, "%s: %s\n", d.Name, d.What)
	}
	began := time.Now()
	r, err := d.Run(p.ctx, s, func(format string, args ...any) { fmt.Fprintf(p.stderr, "  "+format+"\n", args...) })
	if err != nil {
		return false, err
	}
	if b.JSON {
		return r.Passed, json.NewEncoder(p.stdout).Encode(map[string]any{"drill": d.Name, "passed": r.Passed, "reason": r.Reason,
			"seconds": time.Since(began).Seconds(), "figures": r.Figures})
	}
	verdict := "FAILED"
	if r.Passed {
		verdict = "passed"
	}
	var figures []string
	for _, f := range r.Figures {
		figures = append(figures, fmt.Sprintf("%s %.4g%s", f.Name, f.Value, f.Unit))
	}
	_, err = fmt.Fprintf(p.stdout, "  %s in %.0f s: %s\n  %s\n", verdict, time.Since(began).Seconds(), r.Reason, strings.Join(figures, ", "))
	return r.Passed, err
}

// benchWorkCmd is what the drill of the embedded store kills.
type benchWorkCmd struct {
	File string `arg:"" type:"path"`
}

// Run works until the program is killed, and says what was acknowledged.
func (b benchWorkCmd) Run(p program) error {
	store, err := boltstore.Open(b.File, boltstore.Options{})
	if err != nil {
		return err
	}
	return errors.Join(faults.Work(p.ctx, store, 64, p.stdout), store.Close())
}
