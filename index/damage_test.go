package index_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dalel/index"
)

var noon = time.Date(2026, 11, 22, 10, 15, 0, 0, time.UTC)

// filled makes a closed index with documents and a mark in a directory of a test's own.
func filled(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data", "index")
	x := open(t, dir)
	docs := corpus(60)
	put(t, x, docs[:30]...)
	put(t, x, docs[30:]...)
	apply(t, x, index.Batch{Marks: map[string]string{"events": "7"}})
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// eachSegment damages all segments: some may be left over from before a merge, and nobody would miss them.
func eachSegment(damage func(t *testing.T, path string)) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, "store", "*.zap"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no segments: %v", err)
		}
		for _, f := range files {
			damage(t, f)
		}
	}
}

func truncate(t *testing.T, path string, size func(int64) int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size(info.Size())); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string, at func(size int) int, with []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[at(len(content)):], with)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedIndexIsSetAside(t *testing.T) {
	type change = func(t *testing.T, path string)
	cut := func(keep func(size int64) int64) change {
		return func(t *testing.T, path string) { truncate(t, path, keep) }
	}
	half := cut(func(n int64) int64 { return n / 2 })
	empty := cut(func(int64) int64 { return 0 })
	tiny := cut(func(int64) int64 { return 3 })
	over := func(at func(size int) int, with []byte) change {
		return func(t *testing.T, path string) { overwrite(t, path, at, with) }
	}
	of := func(name string, damage change) change {
		return func(t *testing.T, dir string) { damage(t, filepath.Join(dir, name)) }
	}
	const meta, root = "index_meta.json", "store/root.bolt"
	tests := map[string]change{
		"no metadata":       of(meta, remove),
		"empty metadata":    of(meta, empty),
		"cut metadata":      of(meta, half),
		"other metadata":    of(meta, over(zero, []byte("[1,2,3]  "))),
		"no root":           of(root, remove),
		"empty root":        of(root, empty),
		"cut root":          of(root, cut(func(n int64) int64 { return n - n%4096 - 4096*(n/4096-3) })), // three pages: fewer than there are in use
		"garbled root":      of(root, over(zero, bytes.Repeat([]byte("garbage "), 8<<10))),
		"no store":          of("store", remove),
		"cut segment":       eachSegment(half),
		"empty segment":     eachSegment(empty),
		"tiny segment":      eachSegment(tiny),
		"no segment":        eachSegment(remove),
		"two other bytes":   eachSegment(over(middle, []byte{0xAA, 0x55})),
		"a garbled footer":  eachSegment(over(func(n int) int { return n - 40 }, bytes.Repeat([]byte{0xFF}, 40))),
		"a garbled segment": eachSegment(over(zero, bytes.Repeat([]byte{0xFF}, 1<<20))),
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			damage(t, dir)
			var log bytes.Buffer
			x, err := index.Open(dir, index.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			if !x.Rebuilt() {
				t.Error("Rebuilt says no")
			}
			aside := dir + ".damaged-20261122T101500Z"
			if _, err := os.Stat(aside); err != nil {
				t.Errorf("the damaged index is not kept: %v", err)
			}
			if said := log.String(); !strings.Contains(said, "level=WARN") || !strings.Contains(said, "index_dir="+dir) || !strings.Contains(said, "kept_as="+aside) {
				t.Errorf("the log says %q", said)
			}
			if mark, err := x.Mark("events"); mark != "" || err != nil {
				t.Errorf("mark %q, %v, want none", mark, err)
			}
			put(t, x, page("a", "en", "A", "garlic"))
			if got := ids(search(t, x, index.Query{Text: "garlic"})); len(got) != 1 {
				t.Errorf("hits in the new index: %v", got)
			}
		})
	}
}

