package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/redisstore"
)

// TestRoom fills the memory: new submissions are refused in time, and decisions go on to the end.
func TestRoom(t *testing.T) {
	r := startRedis(t)
	s := open(t, r.URL(), redisstore.Options{})
	db := client(t, r.URL())
	first, done := newSubmission(1), newSubmission(2)
	commit(t, s, first)
	commit(t, s, done)
	if err := db.SetRange(t.Context(), "ballast", 64<<20, "x").Err(); err != nil { // so much that the store's own share does not matter
		t.Fatal(err)
	}
	limit := func(percent int64) {
		t.Helper()
		if err := db.Do(t.Context(), "CONFIG", "SET", "maxmemory", usedMemory(t, r)*100/percent).Err(); err != nil {
			t.Fatal(err)
		}
	}
	n := 10
	submit := func() error { n++; return s.Commit(t.Context(), newSubmission(n)) }

	limit(80)
	if err := submit(); err != nil {
		t.Errorf("a submission at 80 %%: %v", err)
	}
	limit(90)
	becomes(t, 3*time.Second, "submissions are refused at 90 %", func() bool { return errors.Is(submit(), claims.ErrFull) })
	version := int64(1)
	decide := func() error {
		before := first.Puts[0].After
		before.Version = version
		after := before
		after.Version++
		version++
		_, err := s.Pick(t.Context(), 1, time.Second, claims.Queue("")...)
		return errors.Join(err, s.Commit(t.Context(), changeOf(before, after)),
			s.PutCredential(t.Context(), claims.Credential{Hash: "h", Account: "a1", Until: time.Now().Add(time.Hour)}))
	}
	if err := decide(); err != nil {
		t.Errorf("a decision at 90 %%: %v", err)
	}
	limit(110)
	becomes(t, 3*time.Second, "submissions are refused when the memory is full", func() bool { return errors.Is(submit(), claims.ErrFull) })
	if err := decide(); err != nil {
		t.Errorf("a decision when the memory is full: %v", err)
	}
	if err := s.Commit(t.Context(), done); !errors.Is(err, claims.ErrDone) {
		t.Errorf("a submission that was made before: %v, want ErrDone", err)
	}
	sub := done.Submissions[0]
	sub.Version = 2
	change := newChange(99)
	change.Puts, change.Submissions = nil, []claims.Submission{sub}
	if err := s.Commit(t.Context(), change); err != nil {
		t.Errorf("a change of an old submission when the memory is full: %v", err)
	}
	limit(50)
	becomes(t, 3*time.Second, "submissions are taken again", func() bool { return submit() == nil })
}
