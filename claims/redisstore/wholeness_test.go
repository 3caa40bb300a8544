package redisstore_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

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
	change.Once[0].Value = "three"
	p.lose.Store(1_000)
	if err := s.Commit(t.Context(), change); !errors.Is(err, claims.ErrUnsure) || errors.Is(err, claims.ErrUnavailable) {
		t.Errorf("Commit all of whose replies were lost: %v, want ErrUnsure", err)
	}
	p.lose.Store(0)
	err := s.Commit(t.Context(), change)
	if done, ok := errors.AsType[*claims.DoneError](err); !ok || done.Value != "three" || done.Key != change.Once[0].Key {
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
	history := prefix + ":history:" + string(newChange(2).Puts[0].After.ID) // of the claim that all try to bring
	do := func(args ...any) func() error {
		return func() error { return db.Do(t.Context(), args...).Err() }
	}
	head, err := db.Get(t.Context(), prefix+":head").Result()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		harm func() error
		mend func() error
		want error
	}{
		{"memory is full", do("CONFIG", "SET", "maxmemory", "1"), do("CONFIG", "SET", "maxmemory", "0"), claims.ErrUnavailable},
		{"a replica", do("REPLICAOF", "127.0.0.1", "1"), do("REPLICAOF", "NO", "ONE"), claims.ErrUnavailable},
		{"an index of another type", do("SET", prefix+":index:waiting/queued/en/P3", "x"), do("DEL", prefix+":index:waiting/queued/en/P3"), nil},
		{"a history of another type", do("SET", history, "x"), do("DEL", history), nil},
		{"a head that is no number", do("SET", prefix+":head", "x"), do("SET", prefix+":head", head), nil},
		{"a log past its head", do("XADD", prefix+":log", "9-0", "e", "{}"), do("XDEL", prefix+":log", "9-0"), nil},
	}
	for _, test := range tests {
		change := newSubmission(2)
		change.Events = append(change.Events, change.Events[0]) // the second is in the history
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
		_, known, doneErr := s.Done(t.Context(), change.Once[0].Key)
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
	a, b := newSubmission(1), newSubmission(2)
	commit(t, s, a)
	commit(t, s, b)
	id, ticket := a.Puts[0].After.ID, a.Submissions[0].Ticket
	for _, key := range []string{prefix + ":claim:" + string(id), prefix + ":submission:" + string(ticket)} {
		if err := errors.Join(db.Del(t.Context(), key).Err(), db.RPush(t.Context(), key, "x").Err()); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.XAdd(t.Context(), &redis.XAddArgs{Stream: prefix + ":log", ID: "3-0", Values: []string{"e", "{torn"}}).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), newChange(1)); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("Commit over a key of another type: %v, want ErrConflict", err)
	}
	got, err := s.Get(t.Context(), id, b.Puts[0].After.ID)
	if err != nil || got[0] != nil || got[1] == nil {
		t.Errorf("Get beside a key of another type: %v, %v", got, err)
	}
	if _, err := s.Submission(t.Context(), ticket); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("Submission of another type: %v, want ErrNotFound", err)
	}
	if err := s.Commit(t.Context(), a); !errors.Is(err, claims.ErrDone) {
		t.Errorf("the same change again: %v, want ErrDone", err)
	}
	es, err := s.Events(t.Context(), 2, 10, 0)
	if err != nil || len(es) != 1 || es[0] != (claims.Event{Seq: 3}) {
		t.Errorf("an event that cannot be read: %v, %v, want its number alone", es, err)
	}
	names, err := s.Damaged(t.Context())
	want := []string{"claims/" + string(id), "events/3", "submissions/" + string(ticket[:4]) + "…"}
	if diff := cmp.Diff(want, names); err != nil || diff != "" {
		t.Errorf("Damaged: %v (-want +got):\n%s", err, diff)
	}
	if kept, err := db.LRange(t.Context(), prefix+":damaged:claims/"+string(id), 0, -1).Result(); err != nil || len(kept) != 1 {
		t.Errorf("what was in the place of the claim: %v, %v", kept, err)
	}
}

// TestAnIndexOfAnotherType wants whoever looks after the indexes to have it out of the way.
func TestAnIndexOfAnotherType(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	c := newChange(1)
	commit(t, s, c)
	k := claims.Keys(c.Puts[0].After)[0]
	key := "{dalel}:index:" + string(k.Index)
	if err := errors.Join(db.Del(t.Context(), key).Err(), db.Set(t.Context(), key, "x", 0).Err()); err != nil {
		t.Fatal(err)
	}
	if err := s.Entries(t.Context(), func(e claims.Entry) error { t.Errorf("the entry %v of no index", e); return nil }); err != nil {
		t.Errorf("Entries: %v", err)
	}
	if err := s.Mend(t.Context(), c.Puts[0].After.ID, 1, nil, claims.Keys(c.Puts[0].After)); err != nil {
		t.Errorf("Mend: %v", err)
	}
	ids, _, err := s.Range(t.Context(), "", 5, k.Index)
	if err != nil || len(ids) != 1 {
		t.Errorf("Range of the mended index: %v, %v", ids, err)
	}
	if names, err := s.Damaged(t.Context()); err != nil || len(names) != 1 || names[0] != "indexes/"+string(k.Index) {
		t.Errorf("Damaged: %v, %v", names, err)
	}
}

// TestEmptyRecord wants a record of no bytes at all to be set aside as any other.
func TestEmptyRecord(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	c := newChange(1)
	commit(t, s, c)
	id := c.Puts[0].After.ID
	if err := db.Set(t.Context(), "{dalel}:claim:"+string(id), "", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), id); err != nil || got[0] != nil {
		t.Errorf("Get of an empty record: %v, %v", got, err)
	}
	commit(t, s, newChange(1))
	if names, err := s.Damaged(t.Context()); err != nil || len(names) != 1 || names[0] != "claims/"+string(id) {
		t.Errorf("Damaged: %v, %v", names, err)
	}
}

// TestSetAsideRace makes a record good again between the reading of it and the setting aside: it must stay.
func TestSetAsideRace(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	c := newChange(1)
	commit(t, s, c)
	id := c.Puts[0].After.ID
	key := "{dalel}:claim:" + string(id)
	good, err := db.Get(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if err := db.SetXX(t.Context(), key, good[:20], 0).Err(); err != nil {
					t.Errorf("harm: %v", err)
				}
				if err := db.Set(t.Context(), key, good, 0).Err(); err != nil {
					t.Errorf("mend: %v", err)
				}
			}
		})
		all.Go(func() {
			for range 100 {
				if _, err := s.Get(t.Context(), id); err != nil {
					t.Errorf("Get: %v", err)
				}
			}
		})
	}
	all.Wait()
	got, err := s.Get(t.Context(), id)
	if err != nil || got[0] == nil {
		t.Errorf("the good record was set aside: %v, %v", got, err)
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
	_, pickErr := s.Pick(t.Context(), 1, time.Minute, claims.Queue("")...)
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
