package faults_test

import (
	"strings"
	"testing"

	"dalel/claims/faults"
)

func TestSentinelSplit(t *testing.T) {
	t.Parallel()
	s, err := faults.StartSentinel(t.Context(), t.TempDir(), 1)
	started(t, s, err)
	if len(s.Addrs()) != 3 || s.URL() != "redis+sentinel://"+strings.Join(s.Addrs(), ",")+"/0?master=dalel" {
		t.Errorf("Addrs %v, URL %s", s.Addrs(), s.URL())
	}
	old := s.Servers()[0]
	if got, err := s.Master(t.Context()); got != old || err != nil {
		t.Fatalf("Master: %v, %v, want the first server", got, err)
	}
	do(t, old, "SET", "before", "1")
	if got := do(t, old, "WAIT", "1", "1000"); got != int64(1) {
		t.Errorf("WAIT before the split: %v replicas", got)
	}

	split, err := s.Split(t.Context())
	if split != old || err != nil {
		t.Fatalf("Split: %v, %v", split, err)
	}
	if got := do(t, old, "SET", "lost", "1"); got != "OK" {
		t.Errorf("the split master refuses writes: %v", got)
	}
	if got := do(t, old, "WAIT", "1", "100"); got != int64(0) {
		t.Errorf("WAIT after the split: %v replicas", got)
	}
	var now *faults.Redis
	until(t, func() bool { now, err = s.Master(t.Context()); return err == nil && now != old })
	until(t, func() bool { _, err := now.Do(t.Context(), "SET", "after", "1"); return err == nil })
	if got := do(t, now, "MGET", "before", "lost"); got.([]any)[0] != "1" || got.([]any)[1] != nil {
		t.Errorf("the new master has before, lost as %v", got)
	}

	s.Heal()
	if err := s.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Master(t.Context()); got != now || err != nil {
		t.Errorf("Master after Heal: %v, %v", got, err)
	}
	if got := do(t, old, "MGET", "lost", "after"); got.([]any)[0] != nil || got.([]any)[1] != "1" {
		t.Errorf("the old master has lost, after as %v", got)
	}
}

func TestSentinelNeedsReplicas(t *testing.T) {
	if _, err := faults.StartSentinel(t.Context(), t.TempDir(), 0); err == nil {
		t.Error("sentinels without a replica: no error")
	}
}
