package faults_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims/faults"
)

// needRedis skips a test where there is no redis-server.
func needRedis(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skipf("redis-server is not installed: %v", err)
	}
}

// started gives what a start has given, closes it in the end, and skips the test where there is no redis-server.
func started[T interface{ Close() error }](t *testing.T, server T, err error) T {
	t.Helper()
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func startRedis(t *testing.T, args ...string) *faults.Redis {
	t.Helper()
	r, err := faults.StartRedis(t.Context(), t.TempDir(), args...)
	return started(t, r, err)
}

// do asks a server what it must not refuse.
func do(t *testing.T, r *faults.Redis, args ...string) any {
	t.Helper()
	answer, err := r.Do(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestNoRedis(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := faults.StartRedis(t.Context(), t.TempDir()); !errors.Is(err, faults.ErrNoRedis) {
		t.Errorf("StartRedis: %v, want ErrNoRedis", err)
	}
}

func TestRedisSettings(t *testing.T) {
	r := startRedis(t)
	got := do(t, r, "CONFIG", "GET", "append*only", "appendfsync", "maxmemory-policy", "save", "bind")
	want := map[any]any{"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": "", "bind": "127.0.0.1"}
	if diff := cmp.Diff(want, named(got)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	other := startRedis(t, "--appendfsync", "everysec")
	if got := do(t, other, "CONFIG", "GET", "appendfsync"); !cmp.Equal(got, any([]any{"appendfsync", "everysec"})) {
		t.Errorf("a setting of the caller's: %v", got)
	}
	if _, err := faults.StartRedis(t.Context(), t.TempDir(), "--no-such-setting", "1"); err == nil {
		t.Error("a setting that there is not: no error")
	}
}

func named(answer any) map[any]any {
	out := map[any]any{}
	all, _ := answer.([]any)
	for i := 0; i+1 < len(all); i += 2 {
		out[all[i]] = all[i+1]
	}
	return out
}

func TestRedisKillAndRestart(t *testing.T) {
	r := startRedis(t)
	do(t, r, "SET", "key", "value\r\nwith a line")
	do(t, r, "RPUSH", "list", "a", "b")
	addr, pid := r.Addr(), r.PID()
	for range 2 {
		if err := r.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Do(t.Context(), "PING"); err == nil || r.PID() != 0 {
		t.Errorf("a killed server answers, or has the number %d", r.PID())
	}
	if err := r.Stop(); err == nil {
		t.Error("Stop of a killed server: no error")
	}
	for range 2 {
		if err := r.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r.Addr() != addr || r.PID() == pid || r.URL() != "redis://"+addr+"/0" {
		t.Errorf("after Restart: %s, process %d; before %s, %d", r.URL(), r.PID(), addr, pid)
	}
	got := []any{do(t, r, "GET", "key"), do(t, r, "LRANGE", "list", "0", "-1"), do(t, r, "GET", "none"), do(t, r, "INCR", "n")}
	if diff := cmp.Diff([]any{"value\r\nwith a line", []any{"a", "b"}, nil, int64(1)}, got); diff != "" {
		t.Errorf("after Restart (-want +got):\n%s", diff)
	}
	var refused faults.AnswerError
	if _, err := r.Do(t.Context(), "INCR", "key"); !errors.As(err, &refused) {
		t.Errorf("a command that is refused: %v, want an AnswerError", err)
	}
	info, err := r.Info(t.Context(), "replication")
	if err != nil || info["role"] != "master" {
		t.Errorf("Info: %v, %v", info, err)
	}
}

func TestRedisStop(t *testing.T) {
	r := startRedis(t)
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := r.Do(ctx, "PING"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("PING of a stopped server: %v, want a deadline", err)
	}
	if err := r.Continue(); err != nil {
		t.Fatal(err)
	}
	if got := do(t, r, "PING"); got != "PONG" {
		t.Errorf("PING after Continue: %v", got)
	}
}
