package boltstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

// fileVariable names the file that a process of TestKilledProcessLosesNothing writes to.
const fileVariable = "BOLTSTORE_TEST_FILE"

// TestMain is that process, where the variable is set.
func TestMain(m *testing.M) {
	if path := os.Getenv(fileVariable); path != "" {
		fmt.Fprintln(os.Stderr, writeForEver(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver commits and says what was acknowledged, and compacts the file all the time, until the process is killed.
func writeForEver(path string) error {
	ctx := context.Background()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	_, begin, err := s.Head(ctx)
	if err != nil {
		return err
	}
	const workers = 16
	failed := make(chan error, workers+1)
	go func() {
		for {
			if _, _, err := s.Compact(ctx); err != nil {
				failed <- err
				return
			}
			fmt.Println("compacted")
		}
	}()
	for w := range workers {
		go func() {
			for n := int(begin) + w; ; n += workers {
				err := s.Commit(ctx, claimstest.NewChange(claims.Put{After: claimstest.NewClaim(n, time.UnixMilli(int64(n)))}))
				switch {
				case err == nil:
					fmt.Println("acknowledged", n)
				case !errors.Is(err, claims.ErrConflict): // else made in an earlier life, and not acknowledged there
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

func TestKilledProcessLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.db")
	var acknowledged []int
	compacted := 0
	for life := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fileVariable+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() == "compacted" {
				compacted++
			}
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &n); err != nil {
				continue
			}
			acknowledged = append(acknowledged, n)
			if said++; said == 150+70*life {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		if said == 0 {
			t.Fatal("the process acknowledged nothing: the test tests nothing")
		}
	}

	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, n := range acknowledged {
		got, err := s.Get(t.Context(), claimstest.NewClaim(n, time.UnixMilli(int64(n))).ID)
		if err != nil || got[0] == nil {
			t.Errorf("claim %s was acknowledged and is lost: %v", strconv.Itoa(n), err)
		}
	}
	es, err := s.Events(t.Context(), 0, 100_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Count(t.Context(), claims.Keys(claimstest.NewClaim(1, time.Now()))[0].Index)
	if err != nil || es[len(es)-1].Seq != int64(len(es)) || counts[0] != int64(len(es)) || len(es) < len(acknowledged) {
		t.Errorf("%d acknowledged, %d events, the last is %d, %d in the queue, %v", len(acknowledged), len(es), es[len(es)-1].Seq, counts[0], err)
	}
	if compacted == 0 {
		t.Error("the file was never compacted: the test tests nothing of it")
	}
	t.Logf("%d acknowledged in five lives, %d made, %d times compacted", len(acknowledged), len(es), compacted)
}
