package redisstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

// calls are all that a store can be asked.
func calls(s claims.Store) map[string]func(ctx context.Context) error {
	id, queue := claimstest.NewClaim(1, time.Now()).ID, claims.Queue("")
	return map[string]func(ctx context.Context) error{
		"Get":        func(ctx context.Context) error { _, err := s.Get(ctx, id); return err },
		"Submission": func(ctx context.Context) error { _, err := s.Submission(ctx, claims.NewTicket()); return err },
		"Commit":     func(ctx context.Context) error { return s.Commit(ctx, newChange(77)) },
		"Done":       func(ctx context.Context) error { _, _, err := s.Done(ctx, "key"); return err },
		"Range":      func(ctx context.Context) error { _, _, err := s.Range(ctx, "", 5, queue...); return err },
		"Pick":       func(ctx context.Context) error { _, err := s.Pick(ctx, 1, time.Second, queue...); return err },
		"Count":      func(ctx context.Context) error { _, err := s.Count(ctx, queue...); return err },
		"Events":     func(ctx context.Context) error { _, err := s.Events(ctx, 1_000, 5, time.Minute); return err },
		"History":    func(ctx context.Context) error { _, err := s.History(ctx, id); return err },
		"Head":       func(ctx context.Context) error { _, _, err := s.Head(ctx); return err },
		"Damaged":    func(ctx context.Context) error { _, err := s.Damaged(ctx); return err },
		"Now":        func(ctx context.Context) error { _, err := s.Now(ctx); return err },
		"Accounts":   func(ctx context.Context) error { _, err := s.Accounts(ctx); return err },
		"Account":    func(ctx context.Context) error { _, err := s.Account(ctx, "a1"); return err },
		"PutAccount": func(ctx context.Context) error { return s.PutAccount(ctx, claims.Account{ID: "a1"}, false) },
		"PutCredential": func(ctx context.Context) error {
			return s.PutCredential(ctx, claims.Credential{Hash: "h", Account: "a1"})
		},
		"Credential":      func(ctx context.Context) error { _, err := s.Credential(ctx, "h"); return err },
		"TakeCredential":  func(ctx context.Context) error { _, err := s.TakeCredential(ctx, "h"); return err },
		"DropCredentials": func(ctx context.Context) error { return s.DropCredentials(ctx, "a1") },
		"Log":             func(ctx context.Context) error { _, err := s.Log(ctx, 0, 5); return err },
		"Each": func(ctx context.Context) error {
			return s.Each(ctx, claims.ItemClaim, func(claims.Item) error { return nil })
		},
		"Entries":  func(ctx context.Context) error { return s.Entries(ctx, func(claims.Entry) error { return nil }) },
		"Mend":     func(ctx context.Context) error { return s.Mend(ctx, "absent", 0, nil, nil) },
		"Snapshot": func(ctx context.Context) error { return s.Snapshot(ctx, func(claims.Item) error { return nil }) },
		"Load":     func(ctx context.Context) error { return s.Load(ctx, func(func(claims.Item, error) bool) {}) },
		"Compact":  func(ctx context.Context) error { _, _, err := s.Compact(ctx); return err },
	}
}

// failAll makes all calls at once, and wants each to fail soon and in the right way.
func failAll(t *testing.T, s claims.Store, right func(name string, err error) bool) {
	t.Helper()
	var all sync.WaitGroup
	for name, call := range calls(s) {
		all.Go(func() {
			began := time.Now()
			err := call(t.Context())
			if took := time.Since(began); !right(name, err) || took > 2500*time.Millisecond {
				t.Errorf("%s failed after %v with %v", name, took, err)
			}
		})
	}
	all.Wait()
}

// recovers wants the store to work again by itself.
func recovers(t *testing.T, s claims.Store) {
	t.Helper()
	becomes(t, 3*time.Second, "Redis is back and the store works", func() bool { _, _, err := s.Head(t.Context()); return err == nil })
}

