package claimstest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/claims"
)

func testOnce(t *testing.T, s claims.Store, _ Options) {
	a, b := NewClaim(1, began()), NewClaim(2, began())
	first := NewChange(put(claims.Claim{}, a))
	first.Once = []claims.Once{{Key: strings.Repeat("k", 200), Value: strings.Repeat("в", 100)}}
	if _, known, err := s.Done(t.Context(), first.Once[0].Key); known || err != nil {
		t.Errorf("Done before: %t, %v", known, err)
	}
	commit(t, s, first)
	second := NewChange(put(claims.Claim{}, b))
	second.Once = []claims.Once{{Key: first.Once[0].Key, Value: "another"}}
	for name, change := range map[string]claims.Change{"the same change": first, "another change": second} {
		err := s.Commit(t.Context(), change)
		done, ok := errors.AsType[*claims.DoneError](err)
		if !ok || *done != (claims.DoneError{Key: first.Once[0].Key, Value: first.Once[0].Value}) || !errors.Is(err, claims.ErrDone) {
			t.Errorf("%s under a known once key: %#v, want a DoneError with the key and the first value", name, err)
		}
	}
	if value, known, err := s.Done(t.Context(), first.Once[0].Key); value != first.Once[0].Value || !known || err != nil {
		t.Errorf("Done after: %q, %t, %v", value, known, err)
	}
	if get(t, s, b.ID)[0] != nil {
		t.Error("a change under a known once key was made")
	}
	empty := NewChange(put(claims.Claim{}, b))
	empty.Once[0].Value = ""
	commit(t, s, empty)
	err := s.Commit(t.Context(), empty)
	if done, ok := errors.AsType[*claims.DoneError](err); !ok || done.Value != "" {
		t.Errorf("a known once key without a value: %v, want a DoneError without one", err)
	}
}

// testOnceSeveral makes changes with a key for each of several people's acts.
func testOnceSeveral(t *testing.T, s claims.Store, o Options) {
	a, b := NewClaim(1, began()), NewClaim(2, began())
	first := NewChange(put(claims.Claim{}, a))
	first.Once = []claims.Once{{Key: "hour", Value: "1", For: time.Hour}, {Key: "plain", Value: "2"}, {Key: "days", Value: "3", For: 3 * claims.OnceFor}}
	commit(t, s, first)
	known := func(key string) bool {
		t.Helper()
		_, known, err := s.Done(t.Context(), key)
		if err != nil {
			t.Fatalf("Done: %v", err)
		}
		return known
	}
	for _, once := range first.Once {
		second := NewChange(put(claims.Claim{}, b))
		second.Once = []claims.Once{{Key: "before", Value: "x"}, {Key: once.Key, Value: "another"}, {Key: "behind", Value: "y"}}
		err := s.Commit(t.Context(), second)
		if done, ok := errors.AsType[*claims.DoneError](err); !ok || *done != (claims.DoneError{Key: once.Key, Value: once.Value}) {
			t.Errorf("Commit with the known key %q and two others: %#v, want a DoneError with it and %q", once.Key, err, once.Value)
		}
		if get(t, s, b.ID)[0] != nil || known("before") || known("behind") {
			t.Errorf("a change of which the key %q is known left a trace", once.Key)
		}
	}
	if o.Advance == nil {
		return
	}
	// Others' changes come and go, so that a store has reason to forget.
	for _, step := range []struct {
		advance time.Duration
		want    []string
	}{{time.Hour - time.Minute, []string{"hour", "plain", "days"}}, {claims.OnceFor - time.Hour, []string{"plain", "days"}}, {2*claims.OnceFor - time.Minute, []string{"days"}}} {
		o.Advance(t, s, step.advance)
		for range 20 {
			commit(t, s, NewChange())
		}
		for _, key := range step.want {
			if !known(key) {
				t.Errorf("the once key %q was forgotten before its time", key)
			}
		}
	}
}

func testOnceRace(t *testing.T, s claims.Store, _ Options) {
	const callers = 40
	once := claims.Once{Key: "one", Value: "value"}
	var mu sync.Mutex
	won, lost := 0, 0
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			change := NewChange(put(claims.Claim{}, NewClaim(i, began())))
			change.Once = []claims.Once{once}
			err := s.Commit(t.Context(), change)
			mu.Lock()
			defer mu.Unlock()
			if done, ok := errors.AsType[*claims.DoneError](err); ok && done.Value == once.Value {
				lost++
			} else if err == nil {
				won++
			} else {
				t.Errorf("Commit: %v", err)
			}
		})
	}
	all.Wait()
	_, seq := head(t, s)
	if won != 1 || lost != callers-1 || seq != 1 {
		t.Errorf("%d won, %d lost, %d events; want 1, %d, 1", won, lost, seq, callers-1)
	}
}

func testGivenUp(t *testing.T, s claims.Store, _ Options) {
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	c := NewClaim(1, began())
	if err := s.Commit(ctx, NewChange(put(claims.Claim{}, c))); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit gave %v, want context.Canceled", err)
	}
	if got := get(t, s, c.ID)[0]; got != nil {
		t.Error("a change that was given up before it began was made")
	}
	if _, err := s.Get(ctx, c.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("Get gave %v, want context.Canceled", err)
	}
	if _, err := s.Events(ctx, 0, 1, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("Events gave %v, want context.Canceled", err)
	}
}
