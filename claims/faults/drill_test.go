package faults_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/faults"
	"dalel/claims/redisstore"
)

// settings are those of small drills on the real stores.
func settings(t *testing.T) faults.Settings {
	return faults.Settings{Dir: t.TempDir(), Clients: 16, Seed: 1,
		Open: func(ctx context.Context, address string, replicas int) (claims.Store, error) {
			if replicas == 0 {
				replicas = -1
			}
			return redisstore.Open(ctx, address, redisstore.Options{Replicas: replicas})
		},
		Embedded: func(_ context.Context, dir string) (claims.Store, error) {
			return boltstore.Open(filepath.Join(dir, "claims.db"), boltstore.Options{})
		},
		Worker: func(_ context.Context, dir string) (*faults.Process, error) {
			cmd := exec.Command(os.Args[0], dir)
			cmd.Env = append(os.Environ(), childVariable+"=work")
			return faults.StartProcess(cmd)
		}}
}

// work is what the worker of a drill does.
func work(dir string) error {
	store, err := boltstore.Open(filepath.Join(dir, "claims.db"), boltstore.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	return faults.Work(context.Background(), store, 16, os.Stdout)
}

// hold holds a drill and gives its result.
func hold(t *testing.T, name string, s faults.Settings) faults.Result {
	t.Helper()
	drills := faults.Drills()
	i := slices.IndexFunc(drills, func(d faults.Drill) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("there is no drill %q", name)
	}
	result, err := drills[i].Run(t.Context(), s, t.Logf)
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Figures {
		t.Logf("%s: %g %s", f.Name, f.Value, f.Unit)
	}
	return result
}

func TestDrills(t *testing.T) {
	tests := []struct {
		name           string
		seconds, times int
		tried          string // a figure that shows that the fault came
	}{
		{"redis-kill", 0, 2, "kills"},
		{"bolt-kill", 0, 2, "kills"},
		{"lost-replies", 3, 0, "answers_lost"},
		{"split", 2, 0, "never_acknowledged"},
		{"standstill", 4, 0, "failed_calls"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := settings(t)
			s.Seconds, s.Times = test.seconds, test.times
			result := hold(t, test.name, s)
			if !result.Passed {
				t.Errorf("not passed: %s", result.Reason)
			}
			if n, ok := result.Figure(test.tried); !ok || n == 0 {
				t.Errorf("%s is %v", test.tried, n)
			}
			if n, ok := result.Figure("acknowledged"); !ok || n == 0 || result.Reason == "" {
				t.Errorf("%v acknowledged, %q", n, result.Reason)
			}
		})
	}
	if len(tests) != len(faults.Drills()) {
		t.Errorf("%d drills are tested, of %d", len(tests), len(faults.Drills()))
	}
}

// A forgetful store acknowledges some changes and does not make them.
type forgetful struct {
	claims.Store
	commits atomic.Int64
}

// Commit forgets one change of fifty.
func (f *forgetful) Commit(ctx context.Context, c claims.Change) error {
	if f.commits.Add(1)%50 == 0 {
		return nil
	}
	return f.Store.Commit(ctx, c)
}

// A drill that cannot fail shows nothing: a store that loses what it has acknowledged does not pass.
func TestDrillsFindWhatIsLost(t *testing.T) {
	t.Parallel()
	s := settings(t)
	s.Seconds = 1
	open := s.Open
	s.Open = func(ctx context.Context, address string, replicas int) (claims.Store, error) {
		store, err := open(ctx, address, replicas)
		return &forgetful{Store: store}, err
	}
	result := hold(t, "lost-replies", s)
	if lost, _ := result.Figure("lost"); result.Passed || lost == 0 {
		t.Errorf("passed %t, lost %v: %s", result.Passed, lost, result.Reason)
	}
}

// Neither does a worker whose store has what it acknowledged not at all, and says what it should not.
func TestDrillsHearWorkers(t *testing.T) {
	t.Parallel()
	s := settings(t)
	s.Times = 1
	s.Worker = func(context.Context, string) (*faults.Process, error) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"=lie")
		return faults.StartProcess(cmd)
	}
	result := hold(t, "bolt-kill", s)
	lost, _ := result.Figure("lost")
	acknowledged, _ := result.Figure("acknowledged")
	if result.Passed || lost == 0 || lost != acknowledged || !strings.Contains(result.Reason, "something odd") {
		t.Errorf("passed %t, lost %v of %v: %s", result.Passed, lost, acknowledged, result.Reason)
	}
}