func TestServerDown(t *testing.T) {
	url, stop, restart := claimstest.StartRedis(t)
	s := open(t, url, redisstore.Options{})
	commit(t, s, newChange(1))
	waiting := make(chan error, 1)
	go func() { _, err := s.Events(t.Context(), 1, 5, time.Minute); waiting <- err }()

	stop()
	for range 5 { // more failures than the client's pool counts before it fails at once
		failAll(t, s, func(_ string, err error) bool { return errors.Is(err, claims.ErrUnavailable) })
	}
	select {
	case err := <-waiting:
		if !errors.Is(err, claims.ErrUnavailable) {
			t.Errorf("Events that waited: %v, want ErrUnavailable", err)
		}
	case <-time.After(2500 * time.Millisecond):
		t.Error("Events still waits for a server that is gone")
	}

	restart()
	recovers(t, s)
	commit(t, s, newChange(2))
	if es, err := s.Events(t.Context(), 0, 5, 0); err != nil || len(es) != 2 {
		t.Errorf("Events afterwards: %v, %v, want 2", es, err)
	}
}

func TestServerHangs(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	s := open(t, url, redisstore.Options{})
	commit(t, s, newChange(1))
	if err := client(t, url).Do(t.Context(), "CLIENT", "PAUSE", "2600", "ALL").Err(); err != nil {
		t.Fatal(err)
	}
	failAll(t, s, func(name string, err error) bool {
		return errors.Is(err, claims.ErrUnavailable) || name == "Commit" && errors.Is(err, claims.ErrUnsure) ||
			name == "Events" && err == nil
	})
	recovers(t, s)
}

func TestScriptsForgotten(t *testing.T) {
	url, _, restart := claimstest.StartRedis(t)
	s := open(t, url, redisstore.Options{})
	commit(t, s, newChange(1))
	if err := client(t, url).ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	commit(t, s, newChange(2))
	restart()
	recovers(t, s)
	commit(t, s, newChange(3))
	if ids, err := s.Pick(t.Context(), 5, time.Second, claims.Queue("")...); err != nil || len(ids) != 3 {
		t.Errorf("Pick: %v, %v, want 3", ids, err)
	}
}

func TestKilledServerLosesNothing(t *testing.T) {
	url, stop, restart := claimstest.StartRedis(t)
	s := open(t, url, redisstore.Options{})
	const workers, enough = 16, 400
	acknowledged := make(chan claims.ID, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := w; ; n += workers {
				c := newChange(n)
				if err := s.Commit(t.Context(), c); err != nil {
					if !errors.Is(err, claims.ErrUnavailable) && !errors.Is(err, claims.ErrUnsure) {
						t.Errorf("Commit while the server is killed: %v", err)
					}
					return
				}
				acknowledged <- c.Puts[0].After.ID
			}
		})
	}
	go func() { all.Wait(); close(acknowledged) }()
	var ids []claims.ID
	for id := range acknowledged {
		if ids = append(ids, id); len(ids) == enough {
			stop()
		}
	}

	restart()
	recovers(t, s)
	got, err := s.Get(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range got {
		if c == nil {
			t.Errorf("%s was acknowledged and is lost", ids[i])
		}
	}
	es, err := s.Events(t.Context(), 0, 10_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Count(t.Context(), claims.Queue("")...)
	waiting := int64(0)
	for _, n := range counts {
		waiting += n
	}
	if _, seq, headErr := s.Head(t.Context()); err != nil || headErr != nil || len(es) < len(ids) || es[len(es)-1].Seq != int64(len(es)) ||
		seq != int64(len(es)) || waiting != int64(len(es)) {
		t.Errorf("%d acknowledged, %d events, the last is %d, head %d, %d in the queue, %v, %v", len(ids), len(es), es[len(es)-1].Seq, seq, waiting, err, headErr)
	}
	t.Logf("%d acknowledged, %d made", len(ids), len(es))
}
