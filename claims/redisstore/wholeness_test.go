package redisstore_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

// A proxy stands before a server and loses replies: it closes the connection instead of passing one on.
type proxy struct {
	listener net.Listener
	server   string
	lose     atomic.Int64
	all      sync.WaitGroup
}

func newProxy(t *testing.T, url string) (p *proxy, proxied string) {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{listener: l, server: o.Addr}
	p.all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.all.Go(func() { p.pass(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); p.all.Wait() })
	return p, strings.Replace(url, o.Addr, l.Addr().String(), 1)
}

func (p *proxy) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	p.all.Go(func() {
		defer server.Close()
		io.Copy(server, client)
	})
	reply := make([]byte, 64<<10)
	for {
		n, err := server.Read(reply)
		if err != nil || p.lose.Load() > 0 && p.lose.Add(-1) >= 0 {
			return
		}
		if _, err := client.Write(reply[:n]); err != nil {
			return
		}
	}
}

func TestLostReplies(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	p, proxied := newProxy(t, url)
	s := open(t, proxied, redisstore.Options{})
	t.Cleanup(func() { s.Close() }) // before the proxy waits for its connections
	commit(t, s, newChange(1))

	p.lose.Store(1)
	if err := s.Commit(t.Context(), newChange(2)); err != nil {
		t.Errorf("Commit whose first reply was lost: %v, want nil", err)
	}
	if p.lose.Load() > 0 {
		t.Error("no reply was lost: the test tests nothing")
	}

	change := newChange(3)
	change.Once.Value = "three"
	p.lose.Store(1_000)
	if err := s.Commit(t.Context(), change); !errors.Is(err, claims.ErrUnsure) || errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Commit all of whose replies were lost: %v, want ErrUnsure", err)
	}
	p.lose.Store(0)
	err := s.Commit(t.Context(), change)
	if done, ok := errors.AsType[*claims.DoneError](err); !ok || done.Value != "three" {
		t.Errorf("the same change again: %v, want a DoneError with its value", err)
	}
	if _, seq, err := s.Head(t.Context()); err != nil || seq != 3 {
		t.Errorf("Head: %d, %v, want 3", seq, err)
	}

	credential := claims.Credential{Hash: "h", Kind: claims.CredentialLink, Account: "a1"}
	if err := s.PutCredential(t.Context(), credential); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeCredential(t.Context(), "none"); !errors.Is(err, claims.ErrNotFound) { // so that the script is known
		t.Fatal(err)
	}
	p.lose.Store(1)
	if got, err := s.TakeCredential(t.Context(), "h"); err != nil || got != credential {
		t.Errorf("TakeCredential whose first reply was lost: %v, %v", got, err)
	}
	other := open(t, url, redisstore.Options{Prefix: newPrefix()}) // so that this script is known too
	if err := other.PutAccount(t.Context(), claims.Account{ID: "a1"}, true); err != nil {
		t.Fatal(err)
	}
	p.lose.Store(1)
	if err := s.PutAccount(t.Context(), claims.Account{ID: "a1"}, true); err != nil {
		t.Errorf("PutAccount of the first, whose reply was lost: %v", err)
	}
}

// TestRefusedWhole makes Redis refuse a change in many ways: each time nothing of it may be there.
func TestRefusedWhole(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	prefix := newPrefix()
	s := open(t, url, redisstore.Options{Prefix: prefix})
	commit(t, s, newChange(1))
	history := prefix + ":history:" + string(newChange(2).Puts[0].After.ID)
	do := func(args ...any) func() error {
		return func() error { return db.Do(t.Context(), args...).Err() }
	}
	tests := []struct {
		name string
		harm func() error
		mend func() error
		want error
	}{
		{"memory is full", do("CONFIG", "SET", "maxmemory", "1"), do("CONFIG", "SET", "maxmemory", "0"), claims.ErrUnavailable},
		{"a replica", do("REPLICAOF", "127.0.0.1", "1"), do("REPLICAOF", "NO", "ONE"), claims.ErrUnavailable},
		{"an index of another type", do("SET", prefix+":index:queue/lang=en", "x"), do("DEL", prefix+":index:queue/lang=en"), nil},
		{"a history of another type", do("SET", history, "x"), do("DEL", history), nil},
		{"a head that is no number", do("SET", prefix+":head", "x"), do("SET", prefix+":head", "1"), nil},
		{"a log past its head", do("XADD", prefix+":log", "9-0", "e", "{}"), do("XDEL", prefix+":log", "9-0"), nil},
	}
	for _, test := range tests {
		change := newChange(2)
		if err := test.harm(); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if err := s.Commit(t.Context(), change); err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: Commit gave %v, want an error that is %v", test.name, err, test.want)
		}
		if got, err := s.Get(t.Context(), change.Puts[0].After.ID); err != nil || got[0] != nil {
			t.Errorf("%s: the refused claim is there: %v, %v", test.name, got, err)
		}
		if err := test.mend(); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		_, known, doneErr := s.Done(t.Context(), change.Once.Key)
		_, seq, headErr := s.Head(t.Context())
		es, eventsErr := s.Events(t.Context(), 0, 10, 0)
		if err := errors.Join(doneErr, headErr, eventsErr); err != nil || known || seq != 1 || len(es) != 1 {
			t.Errorf("%s: once key known %t, head %d, %d events, %v; want nothing of the refused change", test.name, known, seq, len(es), err)
		}
	}
}

