package crawler_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/crawler"
	"dalel/index"
)

const (
	maskText  = "Wearing a medical mask for a long time can be uncomfortable. It does not lead to a lack of oxygen, and the air that you breathe in stays fresh."
	steamText = "Breathing in hot steam does not kill the virus. It can burn your airways badly, and children have been hurt by it in their homes this year."
)

// twoPages is an archive of two pages and the site that they came from.
func twoPages(t *testing.T) (*crawler.Archive, *site, crawler.Source) {
	t.Helper()
	s := newSite(t)
	s.html("/masks", page("Masks", maskText))
	s.html("/steam", page("Steam", steamText))
	a := openArchive(t)
	src := s.source("/masks", "/steam")
	if r := crawl(t, a, crawler.Options{}, src); r.Total().New != 2 {
		t.Fatalf("first crawl: %+v", r)
	}
	return a, s, src
}

func after(t *testing.T, f index.Feed, place string, limit int) (index.Batch, string) {
	t.Helper()
	b, next, err := f.After(t.Context(), place, limit, 0)
	if err != nil {
		t.Fatal(err)
	}
	return b, next
}

func ids(docs []index.Document) (out []string) {
	for _, d := range docs {
		out = append(out, strings.TrimLeft(d.ID, "htp:/.0123456789"))
	}
	return out
}

func TestFeed(t *testing.T) {
	a, s, src := twoPages(t)
	first, place := after(t, a, "", 1)
	if diff := cmp.Diff([]string{"masks"}, ids(first.Put)); diff != "" || len(first.Clear) > 0 {
		t.Errorf("first document, clear %v: %s", first.Clear, diff)
	}
	second, place := after(t, a, place, 10)
	if diff := cmp.Diff([]string{"steam"}, ids(second.Put)); diff != "" {
		t.Error(diff)
	}
	if b, next := after(t, a, place, 10); !b.Empty() || next != place {
		t.Errorf("at the head: %v, place %s after %s", b, next, place)
	}

	s.html("/masks", page("Masks", strings.Replace(maskText, "does not lead", "does lead", 1)))
	s.handle("/steam", status(410))
	crawl(t, a, crawler.Options{}, src)
	b, head := after(t, a, place, 10)
	if diff := cmp.Diff([]string{"masks"}, ids(b.Put)); diff != "" || len(b.Delete) != 1 || !strings.HasSuffix(b.Delete[0], "/steam") {
		t.Errorf("changes: delete %v, put %s", b.Delete, diff)
	}
	if got := b.Put[0]; got.Version != 2 || !strings.Contains(got.Passages[0].Text, "does lead") || got.Kind != index.KindGuidance || got.Source != "site" {
		t.Errorf("the changed document is %+v", got)
	}
	for _, unknown := range []string{"other/1", head + "9", "nonsense", "/", strings.Split(head, "/")[0] + "/-1"} {
		b, next := after(t, a, unknown, 10)
		if diff := cmp.Diff([]index.Kind{index.KindGuidance}, b.Clear); diff != "" || len(b.Put) != 1 || next != head {
			t.Errorf("place %q: clear %v, %d documents, next %s, want %s", unknown, b.Clear, len(b.Put), next, head)
		}
	}
}

