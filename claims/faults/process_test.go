package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"dalel/claims/faults"
)

// childVariable makes a process of this test binary a child that the tests watch.
const childVariable = "DALEL_FAULTS_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "count":
		for n := 1; ; n++ {
			fmt.Println("line", n)
		}
	case "short":
		fmt.Print("one\r\ntwo\n\nwithout an end")
		fmt.Fprintln(os.Stderr)
		os.Exit(3)
	case "parent":
		parent()
	case "lie":
		for n := 1; ; n++ {
			fmt.Printf("acknowledged {\"claim\":\"c%d\",\"kind\":\"taken\",\"version\":%d}\n", n%9, n)
			if n == 5 {
				fmt.Println(`strange "the store said something odd"`)
			}
		}
	case "work":
		fmt.Fprintln(os.Stderr, work(os.Args[1]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// parent starts a redis-server, says where, and waits to be killed.
func parent() {
	r, err := faults.StartRedis(context.Background(), os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("redis", r.Addr())
	select {}
}

func child(t *testing.T, what string, args ...string) *faults.Process {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"="+what)
	p, err := faults.StartProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// soon is a context that ends before the test would hang.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestProcessLines(t *testing.T) {
	p := child(t, "short")
	for _, want := range []string{"one", "two", "", "without an end"} {
		if got, err := p.Next(soon(t)); got != want || err != nil {
			t.Errorf("Next: %q, %v, want %q", got, err, want)
		}
	}
	if _, err := p.Next(soon(t)); !errors.Is(err, io.EOF) {
		t.Errorf("Next at the end: %v, want EOF", err)
	}
	var exit *exec.ExitError
	if err := p.Wait(soon(t)); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("Wait: %v, want exit status 3", err)
	}
	if p.Running() {
		t.Error("a process that has ended is running")
	}
	if _, err := p.Await(soon(t), "three"); !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "two") {
		t.Errorf("Await of what does not come: %v, want EOF and what it said", err)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("Kill of a process that has ended: %v", err)
	}
}

func TestProcessKilled(t *testing.T) {
	p := child(t, "count")
	if line, err := p.Await(soon(t), "line 1000"); line != "line 1000" || err != nil {
		t.Fatalf("Await: %q, %v", line, err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	for n := 1001; ; n++ {
		line, err := p.Next(soon(t))
		if errors.Is(err, io.EOF) {
			break
		}
		// What a process said before it was killed is there to the end; its last line may lack its own.
		if want := fmt.Sprintf("line %d", n); err != nil || !strings.HasPrefix(want, line) {
			t.Fatalf("after Kill: %q, %v, want %q", line, err, want)
		}
	}
}

// What nobody reads is dropped, and whoever reads then is told.
func TestProcessUnread(t *testing.T) {
	p := child(t, "count")
	if _, err := p.Await(soon(t), "line 5"); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return strings.Contains(p.Said(), "line 30") && len(p.Said()) > 40*len("line 300000") })
	for {
		if _, err := p.Next(soon(t)); err != nil {
			if !strings.Contains(err.Error(), "dropped") {
				t.Errorf("Next: %v, want that lines were dropped", err)
			}
			return
		}
	}
}

func TestProcessStopped(t *testing.T) {
	p := child(t, "count")
	if _, err := p.Next(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	// What is still in the pipe may come, but it ends.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		within, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err := p.Next(within)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	if ctx.Err() != nil {
		t.Error("the process goes on after Stop")
	}
	if err := p.Continue(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Next(soon(t)); err != nil {
		t.Errorf("after Continue: %v", err)
	}
}

// A child dies with the process that started it, also when that is killed.
func TestChildrenDieWithTheirParent(t *testing.T) {
	dir := t.TempDir()
	needRedis(t)
	p := child(t, "parent", dir)
	line, err := p.Await(soon(t), "redis ")
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(line, "redis ")
	if answer, err := faults.Ask(soon(t), addr, "PING"); answer != "PONG" || err != nil {
		t.Fatalf("PING: %v, %v", answer, err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { _, err := faults.Ask(t.Context(), addr, "PING"); return err != nil })
}

// until waits for something that comes by itself.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(20 * time.Second); !ok(); <-again.C {
		if time.Now().After(deadline) {
			t.Fatal("what was waited for did not come within 20 seconds")
		}
	}
}