func TestRecordOfAnotherType(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	prefix := newPrefix()
	s := open(t, url, redisstore.Options{Prefix: prefix})
	a, b := newChange(1), newChange(2)
	commit(t, s, a)
	commit(t, s, b)
	key := prefix + ":claim:" + string(a.Puts[0].After.ID)
	if err := errors.Join(db.Del(t.Context(), key).Err(), db.Set(t.Context(), key, "x", 0).Err()); err != nil {
		t.Fatal(err)
	}
	if err := db.XAdd(t.Context(), &redis.XAddArgs{Stream: prefix + ":log", ID: "3-0", Values: []string{"e", "{torn"}}).Err(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), a.Puts[0].After.ID, b.Puts[0].After.ID)
	if err != nil || got[0] != nil || got[1] == nil {
		t.Errorf("Get beside a key of another type: %v, %v", got, err)
	}
	if err := s.Commit(t.Context(), a); !errors.Is(err, claims.ErrDone) {
		t.Errorf("the same change again: %v, want ErrDone", err)
	}
	if err := s.Commit(t.Context(), newChange(1)); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("Commit over a key of another type: %v, want ErrConflict", err)
	}
	es, err := s.Events(t.Context(), 2, 10, 0)
	if err != nil || len(es) != 1 || es[0] != (claims.Event{Seq: 3}) {
		t.Errorf("an event that cannot be read: %v, %v, want its number alone", es, err)
	}
	names, err := s.Damaged(t.Context())
	if err != nil || len(names) != 2 || names[0] != "claims/"+string(a.Puts[0].After.ID) || names[1] != "events/3" {
		t.Errorf("Damaged: %v, %v", names, err)
	}
}

func TestKeys(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	change := newChange(1)
	change.Submissions = []claims.Submission{{Ticket: claims.NewTicket(), Version: 1}}
	commit(t, s, change)
	ends := claims.Credential{Hash: "h1", Account: "a1", Until: time.Now().Add(time.Hour)}
	taken := claims.Credential{Hash: "h2", Account: "a1", Until: time.Now().Add(time.Hour)}
	_, pickErr := s.Pick(t.Context(), 1, time.Minute, claims.QueueOf("", ""))
	err := errors.Join(pickErr, s.PutAccount(t.Context(), claims.Account{ID: "a1"}, true), s.PutCredential(t.Context(), ends), s.PutCredential(t.Context(), taken))
	if _, takeErr := s.TakeCredential(t.Context(), taken.Hash); errors.Join(err, takeErr) != nil {
		t.Fatal(err, takeErr)
	}
	keys, err := db.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) < 10 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "{dalel}:") {
			t.Errorf("the key %q is outside of the hash tag", key)
		}
		life, err := db.PTTL(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		least, most := time.Duration(-1), time.Duration(-1) // for ever
		switch kind, _, _ := strings.Cut(strings.TrimPrefix(key, "{dalel}:"), ":"); kind {
		case "once":
			least, most = claims.OnceFor-time.Minute, claims.OnceFor
		case "credential":
			least, most = 24*time.Hour, 25*time.Hour
		case "taken":
			least, most = 9*time.Minute, 10*time.Minute
		}
		if life < least || life > most {
			t.Errorf("the key %q is kept for %v, want %v to %v", key, life, least, most)
		}
	}
}
