package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// ErrNoRedis says that redis-server is not installed.
var ErrNoRedis = errors.New("faults: redis-server is not installed")

// loopback is where all servers listen.
const loopback = "127.0.0.1"

// How long a server may take to be ready, at most, and how often it is tried with another port, since somebody else may take one between our look
// and the server's start.
const (
	startTimeout  = 20 * time.Second
	startAttempts = 5
)

// A Redis is a redis-server process of one's own. It is safe for concurrent use.
type Redis struct {
	program string
	dir     string
	args    []string
	port    int
	bus     int // the port that nodes of a cluster speak to each other on; 0 where it is none
	ready   string

	mu      sync.Mutex
	process *Process // nil: not started, or killed
}

// StartRedis starts a redis-server on a free loopback port with its data in a directory, which is made if need be: appendonly, appendfsync always,
// noeviction and no snapshots, unless args, as on redis-server's command line, say otherwise. It returns when the server takes connections,
// within 20 seconds. It gives ErrNoRedis, wrapped, where redis-server is not installed.
func StartRedis(ctx context.Context, dir string, args ...string) (*Redis, error) {
	return startRedis(ctx, dir, kindSingle, args)
}

// kind is what a redis-server process is started as.
type kind int

const (
	kindSingle kind = iota
	kindNode        // of a cluster
	kindSentinel
)

func startRedis(ctx context.Context, dir string, k kind, args []string) (*Redis, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRedis, err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("faults: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("faults: %w", err)
	}
	r := &Redis{program: program, dir: dir, ready: "Ready to accept connections"}
	switch k {
	case kindSentinel:
		r.args, r.ready = append([]string{filepath.Join(dir, sentinelFile), "--sentinel"}, args...), "Sentinel ID is"
	default:
		r.args = append([]string{"--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
			"--daemonize", "no", "--logfile", ""}, args...)
	}
	for range startAttempts {
		if err = r.takePorts(k == kindNode); err == nil {
			err = r.start(ctx)
		}
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Redis) takePorts(bus bool) (err error) {
	if r.port, err = freePort(); err != nil || !bus {
		return err
	}
	r.bus, err = freePort()
	return err
}

// start returns when the server says that it takes connections. The mutex need not be held before others know the server.
func (r *Redis) start(ctx context.Context) error {
	args := append(append([]string(nil), r.args...), "--port", strconv.Itoa(r.port), "--bind", loopback)
	if r.bus != 0 {
		args = append(args, "--cluster-port", strconv.Itoa(r.bus))
	}
	p, err := StartProcess(exec.Command(r.program, args...))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if _, err := p.Await(ctx, r.ready); err != nil {
		return errors.Join(err, p.Kill())
	}
	r.process = p
	return nil
}

// Addr is where the server listens, as host:port.
func (r *Redis) Addr() string { return net.JoinHostPort(loopback, strconv.Itoa(r.port)) }

// URL is its address for a store, database 0.
func (r *Redis) URL() string { return "redis://" + r.Addr() + "/0" }

// PID is the number of the server's process, 0 while it is killed.
func (r *Redis) PID() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return 0
	}
	return r.process.PID()
}

// Do sends the server one command, see Ask.
func (r *Redis) Do(ctx context.Context, args ...string) (any, error) {
	return Ask(ctx, r.Addr(), args...)
}

// Info gives a section of what the server's INFO says, by name.
func (r *Redis) Info(ctx context.Context, section string) (map[string]string, error) {
	answer, err := r.Do(ctx, "INFO", section)
	return fields(answer), err
}

// Kill ends the server as kill -9 does, and waits until it is gone. Where it does not run, it does nothing.
func (r *Redis) Kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kill()
}

func (r *Redis) kill() error {
	if r.process == nil {
		return nil
	}
	err := r.process.Kill()
	r.process = nil
	return err
}

// Restart starts the server again on the same port with the same data, and kills it first where it runs. It returns when the server has read its
// data and takes connections, within 20 seconds.
func (r *Redis) Restart(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.kill(); err != nil {
		return err
	}
	return r.start(ctx)
}

// Stop makes the server stand still as SIGSTOP does: it still takes connections, by its kernel, and answers nothing.
func (r *Redis) Stop() error { return r.tell((*Process).Stop) }

// Continue lets it go on.
func (r *Redis) Continue() error { return r.tell((*Process).Continue) }

func (r *Redis) tell(f func(*Process) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return fmt.Errorf("faults: redis-server at %s does not run", r.Addr())
	}
	return f(r.process)
}

// Said gives what the server has logged last.
func (r *Redis) Said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return ""
	}
	return r.process.Said()
}

// Close kills the server. Its data stays.
func (r *Redis) Close() error { return r.Kill() }

// Ports that servers listen on. They are below those that systems give to connections: else a connection could take the port of a server that is
// down for a moment.
const (
	firstPort = 16_000
	ports     = 16_000
)

// listen takes a free port.
func listen() (l net.Listener, err error) {
	for range 100 {
		port := firstPort + rand.IntN(ports)
		if l, err = net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port))); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("faults: find a free port: %w", err)
}

func freePort() (port int, err error) {
	l, err := listen()
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// closeAll closes servers, all at once.
func closeAll(servers []*Redis) error {
	return each(servers, func(r *Redis) error { return r.Close() })
}

// each does the same to all, at once, and gives all errors.
func each[T any](all []T, f func(T) error) error {
	errs := make([]error, len(all))
	var wait sync.WaitGroup
	for i, one := range all {
		wait.Go(func() { errs[i] = f(one) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// until asks again and again until f gives no error, or the time is over: then it gives f's last.
func until(ctx context.Context, limit time.Duration, what string, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	var last error
	for {
		err := f(ctx)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err // one that says more than that the time is over
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("faults: wait until %s: %w: %w", what, ctx.Err(), last)
		}
	}
}