func TestFeedWaitsForNews(t *testing.T) {
	a, s, src := twoPages(t)
	_, place := after(t, a, "", 10)
	if b, next, err := a.After(t.Context(), place, 10, time.Millisecond); !b.Empty() || next != place || err != nil {
		t.Errorf("nothing new: %v, %s, %v", b, next, err)
	}
	type news struct {
		b   index.Batch
		err error
	}
	came := make(chan news)
	go func() {
		b, _, err := a.After(t.Context(), place, 10, time.Minute)
		came <- news{b, err}
	}()
	s.html("/masks", page("Masks", maskText+" Wash it often."))
	crawl(t, a, crawler.Options{}, src)
	if n := <-came; n.err != nil || len(n.b.Put) != 1 {
		t.Errorf("news: %v, %v", n.b, n.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _, err := a.After(ctx, "", 10, time.Minute) // there is news: it comes at once
		came <- news{err: err}
		cancel()
	}()
	if n := <-came; n.err != nil {
		t.Error(n.err)
	}
	<-ctx.Done()
	_, head := after(t, a, "", 10)
	if _, _, err := a.After(ctx, head, 10, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
}

func TestVersionsAndCaptures(t *testing.T) {
	a, s, src := twoPages(t)
	changed := page("Masks", strings.Replace(maskText, "does not", "does", 1))
	s.html("/masks", changed)
	crawl(t, a, crawler.Options{}, src)
	s.handle("/masks", status(410))
	crawl(t, a, crawler.Options{}, src)

	versions, err := a.Versions(s.URL + "/masks")
	if err != nil || len(versions) != 2 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	for i, want := range []string{page("Masks", maskText), changed} {
		c, body, err := a.Capture(versions[i].Capture)
		if err != nil || string(body) != want || c.URL != s.URL+"/masks" || c.Type != "text/html; charset=utf-8" || c.Size != len(want) {
			t.Errorf("capture %d: %+v, %v, body %q", i, c, err, body)
		}
		if versions[i].Number != i+1 || len(versions[i].Hashes) != 1 || versions[i].Seen.IsZero() {
			t.Errorf("version %d: %+v", i, versions[i])
		}
	}
	if d, err := a.Document(s.URL + "/masks"); err != nil || d.Version != 2 {
		t.Errorf("the document that is gone: %+v, %v", d, err)
	}
	if _, err := a.Document("unknown"); !errors.Is(err, crawler.ErrNotFound) {
		t.Errorf("an unknown document: %v", err)
	}
	if _, err := a.Versions("unknown"); !errors.Is(err, crawler.ErrNotFound) {
		t.Errorf("versions of an unknown document: %v", err)
	}
	for _, hash := range []string{"", "../../etc/passwd", strings.Repeat("0", 64)} {
		if _, _, err := a.Capture(hash); !errors.Is(err, crawler.ErrNotFound) {
			t.Errorf("capture %q: %v", hash, err)
		}
	}
	st, err := a.Status()
	if err != nil || st["site"].Documents != 1 || st["site"].Gone != 1 || st["site"].Pages != 1 || st["site"].Visited.IsZero() {
		t.Errorf("status %+v, %v", st, err)
	}
}

func TestArchiveIsLocked(t *testing.T) {
	dir := t.TempDir()
	a, err := crawler.OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := crawler.OpenArchive(dir); !errors.Is(err, crawler.ErrLocked) || time.Since(began) > 2*time.Second {
		t.Errorf("second open: %v after %v", err, time.Since(began))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err = crawler.OpenArchive(dir); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedArchive(t *testing.T) {
	dir := t.TempDir()
	s := newSite(t)
	var start []string
	for _, name := range []string{"/a", "/b", "/c", "/d", "/e", "/f"} {
		s.html(name, page("Page "+name, strings.Repeat(maskText+" ", 40)+name))
		start = append(start, name)
	}
	a, err := crawler.OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	crawl(t, a, crawler.Options{}, s.source(start...))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "archive.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	garbled := append([]byte(nil), whole...)
	for i := 3 * 4096; i < len(garbled); i++ {
		garbled[i] ^= 0x5a
	}
	for name, data := range map[string][]byte{
		"empty":     {},
		"text":      []byte(strings.Repeat("this is not an archive\n", 1000)),
		"cut short": whole[:len(whole)/3],
		"two pages": whole[:2*4096],
		"garbled":   garbled,
	} {
		copied := t.TempDir()
		if err := os.WriteFile(filepath.Join(copied, "archive.db"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := crawler.OpenArchive(copied)
		if !errors.Is(err, crawler.ErrDamaged) || !strings.Contains(err.Error(), filepath.Join(copied, "archive.db")) || !strings.Contains(err.Error(), "move this file away") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, err = crawler.OpenArchive(dir); err != nil {
		t.Fatalf("the whole archive: %v", err)
	}
	defer a.Close()
	if _, err := a.Document(s.URL + "/f"); err != nil {
		t.Error(err)
	}
}

func TestDamagedCaptureIsNotGivenOut(t *testing.T) {
	dir := t.TempDir()
	a, err := crawler.OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s := newSite(t)
	s.html("/a", page("Masks", maskText))
	crawl(t, a, crawler.Options{}, s.source("/a"))
	versions, err := a.Versions(s.URL + "/a")
	if err != nil {
		t.Fatal(err)
	}
	hash := versions[0].Capture
	blob := filepath.Join(dir, "blobs", hash[:2], hash+".gz")
	data, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range [][]byte{data[:len(data)/2], append([]byte("x"), data...)} {
		if err := os.WriteFile(blob, damage, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, body, err := a.Capture(hash); err == nil {
			t.Errorf("a damaged capture gives %q", body)
		}
	}
}
