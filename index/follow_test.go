package index_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/index"
)

// log is a feed of documents, each an entry; its places are "<epoch>/<entries read>".
type log struct {
	name  string
	mu    sync.Mutex
	epoch int
	docs  []index.Document
	fails int           // of the next calls, that many fail
	news  chan struct{} // closed when there is something new
}

func newLog(name string, docs ...index.Document) *log {
	return &log{name: name, docs: docs, news: make(chan struct{})}
}

func (l *log) Name() string { return l.name }

func (l *log) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	close(l.news)
	l.news = make(chan struct{})
}

func (l *log) After(ctx context.Context, place string, limit int, wait time.Duration) (index.Batch, string, error) {
	for {
		l.mu.Lock()
		b, next, err := l.after(place, limit)
		news := l.news
		l.mu.Unlock()
		if err != nil || next != place || wait == 0 {
			return b, next, err
		}
		select {
		case <-ctx.Done():
			return index.Batch{}, "", ctx.Err()
		case <-news:
		}
	}
}

func (l *log) after(place string, limit int) (index.Batch, string, error) {
	if l.fails > 0 {
		l.fails--
		return index.Batch{}, "", errors.New("the log is out of reach")
	}
	var b index.Batch
	epoch, read := l.epoch, 0
	if place != "" {
		if _, err := fmt.Sscanf(place, "%d/%d", &epoch, &read); err != nil {
			return b, "", err
		}
	}
	if epoch != l.epoch || read > len(l.docs) {
		b.Clear, read = []index.Kind{index.KindGuidance}, 0
	}
	end := min(len(l.docs), read+min(limit, 2))
	b.Put = l.docs[read:end]
	if place == "" && end == 0 {
		return b, "", nil
	}
	return b, fmt.Sprintf("%d/%d", l.epoch, end), nil
}

func numbered(from, to int) []index.Document {
	var docs []index.Document
	for i := from; i < to; i++ {
		docs = append(docs, page("d"+strconv.Itoa(i), "en", "Title", "garlic "+strconv.Itoa(i)))
	}
	return docs
}

func found(t *testing.T, x *index.Index) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	for _, id := range ids(search(t, x, index.Query{Text: "garlic", Limit: 100})) {
		got[id] = true
	}
	return got
}

func set(docs []index.Document) map[string]bool {
	out := map[string]bool{}
	for _, d := range docs {
		out[d.ID] = true
	}
	return out
}

func TestCatchUp(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		feed := newLog("pages", numbered(0, 5)...)
		empty := newLog("none")
		for range 2 {
			if err := x.CatchUp(t.Context(), feed, empty); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(set(feed.docs), found(t, x)); diff != "" {
				t.Error(diff)
			}
		}
		if got, err := x.Mark("pages"); got != "0/5" || err != nil {
			t.Errorf("mark %q, %v", got, err)
		}
		feed.fails = 1
		if err := x.CatchUp(t.Context(), feed); err == nil {
			t.Error("the failure of a feed was not told")
		}
	})
}

func TestFeedThatStartsOver(t *testing.T) {
	x := memory(t)
	feed := newLog("pages", numbered(0, 5)...)
	if err := x.CatchUp(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	feed.change(func() { feed.epoch, feed.docs = 1, numbered(3, 9) })
	if err := x.CatchUp(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set(feed.docs), found(t, x)); diff != "" {
		t.Error(diff)
	}
	feed.change(func() { feed.docs = feed.docs[:2] })
	if err := x.CatchUp(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set(feed.docs), found(t, x)); diff != "" {
		t.Errorf("a place past the head: %s", diff)
	}
}

func TestDocumentThatCannotBeIndexedDoesNotHoldUpAFeed(t *testing.T) {
	x := memory(t, page("d1", "en", "Title", "garlic of an older version"))
	docs := numbered(0, 4)
	docs[1].Passages[0].Text = ""
	again := page("d2", "en", "Title", "garlic renewed")
	feed := newLog("pages", append(docs[:3:3], again)...)
	if err := x.CatchUp(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"d0": true, "d2": true}, found(t, x)); diff != "" {
		t.Error(diff)
	}
	d, err := x.Document(t.Context(), "d2")
	if err != nil || d.Passages[0].Text != "garlic renewed" {
		t.Errorf("%+v, %v, want the later of two versions", d, err)
	}
}

func TestFollow(t *testing.T) {
	x := memory(t)
	x.RetryAfter(time.Millisecond)
	good, bad := newLog("good", numbered(0, 3)...), newLog("bad", numbered(10, 12)...)
	bad.fails = 1 << 30
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- x.Follow(ctx, good, bad) }()

	until := func(feed, place string) {
		t.Helper()
		for {
			got, err := x.Mark(feed)
			if err != nil {
				t.Fatal(err)
			}
			if got == place {
				return
			}
			if t.Context().Err() != nil {
				t.Fatalf("mark %s is %q, want %q", feed, got, place)
			}
		}
	}
	until("good", "0/3")
	good.change(func() { good.docs = numbered(0, 6) })
	until("good", "0/6")
	bad.change(func() { bad.fails = 0 })
	until("bad", "0/2")
	if diff := cmp.Diff(set(append(numbered(0, 6), numbered(10, 12)...)), found(t, x)); diff != "" {
		t.Error(diff)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Follow ended with %v", err)
	}
}

func TestFollowEndsWithTheIndex(t *testing.T) {
	x := memory(t)
	x.RetryAfter(time.Millisecond)
	feed := newLog("pages", numbered(0, 2)...)
	idle := newLog("idle")
	ended := make(chan error)
	go func() { ended <- x.Follow(context.Background(), feed, idle) }()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	feed.change(func() { feed.docs = numbered(0, 3) })
	if err := <-ended; !errors.Is(err, index.ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
}

func TestPausesGrowToAMinute(t *testing.T) {
	last := time.Duration(0)
	for failures := 1; failures < 100; failures++ {
		p := index.Pause(failures)
		if p < last || p > time.Minute || failures < 5 && p <= last {
			t.Fatalf("pause %v after %d failures, %v before", p, failures, last)
		}
		last = p
	}
	if last != time.Minute {
		t.Errorf("longest pause %v", last)
	}
}
