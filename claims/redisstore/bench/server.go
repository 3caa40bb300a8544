package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// A server is the redis-server that everything is measured on.
type server struct {
	address string
	db      *redis.Client // for SET and for what the server says of itself
	end     func() error
}

// newServer connects to the server that was asked for, or starts one.
func newServer(ctx context.Context, s settings) (*server, error) {
	v := &server{address: s.redis, end: func() error { return nil }}
	if v.address == "" {
		if err := v.start(ctx, s.dir); err != nil {
			return nil, err
		}
	}
	options, err := v.options(s.clients)
	if err == nil {
		v.db = redis.NewClient(options)
		err = v.empty(ctx)
	}
	if err != nil {
		if v.db != nil {
			v.db.Close()
		}
		return nil, errors.Join(err, v.end())
	}
	return v, nil
}

// options are those of the yardsticks' clients: the defaults of go-redis, with a connection for every caller.
func (v *server) options(clients int) (*redis.Options, error) {
	o, err := redis.ParseURL(v.address)
	if err != nil {
		return nil, fmt.Errorf("address of redis: %w", err)
	}
	o.PoolSize = pool(clients)
	return o, nil
}

// pool is how many connections each client has: those that the store has by default, or one for every caller where they are more.
func pool(clients int) int { return max(64, clients) }

// empty refuses a database in which somebody has something.
func (v *server) empty(ctx context.Context) error {
	n, err := v.db.DBSize(ctx).Result()
	if err == nil && n > 0 {
		err = fmt.Errorf("the database has %d keys; it must be empty, because it is emptied at the end", n)
	}
	return err
}

// Close removes what was written and ends a server that is ours.
func (v *server) Close() error {
	var err error
	if v.db != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err = errors.Join(v.db.FlushDB(ctx).Err(), v.db.Close())
	}
	return errors.Join(err, v.end())
}

// start starts a redis-server on a free loopback port that syncs before it answers. It never rewrites its append-only file by itself: a child that
// copies all of it in the middle of one measurement and not of its neighbour would decide the ratio.
func (v *server) start(ctx context.Context, dir string) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("a redis-server is needed, or -redis: %w", err)
	}
	if dir, err = os.MkdirTemp(dir, "dalel-bench-"); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	cmd := exec.CommandContext(ctx, program, "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "yes",
		"--appendfsync", "always", "--maxmemory-policy", "noeviction", "--auto-aof-rewrite-percentage", "0", "--daemonize", "no",
		"--logfile", filepath.Join(dir, "redis.log"))
	if err := cmd.Start(); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	v.address = "redis://" + net.JoinHostPort("127.0.0.1", port) + "/0"
	v.end = func() error {
		cmd.Process.Kill()
		cmd.Wait() // it says that it was killed
		return os.RemoveAll(dir)
	}
	if err := v.ready(ctx, cmd.Process.Pid); err != nil {
		said, _ := os.ReadFile(filepath.Join(dir, "redis.log"))
		return errors.Join(fmt.Errorf("redis-server does not start: %w\n%s", err, said), v.end())
	}
	return nil
}

// ready waits until the server answers, at most ten seconds. Somebody else may have taken the port meanwhile: theirs is not the one to measure.
func (v *server) ready(ctx context.Context, process int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	o, err := v.options(1)
	if err != nil {
		return err
	}
	db := redis.NewClient(o)
	defer db.Close()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		said, err := db.InfoMap(ctx, "server").Result()
		if err == nil && said["Server"]["process_id"] != strconv.Itoa(process) {
			return fmt.Errorf("another server has the port of %s", v.address)
		}
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