// TestBatchThatNeverEnds gives up on a batch: the index says so, takes no more, goes on answering, and closes.
func TestBatchThatNeverEnds(t *testing.T) {
	var log bytes.Buffer
	x, err := index.Open(filepath.Join(t.TempDir(), "index"), index.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	put(t, x, page("a", "en", "A", "garlic"))
	x.WaitAtMost(time.Nanosecond)
	for range 2 {
		err := x.Apply(t.Context(), index.Batch{Put: []index.Document{page("b", "en", "B", "onion")}})
		if !errors.Is(err, index.ErrDamaged) {
			t.Errorf("got %v", err)
		}
	}
	if got := ids(search(t, x, index.Query{Text: "garlic"})); len(got) != 1 {
		t.Errorf("it no longer answers: %v", got)
	}
	if !strings.Contains(log.String(), "takes no more batches") {
		t.Errorf("the log says %q", log.String())
	}
}

func zero(int) int     { return 0 }
func middle(n int) int { return n / 2 }

func TestSettingAsideFindsAFreeName(t *testing.T) {
	dir := filled(t)
	o := index.Options{Now: func() time.Time { return noon }}
	for _, want := range []string{".damaged-20261122T101500Z", ".damaged-20261122T101500Z-2", ".damaged-20261122T101500Z-3"} {
		truncate(t, filepath.Join(dir, "index_meta.json"), func(int64) int64 { return 0 })
		x, err := index.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir + want); err != nil {
			t.Error(err)
		}
	}
}

func TestIndexOfAnotherVersionIsSetAside(t *testing.T) {
	dir := filled(t)
	x := open(t, dir)
	if err := x.SetSchema("0"); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(dir, index.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if _, err := os.Stat(dir + ".outdated-20261122T101500Z"); err != nil || !x.Rebuilt() {
		t.Errorf("not set aside: %v, rebuilt %v", err, x.Rebuilt())
	}
}

func TestOtherDirectoriesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(file, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Open(dir, index.Options{}); !errors.Is(err, index.ErrNotIndex) {
		t.Errorf("%v, want ErrNotIndex", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	if _, err := index.Open(file, index.Options{}); err == nil {
		t.Error("a file was opened")
	}
	if os.Getuid() != 0 {
		closed := filled(t)
		if err := os.Chmod(filepath.Join(closed, "store"), 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(filepath.Join(closed, "store"), 0o700)
		if _, err := index.Open(closed, index.Options{}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v, want ErrPermission", err)
		}
	}
}

func TestSecondOpenIsLockedOut(t *testing.T) {
	dir := filled(t)
	x := open(t, dir)
	began := time.Now()
	_, err := index.Open(dir, index.Options{})
	if !errors.Is(err, index.ErrLocked) {
		t.Errorf("%v, want ErrLocked", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("after %v", took)
	}
	if got := ids(search(t, x, index.Query{Text: "word1 word2", Lang: "en"})); len(got) == 0 {
		t.Error("the first owner finds nothing any more")
	}
	if left, err := filepath.Glob(dir + ".*"); err != nil || len(left) != 1 {
		t.Errorf("files beside the index: %v", left)
	}
}

// childDir names the index of a child process of this test.
const childDir = "DALEL_TEST_INDEX"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, applyUntilKilled(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// applyUntilKilled is the child: it applies numbered batches, says of each that it was taken, and is killed.
func applyUntilKilled(dir string) error {
	x, err := index.Open(dir, index.Options{})
	for i := 0; err == nil; i++ {
		n := strconv.Itoa(i)
		if err = x.Apply(context.Background(), index.Batch{Put: []index.Document{page("a", "en", n, "the first of two"), page("b", "en", n, "the second of two")},
			Marks: map[string]string{"events": n}}); err == nil {
			fmt.Println(n)
		}
	}
	return err
}

func TestKilledProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, batches := range []int{3, 11, 24} {
		child := exec.Command(self)
		child.Env = append(os.Environ(), childDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged := ""
		for said := bufio.NewScanner(out); batches > 0 && said.Scan(); batches-- {
			acknowledged = said.Text()
		}
		if _, err := index.Open(dir, index.Options{}); !errors.Is(err, index.ErrLocked) {
			t.Errorf("while another process has it: %v, want ErrLocked", err)
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.Wait()

		x, err := index.Open(dir, index.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if x.Rebuilt() {
			t.Error("the index of a killed process was set aside")
		}
		mark, err := x.Mark("events")
		if err != nil {
			t.Fatal(err)
		}
		if number(t, mark) < number(t, acknowledged) {
			t.Errorf("mark %s, though %s was acknowledged", mark, acknowledged)
		}
		for _, id := range []string{"a", "b"} {
			d, err := x.Document(t.Context(), id)
			if err != nil || d.Title != mark {
				t.Errorf("document %s of batch %s with mark %s: %v", id, d.Title, mark, err)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
