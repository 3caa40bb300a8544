package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dalel/claims"
)

// patience is the time that a test waits for what must come.
const patience = 20 * time.Second

// An update is an event as it comes in a stream.
type update struct {
	Number                int64
	Kind, Claim, From, To string
	At                    time.Time
	Role                  string
}

// A listening is a stream of events that is being read.
type listening struct {
	t        testing.TB
	response *http.Response
	lines    *bufio.Scanner
	raw      strings.Builder // all that came
	close    context.CancelFunc
	id       string // the last id that came, with or without an event
	comments int
}

// listen opens a stream. header has Last-Event-ID where that is to be sent.
func (s *site) listen(token, query string, header map[string]string) *listening {
	s.t.Helper()
	l, status := s.tryListen(token, query, header)
	if status != http.StatusOK {
		s.t.Fatalf("GET /v1/events%s: status %d", query, status)
	}
	return l
}

func (s *site) tryListen(token, query string, header map[string]string) (*listening, int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/events"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	l := &listening{t: s.t, response: response, lines: bufio.NewScanner(response.Body)}
	l.close = func() {
		cancel()
		response.Body.Close()
	}
	s.t.Cleanup(l.close)
	return l, response.StatusCode
}

// next reads one event, or says why there is none: io.EOF where the stream was ended.
func (l *listening) next() (update, error) {
	var u update
	var kind, data string
	for l.lines.Scan() {
		line := l.lines.Text()
		l.raw.WriteString(line + "\n")
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "" && data != "":
			if err := json.Unmarshal([]byte(data), &u); err != nil {
				return u, err
			}
			if u.Kind != kind || strconv.FormatInt(u.Number, 10) != l.id {
				l.t.Errorf("event %q with the id %q has the data %s", kind, l.id, data)
			}
			return u, nil
		case line == "":
		case name == "":
			l.comments++
			return u, errComment
		case name == "id":
			l.id = value
		case name == "event":
			kind = value
		case name == "data":
			data = value
		case name == "retry" && value == "2000":
		default:
			l.t.Errorf("the stream has the line %q", line)
		}
	}
	if err := l.lines.Err(); err != nil {
		return u, err
	}
	return u, io.EOF
}

// errComment: it was a sign of life.
var errComment = errors.New("a comment")

// want reads the next event, past comments.
func (l *listening) want() update {
	l.t.Helper()
	for {
		u, err := l.next()
		if errors.Is(err, errComment) {
			continue
		}
		if err != nil {
			l.t.Fatalf("the stream ended: %v\n%s", err, l.raw.String())
		}
		return u
	}
}

// take reads n events.
func (l *listening) take(n int) []update {
	l.t.Helper()
	out := make([]update, n)
	for i := range out {
		out[i] = l.want()
	}
	return out
}

// begun waits until the stream has said where it begins.
func (l *listening) begun() *listening {
	l.t.Helper()
	for l.id == "" && l.lines.Scan() {
		l.raw.WriteString(l.lines.Text() + "\n")
		if id, found := strings.CutPrefix(l.lines.Text(), "id: "); found {
			l.id = id
		}
	}
	if l.id == "" {
		l.t.Fatalf("the stream says %q", l.raw.String())
	}
	return l
}

// kinds are what happened.
func kinds(us []update) []string {
	out := make([]string, len(us))
	for i, u := range us {
		out[i] = u.Kind
	}
	return out
}

// dense fails the test unless the numbers rise by one, from first.
func dense(t testing.TB, us []update, first int64) {
	t.Helper()
	for i, u := range us {
		if u.Number != first+int64(i) {
			t.Fatalf("event %d of the stream has the number %d, want %d", i, u.Number, first+int64(i))
		}
	}
}

// happen puts n events into the log at once.
func happen(t testing.TB, store claims.Store, n int) {
	t.Helper()
	once := claims.Once{Key: "happen/" + strconv.FormatInt(happened.Add(1), 10)}
	c := claims.Change{Once: []claims.Once{once}}
	for range n {
		c.Events = append(c.Events, claims.Event{Kind: claims.EventFeedback, Claim: "aaaaaaaaaaaaaaaa", At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Note: "useful"})
	}
	if err := store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

var happened atomic.Int64

// eventually waits for something that has no channel to wait on.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !f() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// A watched store counts how its events are asked for, fails, and can be another one from one moment to the next. No call waits long.
type watched struct {
	claims.Store
	other          atomic.Pointer[claims.Store]
	waiting, most  atomic.Int64 // calls that wait for an event
	failed         atomic.Int64
	off            atomic.Bool
	failsAfter     atomic.Int64 // Events fails behind this number; 0: never
	full           atomic.Bool  // Commit takes no submissions
	failingCommits atomic.Int64
	deaf           atomic.Bool           // calls that wait find nothing
	gate           atomic.Pointer[gated] // the next call that does not wait stops there with what it has read
}

// gated tells that a call has come, and lets it go.
type gated struct{ come, pass chan struct{} }

func watch(to **watched) func(claims.Store) claims.Store {
	return func(s claims.Store) claims.Store {
		*to = &watched{Store: s}
		return *to
	}
}

func (w *watched) store() claims.Store {
	if other := w.other.Load(); other != nil {
		return *other
	}
	return w.Store
}

func (w *watched) Events(ctx context.Context, after int64, limit int, wait time.Duration) ([]claims.Event, error) {
	if fails := w.failsAfter.Load(); w.off.Load() || fails > 0 && after >= fails {
		w.failed.Add(1)
		return nil, claims.ErrUnavailable
	}
	if wait > 0 {
		w.most.Store(max(w.most.Load(), w.waiting.Add(1)))
		defer w.waiting.Add(-1)
	}
	events, err := w.store().Events(ctx, after, limit, min(wait, 20*time.Millisecond))
	if wait > 0 && w.deaf.Load() {
		return nil, err
	}
	if g := w.gate.Load(); wait == 0 && g != nil && w.gate.CompareAndSwap(g, nil) {
		close(g.come)
		<-g.pass
	}
	return events, err
}

func (w *watched) Head(ctx context.Context) (string, int64, error) { return w.store().Head(ctx) }

func (w *watched) Commit(ctx context.Context, c claims.Change) error {
	if w.full.Load() && len(c.Submissions) > 0 {
		w.failingCommits.Add(1)
		return claims.ErrFull
	}
	return w.store().Commit(ctx, c)
}
