package main

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dalel/claims"
)

// TestRestoreRefuses restores what is no whole backup, beside a server, and from nowhere.
func TestRestoreRefuses(t *testing.T) {
	file, g := backedUp(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := func(b []byte) string {
		path := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 0x10
	inUse := t.TempDir()
	c := Common{Data: inUse, Store: "bolt"}
	h, err := openHome(t.Context(), c, deskOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	s, end := serveIn(t, c, h)
	<-s.begun
	empty := t.TempDir()
	for _, tt := range []struct {
		name, data, file string
		code             int
		says             string
	}{
		{"one that was changed", empty, bad(changed), exitFailure, "not a whole backup"},
		{"one that was cut short", empty, bad(whole[:len(whole)*2/3]), exitFailure, "not a whole backup"},
		{"an empty file", empty, bad(nil), exitFailure, "not a whole backup"},
		{"something else", empty, bad([]byte("hello")), exitFailure, "not a whole backup"},
		{"a file that is not there", empty, "/nowhere", exitUsage, "/nowhere"},
		{"a store that is in use", inUse, file, exitFailure, "stop it, then restore"},
		{"a store that is not empty", g.flags[1], file, exitFailure, "the store is not empty"},
	} {
		if _, stderr, code := operator(t, "restore", "--data", tt.data, tt.file); code != tt.code || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: exit %d: %s", tt.name, code, stderr)
		}
	}
	if stdout, stderr, code := operator(t, "queue", "list", "--data", empty); code != 0 || !strings.Contains(stdout, "no claims at all yet") {
		t.Errorf("after what was refused the store has: exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, stderr, code := operator(t, "restore", "--data", empty, file); code != 0 {
		t.Errorf("a whole one: exit %d: %s%s", code, stdout, stderr)
	}
	if _, _, err := end(); err != nil {
		t.Error(err)
	}
}

// TestInterruptedRestore leaves a store half filled: nobody takes it for one, and the next restore fills it.
func TestInterruptedRestore(t *testing.T) {
	file, _ := backedUp(t)
	onStores(t, func(t *testing.T, store string) {
		c := Common{Data: t.TempDir(), Store: store}
		flags := []string{"--data", c.Data, "--store", store}
		s, err := c.openStore(t.Context(), true, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		pulled := errors.New("the plug was pulled")
		if err := s.Load(t.Context(), half(pulled)); !errors.Is(err, pulled) {
			t.Fatalf("it gives %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"queue", "list"}, {"backup", "-"}, {"user", "list"}} {
			if stdout, stderr, code := operator(t, append(args, flags...)...); code != exitFailure || !strings.Contains(stderr, "restore") {
				t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
			}
		}
		if stdout, stderr, code := operator(t, append([]string{"restore", file}, flags...)...); code != 0 || !strings.Contains(stdout, "Restored 4 claims, 5 requests") {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		if stdout, stderr, code := operator(t, append([]string{"queue", "fsck"}, flags...)...); code != 0 || !strings.Contains(stdout, "4 claims, 5 requests") {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	})
}

// half is part of a store, and then an error.
func half(err error) iter.Seq2[claims.Item, error] {
	return func(yield func(claims.Item, error) bool) {
		for i := range 10 {
			if !yield(claims.Item{Kind: claims.ItemOnce, Name: fmt.Sprint("key ", i), Data: []byte("x")}, nil) {
				return
			}
		}
		yield(claims.Item{}, err)
	}
}

// TestIndexStartsOverAfterARestore restores an older store under an index that knows a later review: it forgets it by itself.
func TestIndexStartsOverAfterARestore(t *testing.T) {
	file, g := backedUp(t)
	data := g.flags[1]
	c := Common{Data: data, Store: "bolt"}
	quiet := slog.New(slog.DiscardHandler)
	h, err := openHome(t.Context(), c, deskOptions{singleReview: true}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	aru := claims.Account{ID: "u_aru", Roles: []claims.Role{claims.RoleReviewer}}
	held, err := h.desk.Take(t.Context(), g.queued, claims.Act{By: aru}, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.desk.Propose(t.Context(), g.queued, claims.Act{By: aru}, held.Lease.Token, claims.Finding{Verdict: "false",
		Summary:  map[string]string{"en": "A samovar does nothing against a virus.", "ru": "Самовар не действует на вирус.", "kk": "Самауыр вирусқа әсер етпейді."},
		Evidence: []claims.Evidence{{URL: "https://www.who.int/", Stance: "refutes", Quote: "Tea is tea."}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(t, h); got != claims.OutcomeReviewed {
		t.Fatalf("with the review it is %q", got)
	}
	if err := errors.Join(h.Close(), os.Remove(filepath.Join(data, storeFile))); err != nil {
		t.Fatal(err)
	}
	g.done(t, "restore", file)
	if h, err = openHome(t.Context(), c, deskOptions{}, quiet); err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if got := outcome(t, h); got != claims.OutcomeQueued {
		t.Errorf("with the store of before the review it is %q", got)
	}
}

// outcome is what a home with its index filled says to a rumour.
func outcome(t *testing.T, h *home) claims.Outcome {
	t.Helper()
	if err := h.fill(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	a, err := h.desk.Check(t.Context(), claims.Question{Text: unheard})
	if err != nil {
		t.Fatal(err)
	}
	return a.Outcome
}
