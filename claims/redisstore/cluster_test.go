package redisstore_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/faults"
	"dalel/claims/redisstore"
)

func startCluster(t *testing.T, replicas bool, args ...string) *faults.Cluster {
	t.Helper()
	c, err := faults.StartCluster(t.Context(), t.TempDir(), replicas, args...)
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestCluster holds a cluster of three masters to the contract.
func TestCluster(t *testing.T) {
	c := startCluster(t, false)
	db := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs()})
	t.Cleanup(func() { db.Close() })
	suite(t, c.URL(), db)
}

// TestClusterFailover kills the master that has the keys while many commit, and starts it again when its replica is master: nothing that was
// acknowledged may be lost, and nothing be there twice.
func TestClusterFailover(t *testing.T) {
	c := startCluster(t, true)
	s := open(t, c.URL(), redisstore.Options{Prefix: "{dalel}"})
	serving, err := c.Serving(t.Context(), "{dalel}")
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := commitThrough(t, s, 8, func() {
		if err := serving.Kill(); err != nil {
			t.Error(err)
		}
		becomes(t, 15*time.Second, "the replica is master", func() bool {
			now, err := c.Serving(t.Context(), "{dalel}")
			return err == nil && now != serving
		})
		if err := serving.Restart(t.Context()); err != nil {
			t.Error(err)
		}
	})
	wantAll(t, s, acknowledged)
}

// commitThrough has workers commit, each claim until it is acknowledged, strikes when some are, and goes on until as many more are.
func commitThrough(t *testing.T, s claims.Store, workers int, strike func()) []claims.ID {
	t.Helper()
	const before, after = 200, 200
	ctx, stop := context.WithTimeout(t.Context(), 40*time.Second)
	defer stop()
	ids := make(chan claims.ID)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := w; ctx.Err() == nil; n += workers {
				change := newSubmission(n)
				if !commitUntil(ctx, t, s, change) {
					return
				}
				select {
				case ids <- change.Puts[0].After.ID:
				case <-ctx.Done():
				}
			}
		})
	}
	var got []claims.ID
	for len(got) < before+after {
		select {
		case id := <-ids:
			if got = append(got, id); len(got) == before {
				strike()
			}
		case <-ctx.Done():
			t.Fatalf("only %d changes were acknowledged in time", len(got))
		}
	}
	stop()
	all.Wait()
	return got
}

// commitUntil commits one change until it is acknowledged, as whoever has the same once key may.
func commitUntil(ctx context.Context, t *testing.T, s claims.Store, c claims.Change) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.Commit(ctx, c)
		switch {
		case err == nil, errors.Is(err, claims.ErrDone):
			return true
		case ctx.Err() != nil:
			return false
		case !errors.Is(err, claims.ErrUnavailable) && !errors.Is(err, claims.ErrUnsure):
			t.Errorf("Commit: %v", err)
			return false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// wantAll wants all that was acknowledged to be there, each once, and the log whole.
func wantAll(t *testing.T, s claims.Store, ids []claims.ID) {
	t.Helper()
	got, err := s.Get(t.Context(), ids...)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	for i, c := range got {
		if c == nil {
			t.Errorf("%s was acknowledged and is lost", ids[i])
		}
	}
	link, seen := "", map[string]int64{}
	for after := int64(0); ; {
		es, err := s.Log(t.Context(), after, 1000)
		if err != nil {
			t.Fatalf("Log: %v", err)
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			if e.Number != after+1 {
				t.Errorf("the event after %d is %d", after, e.Number)
			}
			if link = claims.Link(link, e.Number, e.Record); link != e.Link {
				t.Errorf("the link of event %d does not hold", e.Number)
			}
			if n := seen[string(e.Record)]; n > 0 {
				t.Errorf("event %d is event %d again", e.Number, n)
			}
			after, seen[string(e.Record)] = e.Number, e.Number
		}
	}
	ns, err := s.Count(t.Context(), claims.Queue("")...)
	if err != nil {
		t.Fatalf("Count: %v", err)
	}
	waiting := int64(0)
	for _, n := range ns {
		waiting += n
	}
	if waiting != int64(len(seen)) || len(seen) < len(ids) {
		t.Errorf("%d were acknowledged, %d are in the queue, %d in the log", len(ids), waiting, len(seen))
	}
}

// TestSlotMoves gives the keys to another node while many commit: calls follow.
func TestSlotMoves(t *testing.T) {
	c := startCluster(t, false)
	const prefix = "{dalel}"
	s := open(t, c.URL(), redisstore.Options{Prefix: prefix})
	from, err := c.Serving(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	var to *faults.Redis
	for _, node := range c.Nodes() {
		if node != from {
			to = node
		}
	}
	acknowledged := commitThrough(t, s, 4, func() { moveSlot(t, c, from, to, faults.Slot(prefix)) })
	wantAll(t, s, acknowledged)
	if now, err := c.Serving(t.Context(), prefix); err != nil || now != to {
		t.Errorf("the keys did not move: the test tests nothing (%v)", err)
	}
}

// moveSlot moves a slot with all its keys, as redis-cli does.
func moveSlot(t *testing.T, c *faults.Cluster, from, to *faults.Redis, slot int) {
	t.Helper()
	do := func(at *faults.Redis, args ...string) any {
		t.Helper()
		got, err := at.Do(t.Context(), args...)
		if err != nil {
			t.Errorf("%q: %v", args, err)
		}
		return got
	}
	number := strconv.Itoa(slot)
	source, _ := do(from, "CLUSTER", "MYID").(string)
	target, _ := do(to, "CLUSTER", "MYID").(string)
	do(to, "CLUSTER", "SETSLOT", number, "IMPORTING", source)
	do(from, "CLUSTER", "SETSLOT", number, "MIGRATING", target)
	host, port, _ := cutAddr(to.Addr())
	for {
		keys, _ := do(from, "CLUSTER", "GETKEYSINSLOT", number, "100").([]any)
		if len(keys) == 0 {
			break
		}
		args := []string{"MIGRATE", host, port, "", "0", "5000", "KEYS"}
		for _, key := range keys {
			args = append(args, key.(string))
		}
		do(from, args...)
	}
	for _, node := range append([]*faults.Redis{to, from}, c.Nodes()...) {
		do(node, "CLUSTER", "SETSLOT", number, "NODE", target)
	}
}
