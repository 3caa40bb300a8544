package claimstest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// StartRedis starts a redis-server of the test's own on a free loopback port, with its data in a temporary directory: appendonly,
// appendfsync always and noeviction, unless args (as on redis-server's command line) say otherwise. It ends with the test. Without a
// redis-server on the machine the test is skipped.
//
// stop kills the server as kill -9 does; restart starts it again on the same port with the same data, and kills it first if need be.
func StartRedis(t testing.TB, args ...string) (url string, stop, restart func()) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skipf("redis-server is not installed: %v", err)
	}
	r := &redisServer{program: program, dir: t.TempDir(), args: args}
	t.Cleanup(r.kill)
	for attempt := range 5 { // somebody else may take the port between our look and the server's start
		if r.port, err = freePort(); err != nil {
			t.Fatal(err)
		}
		if err = r.start(); err == nil {
			break
		}
		t.Logf("attempt %d: %v", attempt+1, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	restart = func() {
		t.Helper()
		r.kill()
		if err := r.start(); err != nil {
			t.Fatal(err)
		}
	}
	return "redis://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)) + "/0", r.kill, restart
}

type redisServer struct {
	program, dir string
	port         int
	args         []string
	running      *exec.Cmd
	drained      chan struct{}
}

// start returns when the server says that it takes connections.
func (r *redisServer) start() error {
	cmd := exec.Command(r.program, append([]string{"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", r.dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--daemonize", "no", "--logfile", ""}, r.args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("claimstest: start redis-server: %w", err)
	}
	r.running, r.drained = cmd, make(chan struct{})
	ready := make(chan error, 1)
	go func() {
		defer close(r.drained)
		var said strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				ready <- nil
				io.Copy(io.Discard, out)
				return
			}
		}
		ready <- errors.New("claimstest: redis-server ended at its start:\n" + said.String())
	}()
	select {
	case err = <-ready:
	case <-time.After(20 * time.Second):
		err = errors.New("claimstest: redis-server was not ready after 20 seconds")
	}
	if err != nil {
		r.kill()
	}
	return err
}

// kill ends the server, if it runs, and waits until it is gone.
func (r *redisServer) kill() {
	if r.running == nil {
		return
	}
	r.running.Process.Kill()
	<-r.drained
	r.running.Wait()
	r.running = nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("claimstest: find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
