package faults_test

import (
	"slices"
	"strings"
	"testing"

	"dalel/claims/faults"
)

func TestSlot(t *testing.T) {
	for key, want := range map[string]int{"123456789": 12739, "": 0, "foo": 12182, "{dalel}:head": faults.Slot("dalel"), "{}x": faults.Slot("{}x"),
		"a{foo}b{bar}": 12182, "{foo": faults.Slot("{foo")} {
		if got := faults.Slot(key); got != want {
			t.Errorf("Slot of %q is %d, want %d", key, got, want)
		}
	}
	if faults.Slot("{}x") == faults.Slot("") {
		t.Error("an empty tag is taken for one")
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	c, err := faults.StartCluster(t.Context(), t.TempDir(), false)
	started(t, c, err)
	if len(c.Addrs()) != 3 || c.URL() != "redis+cluster://"+strings.Join(c.Addrs(), ",") {
		t.Errorf("Addrs %v, URL %s", c.Addrs(), c.URL())
	}
	seen := map[*faults.Redis]bool{}
	for _, key := range []string{"foo", "bar", "hello", "{dalel}:head"} {
		r, err := c.Serving(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if got := do(t, r, "SET", key, "x"); got != "OK" {
			t.Errorf("SET %s at the node that serves it: %v", key, got)
		}
		for _, other := range c.Nodes() {
			if _, err := other.Do(t.Context(), "GET", key); other != r && (err == nil || !strings.Contains(err.Error(), "MOVED")) {
				t.Errorf("GET %s at another node: %v, want MOVED", key, err)
			}
		}
		seen[r] = true
	}
	if len(seen) < 2 {
		t.Errorf("all keys are at one of the nodes")
	}
	for _, r := range c.Nodes() {
		if got := do(t, r, "CLUSTER", "KEYSLOT", "a{tag}b"); got != int64(faults.Slot("tag")) {
			t.Errorf("the node's slot of a key is %v, ours %d", got, faults.Slot("tag"))
		}
	}
}

func TestClusterFailover(t *testing.T) {
	t.Parallel()
	c, err := faults.StartCluster(t.Context(), t.TempDir(), true)
	started(t, c, err)
	old, err := c.Serving(t.Context(), "{dalel}")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(c.Nodes()[:3], old) {
		t.Errorf("%s serves and was no master", old.Addr())
	}
	do(t, old, "SET", "{dalel}", "kept")
	do(t, old, "WAIT", "1", "1000")
	if err := old.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		r, err := c.Serving(t.Context(), "{dalel}")
		if err != nil || r == old {
			return false
		}
		got, err := r.Do(t.Context(), "GET", "{dalel}")
		return err == nil && got == "kept"
	})
	if err := old.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
