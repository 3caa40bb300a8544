package claimstest_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
)

func TestClock(t *testing.T) {
	began := time.Date(2021, time.May, 1, 0, 0, 0, 0, time.UTC)
	c := claimstest.NewClock(began)
	c.Advance(time.Hour)
	c.Advance(-time.Minute)
	if got, want := c.Now(), began.Add(59*time.Minute); !got.Equal(want) {
		t.Errorf("Now is %v, want %v", got, want)
	}
	c.Set(began)
	if got := c.Now(); !got.Equal(began) {
		t.Errorf("Now after Set is %v, want %v", got, began)
	}
}

// A memory is a store that can do what TestOutage asks of it.
type memory struct {
	claims.Store
	once map[string]bool
}

func (m *memory) Commit(_ context.Context, c claims.Change) error {
	for _, o := range c.Once {
		if m.once[o.Key] {
			return &claims.DoneError{Key: o.Key, Value: o.Value}
		}
		m.once[o.Key] = true
	}
	return nil
}

func TestOutage(t *testing.T) {
	m := &memory{once: map[string]bool{}}
	o := claimstest.NewOutage(m)
	change := claimstest.NewChange(claims.Put{After: claimstest.NewClaim(1, time.Now())})
	id, queue := change.Puts[0].After.ID, claims.IndexLeases
	calls := map[string]func(ctx context.Context) error{
		"Get":        func(ctx context.Context) error { _, err := o.Get(ctx, id); return err },
		"Submission": func(ctx context.Context) error { _, err := o.Submission(ctx, "T"); return err },
		"Commit":     func(ctx context.Context) error { return o.Commit(ctx, change) },
		"Done":       func(ctx context.Context) error { _, _, err := o.Done(ctx, "key"); return err },
		"Range":      func(ctx context.Context) error { _, _, err := o.Range(ctx, "", 5, queue); return err },
		"Pick":       func(ctx context.Context) error { _, err := o.Pick(ctx, 1, time.Second, queue); return err },
		"Count":      func(ctx context.Context) error { _, err := o.Count(ctx, queue); return err },
		"Events":     func(ctx context.Context) error { _, err := o.Events(ctx, 0, 5, time.Minute); return err },
		"History":    func(ctx context.Context) error { _, err := o.History(ctx, id); return err },
		"Head":       func(ctx context.Context) error { _, _, err := o.Head(ctx); return err },
		"Damaged":    func(ctx context.Context) error { _, err := o.Damaged(ctx); return err },
		"Now":        func(ctx context.Context) error { _, err := o.Now(ctx); return err },
		"Accounts":   func(ctx context.Context) error { _, err := o.Accounts(ctx); return err },
		"Account":    func(ctx context.Context) error { _, err := o.Account(ctx, "a1"); return err },
		"PutAccount": func(ctx context.Context) error { return o.PutAccount(ctx, claims.Account{ID: "a1"}, false) },
		"PutCredential": func(ctx context.Context) error {
			return o.PutCredential(ctx, claims.Credential{Hash: "h", Account: "a1"})
		},
		"Credential":      func(ctx context.Context) error { _, err := o.Credential(ctx, "h"); return err },
		"TakeCredential":  func(ctx context.Context) error { _, err := o.TakeCredential(ctx, "h"); return err },
		"DropCredentials": func(ctx context.Context) error { return o.DropCredentials(ctx, "a1") },
		"Log":             func(ctx context.Context) error { _, err := o.Log(ctx, 0, 5); return err },
		"Each": func(ctx context.Context) error {
			return o.Each(ctx, claims.ItemClaim, func(claims.Item) error { return nil })
		},
		"Entries":  func(ctx context.Context) error { return o.Entries(ctx, func(claims.Entry) error { return nil }) },
		"Mend":     func(ctx context.Context) error { return o.Mend(ctx, id, 1, nil, nil) },
		"Snapshot": func(ctx context.Context) error { return o.Snapshot(ctx, func(claims.Item) error { return nil }) },
		"Load":     func(ctx context.Context) error { return o.Load(ctx, func(func(claims.Item, error) bool) {}) },
		"Compact":  func(ctx context.Context) error { _, _, err := o.Compact(ctx); return err },
	}
	o.Off()
	for name, call := range calls {
		if err := call(t.Context()); !errors.Is(err, claims.ErrUnavailable) {
			t.Errorf("%s while switched off: %v, want ErrUnavailable", name, err)
		}
	}
	o.On()
	if len(m.once) > 0 {
		t.Error("a commit while switched off was made")
	}

	o.LoseReply()
	if err := o.Commit(t.Context(), change); !errors.Is(err, claims.ErrUnsure) {
		t.Errorf("Commit whose reply is lost: %v, want ErrUnsure", err)
	}
	if err := o.Commit(t.Context(), change); !errors.Is(err, claims.ErrDone) {
		t.Errorf("the same change again: %v, want ErrDone", err)
	}
}

func TestStartRedis(t *testing.T) {
	address, stop, restart := claimstest.StartRedis(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listens := func() bool {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	}
	if u.Scheme != "redis" || u.Hostname() != "127.0.0.1" || !listens() {
		t.Errorf("no server listens at %s", address)
	}
	stop()
	if listens() {
		t.Error("the server still listens after stop")
	}
	stop()
	restart()
	if !listens() {
		t.Error("no server listens after restart")
	}
	restart()
	if !listens() {
		t.Error("no server listens after the second restart")
	}
}
