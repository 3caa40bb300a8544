package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary builds the program once for all tests that run it as a process of its own.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dalel-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "dalel")
	out, err := exec.Command("go", "build", "-tags", "nomsgpack", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// dalel runs a command to its end and gives what it printed and its exit code.
func dalel(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// A service is a running "dalel serve".
type service struct {
	base  string
	link  string // of the first account, when this start made it
	token string
	cmd   *exec.Cmd
	log   *bytes.Buffer
	begun chan struct{} // of a service in this process: closed when it begins to greet
}

var greeting = regexp.MustCompile(`^  (Check a rumour|Sign in|API token)\s+(\S+)`)

// serve starts the service on an address and waits until it says where it is.
func serve(t *testing.T, data, addr string, args ...string) *service {
	t.Helper()
	s, err := start(data, addr, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// start is serve for goroutines that are not the test's own.
func start(data, addr string, args ...string) (*service, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	s := &service{log: &bytes.Buffer{}}
	s.cmd = exec.Command(path, append([]string{"serve", "--data", data, "--addr", addr}, args...)...)
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	greeted := make(chan struct{})
	go s.greeted(stdout, greeted)
	select {
	case <-greeted:
	case <-time.After(time.Minute):
	}
	if s.base == "" {
		s.kill()
		return nil, fmt.Errorf("the service did not start:\n%s", s.log)
	}
	return s, nil
}

// greeted reads what the service says at its start, closes told when it has said all, and then reads on so that it can write.
func (s *service) greeted(stdout io.Reader, told chan<- struct{}) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		m := greeting.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		switch m[1] {
		case "Check a rumour":
			s.base = strings.TrimSuffix(m[2], "/")
			continue
		case "Sign in":
			if strings.Contains(m[2], "key=") {
				s.link = m[2]
				continue // the token follows
			}
		case "API token":
			s.token = m[2]
		}
		break
	}
	close(told)
	_, _ = io.Copy(io.Discard, stdout)
}

// kill is kill -9; it waits until the process is gone.
func (s *service) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

// freeAddr is a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// want is call for tests that expect a status.
func (c *caller) want(t *testing.T, status int, method, path string, body any) reply {
	t.Helper()
	r, err := c.call(method, path, "", body)
	if err != nil {
		t.Fatal(err)
	}
	if r.status != status {
		t.Fatalf("%s %s: got %d, want %d: %v", method, path, r.status, status, r.body)
	}
	return r
}

// eventually waits until a condition holds, and fails when it does not within the time.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("not within %s: %s", within, what)
}
