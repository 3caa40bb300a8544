package claimstest

import (
	"errors"
	"testing"

	"dalel/claims/faults"
)

// StartRedis starts a redis-server of the test's own on a free loopback port, with its data in a temporary directory: appendonly,
// appendfsync always and noeviction, unless args (as on redis-server's command line) say otherwise. It ends with the test. Without a
// redis-server on the machine the test is skipped.
//
// stop kills the server as kill -9 does; restart starts it again on the same port with the same data, and kills it first if need be.
func StartRedis(t testing.TB, args ...string) (url string, stop, restart func()) {
	t.Helper()
	r, err := faults.StartRedis(t.Context(), t.TempDir(), args...)
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		if err := r.Kill(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	restart = func() {
		t.Helper()
		if err := r.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return r.URL(), stop, restart
}
