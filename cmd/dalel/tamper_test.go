package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dalel/claims"
	"dalel/claims/claimstest"
)

// settled is a store with a few claims that nobody has open.
func settled(t *testing.T, store string) (ground, Common) {
	t.Helper()
	c, h := openHomeOn(t, store)
	g := settle(t, c, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return g, c
}

// inFile changes the embedded store behind the program's back.
func inFile(t *testing.T, c Common, bucket string, f func(b *bbolt.Bucket) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(c.Data, storeFile), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error { return f(tx.Bucket([]byte(bucket))) }); err != nil {
		t.Fatal(err)
	}
}

// event is an event's key in the file: its number in eight bytes.
func event(n byte) []byte { return append(make([]byte, 7), n) }

// inRedis runs a command on Redis behind the program's back, and gives the first line of the answer.
func inRedis(t *testing.T, address, command string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// TestVerifyFindsAChangedEvent changes an event in the file, and removes one.
func TestVerifyFindsAChangedEvent(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(b *bbolt.Bucket) error
		says   string
	}{
		"changed": {func(b *bbolt.Bucket) error {
			was := string(b.Get(event(2)))
			forged := strings.Replace(was, `"kind":"`, `"kind":"un`, 1)
			if forged == was {
				return fmt.Errorf("event 2 is %q", was)
			}
			return b.Put(event(2), []byte(forged))
		}, "event 2: its link does not follow"},
		"removed":  {func(b *bbolt.Bucket) error { return b.Delete(event(2)) }, "event 2: it is missing"},
		"cut off":  {func(b *bbolt.Bucket) error { return b.Delete(event(6)) }, "event 6: it is missing, with all that came after it"},
		"no event": {func(b *bbolt.Bucket) error { return b.Put(event(3), []byte("nothing")) }, "event 3: it is no event"},
	} {
		t.Run(name, func(t *testing.T) {
			g, c := settled(t, "bolt")
			inFile(t, c, "events", tt.change)
			stdout, stderr, code := g.run(t, "queue", "verify")
			if code != exitFailure || !strings.Contains(stdout, tt.says) || !strings.Contains(stderr, "not what was written") {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
			if stdout, _, code := g.run(t, "queue", "fsck"); code != exitFailure {
				t.Errorf("fsck: exit %d: %s", code, stdout)
			}
		})
	}
}

// TestVerifyFindsAnEventRemovedFromRedis removes one from the stream.
func TestVerifyFindsAnEventRemovedFromRedis(t *testing.T) {
	address, _, _ := claimstest.StartRedis(t)
	g, _ := settled(t, address)
	if got := inRedis(t, address, "XDEL {dalel}:log 2-0"); got != ":1" {
		t.Fatalf("XDEL gives %s", got)
	}
	if stdout, stderr, code := g.run(t, "queue", "verify"); code != exitFailure || !strings.Contains(stdout, "event 2: it is missing") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestRestoreKeepsTheChain backs up a store whose log was changed: the restored one shows it, too.
func TestRestoreKeepsTheChain(t *testing.T) {
	g, c := settled(t, "bolt")
	inFile(t, c, "events", func(b *bbolt.Bucket) error {
		return b.Put(event(2), []byte(strings.Replace(string(b.Get(event(2))), `"kind":"`, `"kind":"un`, 1)))
	})
	file := filepath.Join(t.TempDir(), "b")
	g.done(t, "backup", file)
	stdout, stderr, code := operator(t, "restore", file, "--data", t.TempDir())
	if code != exitFailure || !strings.Contains(stdout, "event 2: its link") || !strings.Contains(stderr, "it was so in the backup") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestFsckMendsTheIndex removes an index entry behind the store's back: the claim is not in the queue until it is mended.
func TestFsckMendsTheIndex(t *testing.T) {
	mends := func(t *testing.T, g ground) {
		t.Helper()
		if got := g.done(t, "queue", "list"); strings.Contains(got, string(g.queued)) {
			t.Fatalf("nothing was removed:\n%s", got)
		}
		stdout, stderr, code := g.run(t, "queue", "fsck")
		if code != exitFailure || !strings.Contains(stdout, "missing_entry") || !strings.Contains(stdout, string(g.queued)) || !strings.Contains(stderr, "--repair") {
			t.Errorf("fsck: exit %d: %s%s", code, stdout, stderr)
		}
		if got := g.done(t, "queue", "fsck", "--repair"); !strings.Contains(got, "mended") || !strings.Contains(got, ": sound, ") {
			t.Errorf("repair says\n%s", got)
		}
		if got := g.done(t, "queue", "fsck"); !strings.Contains(got, ": sound.") {
			t.Errorf("after the repair fsck says\n%s", got)
		}
		if got := g.done(t, "queue", "list"); !strings.Contains(got, string(g.queued)) {
			t.Errorf("after the repair the queue is\n%s", got)
		}
	}
	t.Run("bolt", func(t *testing.T) {
		g, c := settled(t, "bolt")
		var entry string
		inFile(t, c, "index", func(b *bbolt.Bucket) error {
			err := b.ForEach(func(k, _ []byte) error {
				if strings.HasPrefix(string(k), "waiting/") && strings.HasSuffix(string(k), string(g.queued)) {
					entry = string(k)
				}
				return nil
			})
			if err != nil || entry == "" {
				return fmt.Errorf("the entry is %q, %w", entry, err)
			}
			return b.Delete([]byte(entry))
		})
		mends(t, g)
	})
	t.Run("redis", func(t *testing.T) {
		address, _, _ := claimstest.StartRedis(t)
		g, c := settled(t, address)
		s, err := c.openStore(t.Context(), false, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		cs, err := s.Get(t.Context(), g.queued)
		if err != nil || cs[0] == nil {
			t.Fatalf("%v, %v", cs, err)
		}
		for _, k := range claims.Keys(*cs[0]) {
			if got := inRedis(t, address, "ZREMRANGEBYRANK {dalel}:index:"+string(k.Index)+" 0 -1"); !strings.HasPrefix(got, ":") || got == ":0" {
				t.Fatalf("ZREMRANGEBYRANK of %s gives %s", k.Index, got)
			}
		}
		mends(t, g)
	})
}

// TestFsckSetsAside makes a claim's record unreadable: it is set aside and listed, and the queue goes on. What is left of it is said.
func TestFsckSetsAside(t *testing.T) {
	g, c := settled(t, "bolt")
	inFile(t, c, "claims", func(b *bbolt.Bucket) error {
		whole := b.Get([]byte(g.queued))
		return b.Put([]byte(g.queued), bytes.Clone(whole[:len(whole)/2]))
	})
	stdout, stderr, code := g.run(t, "queue", "fsck", "--repair")
	if code != exitFailure || !strings.Contains(stdout, "unreadable") || !strings.Contains(stdout, "orphan") || !strings.Contains(stderr, "cannot be mended") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if got := g.done(t, "queue", "list", "--damaged"); !strings.Contains(got, "claims/"+string(g.queued)) || !strings.Contains(got, "1 record set aside") {
		t.Errorf("set aside are\n%s", got)
	}
	if got := g.done(t, "queue", "list"); strings.Contains(got, string(g.queued)) || !strings.Contains(got, string(g.other)) {
		t.Errorf("the queue is\n%s", got)
	}
	file := filepath.Join(t.TempDir(), "b")
	g.done(t, "backup", file)
	stdout, stderr, code = operator(t, "restore", file, "--data", t.TempDir())
	if code != 0 || !strings.Contains(stdout, "1 record that cannot be read") {
		t.Errorf("restore: exit %d: %s%s", code, stdout, stderr)
	}
}
