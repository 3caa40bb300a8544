package redisstore_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/faults"
	"dalel/claims/redisstore"
)

func cutAddr(addr string) (host, port string, err error) { return net.SplitHostPort(addr) }

func startSentinel(t *testing.T, replicas int) *faults.Sentinel {
	t.Helper()
	s, err := faults.StartSentinel(t.Context(), t.TempDir(), replicas)
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestSentinelFailover kills the master while many commit.
func TestSentinelFailover(t *testing.T) {
	w := startSentinel(t, 2)
	s := open(t, w.URL(), redisstore.Options{})
	master, err := w.Master(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := commitThrough(t, s, 8, func() {
		if err := master.Kill(); err != nil {
			t.Error(err)
		}
	})
	wantAll(t, s, acknowledged)
}

// TestSentinelSplit cuts a master off from its replicas and the sentinels, while the clients still reach it: it takes writes that nobody else has, and
// none of them may be acknowledged.
func TestSentinelSplit(t *testing.T) {
	w := startSentinel(t, 2)
	s := open(t, w.URL(), redisstore.Options{})
	acknowledged := commitThrough(t, s, 8, func() {
		if _, err := w.Split(t.Context()); err != nil {
			t.Error(err)
		}
	})
	wantAll(t, s, acknowledged)
}

func TestSentinelUnsafeReplica(t *testing.T) {
	w := startSentinel(t, 1)
	master, err := w.Master(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range w.Servers() {
		if server == master {
			continue
		}
		if _, err := server.Do(t.Context(), "CONFIG", "SET", "appendfsync", "everysec"); err != nil {
			t.Fatal(err)
		}
	}
	_, err = redisstore.Open(t.Context(), w.URL(), redisstore.Options{})
	if !errors.Is(err, redisstore.ErrUnsafe) || !strings.Contains(err.Error(), "appendfsync always") {
		t.Errorf("Open with an unsafe replica: %v, want ErrUnsafe that says what to change", err)
	}
}

// TestFewReplicas stops the replica: what no replica has is not acknowledged, and is when the replica is back, by the same once key.
func TestFewReplicas(t *testing.T) {
	w := startSentinel(t, 1)
	master, err := w.Master(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, master.URL(), redisstore.Options{})
	none := open(t, master.URL(), redisstore.Options{Replicas: -1, Prefix: newPrefix()})
	commit(t, s, newChange(1))
	var replica *faults.Redis
	for _, server := range w.Servers() {
		if server != master {
			replica = server
		}
	}
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}
	change, began := newChange(2), time.Now()
	err = s.Commit(t.Context(), change)
	if took := time.Since(began); !errors.Is(err, claims.ErrUnsure) || took > 2500*time.Millisecond {
		t.Errorf("Commit without the replica: %v after %v, want ErrUnsure", err, took)
	}
	if err := s.Commit(t.Context(), change); !errors.Is(err, claims.ErrUnsure) {
		t.Errorf("the same change again without the replica: %v, want ErrUnsure", err)
	}
	if _, known, err := s.Done(t.Context(), change.Once[0].Key); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Done without the replica: %t, %v, want ErrUnavailable", known, err)
	}
	if err := s.PutAccount(t.Context(), claims.Account{ID: "a1"}, false); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("PutAccount without the replica: %v, want ErrUnavailable", err)
	}
	if err := none.Commit(t.Context(), newChange(1)); err != nil {
		t.Errorf("Commit of a store that waits for no replica: %v", err)
	}
	if _, err := s.Get(t.Context(), change.Puts[0].After.ID); err != nil {
		t.Errorf("Get without the replica: %v", err)
	}
	if err := replica.Continue(); err != nil {
		t.Fatal(err)
	}
	becomes(t, 10*time.Second, "the same change is acknowledged", func() bool { return errors.Is(s.Commit(t.Context(), change), claims.ErrDone) })
	if _, known, err := s.Done(t.Context(), change.Once[0].Key); err != nil || !known {
		t.Errorf("Done with the replica: %t, %v", known, err)
	}
	if _, seq, err := s.Head(t.Context()); err != nil || seq != 2 {
		t.Errorf("Head: %d, %v, want 2", seq, err)
	}

	if _, err := master.Do(t.Context(), "CONFIG", "SET", "min-replicas-to-write", "2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), newChange(3)); !errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Commit where Redis wants more replicas: %v, want ErrUnavailable", err)
	}
	if _, seq, err := s.Head(t.Context()); err != nil || seq != 2 {
		t.Errorf("Head after a change that Redis refused: %d, %v, want 2", seq, err)
	}
}
