package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dalel/claims/claimstest"
)

// TestBackupWhilePeopleAsk backs up a running server's store while checks come in, and restores into the other store: what was answered before the
// backup began is there.
func TestBackupWhilePeopleAsk(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	other, _, _ := claimstest.StartRedis(t)
	t.Run("from bolt to redis", func(t *testing.T) { movesHouse(t, "bolt", other) })
	t.Run("from redis to bolt", func(t *testing.T) { movesHouse(t, url, "bolt") })
}

func movesHouse(t *testing.T, from, to string) {
	c, h := openHomeOn(t, from)
	s, end := serveIn(t, c, h)
	<-s.begun
	before := askMany(t, s.base, "before", 20)

	asking, enough := context.WithCancel(t.Context())
	var people sync.WaitGroup
	for n := range 4 {
		people.Go(func() {
			for i := 0; asking.Err() == nil; i++ {
				if _, err := askOne(s.base, fmt.Sprintf("while %d %d", n, i)); err != nil && asking.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	file := filepath.Join(t.TempDir(), "dalel.backup")
	_, stderr, code := operator(t, "backup", file, "--data", c.Data, "--store", from)
	enough()
	people.Wait()
	if code != 0 || !strings.Contains(stderr, "Backed up ") || !strings.Contains(stderr, "1 account: ") {
		t.Fatalf("backup: exit %d: %s", code, stderr)
	}
	if log, _, err := end(); err != nil {
		t.Fatalf("%v: %s", err, log)
	}

	flags := []string{"--data", t.TempDir(), "--store", to}
	stdout, stderr, code := operator(t, append([]string{"restore", file}, flags...)...)
	if code != 0 || !strings.Contains(stdout, "Restored ") || !strings.Contains(stdout, "none is missing") {
		t.Fatalf("restore: exit %d: %s%s", code, stdout, stderr)
	}
	for _, check := range []string{"fsck", "verify"} {
		if stdout, stderr, code := operator(t, append([]string{"queue", check}, flags...)...); code != 0 {
			t.Errorf("%s of what was restored: exit %d: %s%s", check, code, stdout, stderr)
		}
	}
	if _, stderr, code := operator(t, append([]string{"restore", file}, flags...)...); code != exitFailure || !strings.Contains(stderr, "the store is not empty") {
		t.Errorf("a second restore: exit %d: %s", code, stderr)
	}
	restored, err := openHome(t.Context(), Common{Data: flags[1], Store: to}, deskOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { restored.Close() })
	again, end := serveIn(t, Common{Data: flags[1], Store: to}, restored)
	<-again.begun
	for _, ticket := range before {
		if r := newCaller(again.base, "").want(t, http.StatusOK, "GET", "/v1/checks/"+ticket, nil); r.str("outcome") != "queued" {
			t.Errorf("a ticket of before the backup shows %q", r.str("outcome"))
		}
	}
	askMany(t, again.base, "after", 2)
	if log, _, err := end(); err != nil {
		t.Errorf("%v: %s", err, log)
	}
}

// askOne asks a rumour that nobody has asked, and gives the ticket.
func askOne(base, mark string) (string, error) {
	text := "Neighbours " + mark + " say that whoever counts the tram stops backwards is safe until spring, and so are the pigeons"
	r, err := newCaller(base, "").call("POST", "/v1/checks", "", map[string]any{"text": text})
	if err == nil && (r.status != http.StatusOK || r.str("ticket") == "") {
		err = fmt.Errorf("%s: %d: %v", mark, r.status, r.body)
	}
	return r.str("ticket"), err
}

func askMany(t *testing.T, base, mark string, n int) []string {
	t.Helper()
	var tickets []string
	for i := range n {
		ticket, err := askOne(base, fmt.Sprintf("%s %d", mark, i))
		if err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, ticket)
	}
	return tickets
}

// backedUp is a backup of a bolt store with a few claims, and the flags of the store.
func backedUp(t *testing.T) (file string, g ground) {
	t.Helper()
	c, h := openTestHome(t)
	g = settle(t, c, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "dalel.backup")
	g.done(t, "backup", file)
	return file, g
}

// TestBackupFile writes files and standard output: a file that is there is not replaced by itself, and one that failed leaves nothing.
func TestBackupFile(t *testing.T) {
	file, g := backedUp(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if _, stderr, code := g.run(t, "backup", file); code != exitFailure || !strings.Contains(stderr, "--force") {
		t.Errorf("a second backup: exit %d: %s", code, stderr)
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, whole) {
		t.Errorf("the refused backup changed the file: %v", err)
	}
	g.done(t, "backup", "--force", file)
	if out := g.done(t, "backup", "-"); !strings.HasPrefix(out, "\x1f\x8b") {
		t.Errorf("standard output begins %.20q", out)
	}
	missing := filepath.Join(t.TempDir(), "no", "such", "place")
	if _, stderr, code := g.run(t, "backup", missing); code != exitFailure || !strings.Contains(stderr, missing) {
		t.Errorf("a directory that is not there: exit %d: %s", code, stderr)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the backup there is %v, %v", left, err)
	}
}

// TestBackupThatFails ends a backup before it is whole.
func TestBackupThatFails(t *testing.T) {
	dir := t.TempDir()
	failed := errors.New("the disk is full")
	err := backupCmd{File: filepath.Join(dir, "b")}.intoFile(func(w io.Writer) error {
		_, err := w.Write([]byte("half of it"))
		return errors.Join(err, failed)
	})
	left, readErr := os.ReadDir(dir)
	if !errors.Is(err, failed) || readErr != nil || len(left) != 0 {
		t.Errorf("it gives %v and leaves %v, %v", err, left, readErr)
	}
}
