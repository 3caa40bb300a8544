package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

// TestMeasure does all measurements on a real redis-server, each for a moment. What they come to is not judged: so short, it means nothing.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	r, err := measure(t.Context(), settings{dir: dir, open: 300, small: 100, clients: 8, rounds: 1, each: 80 * time.Millisecond}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"go-redis SET of 600 bytes", "asynq Enqueue", "asynq Enqueue, Dequeue, Done", "Commit of a submission alone",
		"Commit of a submission alone", "Submit", "Submit", "Submit, Next, decide", "one hot claim", "Next, 99th percentile",
		"processor time an operation, 300 open", "memory an open claim", "the same, a while later", "Submit to bbolt"}
	if len(r.Figures) != len(want) {
		t.Fatalf("%d figures, want %d: %+v", len(r.Figures), len(want), r.Figures)
	}
	for i, f := range r.Figures {
		if f.Name != want[i] {
			t.Errorf("figure %d is %q, want %q", i, f.Name, want[i])
		}
		if !(f.Value > 0) || math.IsInf(f.Value, 0) || f.Against != "" && !(f.Ratio > 0) {
			t.Errorf("%s: %v, ratio %v", f.Name, f.Value, f.Ratio)
		}
	}
	keys := map[string]int64{}
	for _, k := range r.Kinds {
		keys[k.Name] = k.Keys
	}
	if keys["claim"] < 300 {
		t.Errorf("%d keys of claims for 300 claims: %v", keys["claim"], keys)
	}

	var table bytes.Buffer
	if err := r.print(&table); err != nil {
		t.Fatal(err)
	}
	for _, name := range want {
		if !strings.Contains(table.String(), name) {
			t.Errorf("the table has no %q:\n%s", name, table.String())
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFilledAsFiled looks that a store is filled with what checks would have filed.
func TestFilledAsFiled(t *testing.T) {
	v, err := newServer(t.Context(), settings{dir: t.TempDir(), clients: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	d, err := openDesk(t.Context(), v, "{dalel}", 2, new(texts))
	if err != nil {
		t.Fatal(err)
	}
	defer d.shut()
	if err := d.fill(t.Context(), 1, func(int) {}); err != nil {
		t.Fatal(err)
	}
	_, text := d.texts.next()
	if err := d.submit(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	ids, _, err := d.store.Range(t.Context(), "", 10, claims.Queue("")...)
	if err != nil || len(ids) != 2 {
		t.Fatalf("waiting are %v, %v, want 2", ids, err)
	}
	cs, err := d.store.Get(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cs { // what is another claim's or another moment's
		c.ID, c.Text, c.FirstSeen, c.LastSeen, c.Days, c.Priority.Due = "", "", time.Time{}, time.Time{}, nil, time.Time{}
	}
	if diff := cmp.Diff(cs[0], cs[1]); diff != "" {
		t.Errorf("the two claims differ:\n%s", diff)
	}
}

// TestSomebodysDatabase looks that nobody's keys are removed: a database that is not empty is refused.
func TestSomebodysDatabase(t *testing.T) {
	own, err := newServer(t.Context(), settings{dir: t.TempDir(), clients: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if err := own.db.Set(t.Context(), "somebody", "here", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := command(t.Context(), []string{"-redis", own.address}, io.Discard, io.Discard); got != exitFailed {
		t.Errorf("it ended with %d, want %d", got, exitFailed)
	}
	if got, err := own.db.Get(t.Context(), "somebody").Result(); got != "here" {
		t.Errorf("the key of somebody is %q, %v", got, err)
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{"-open", "3"}, {"-clients", "0"}, {"more"}, {"-unknown"}} {
		var says bytes.Buffer
		if got := command(t.Context(), args, io.Discard, &says); got != exitFailed || says.Len() == 0 {
			t.Errorf("%q: ended with %d and said %q, want %d and what is wrong", args, got, says.String(), exitFailed)
		}
	}
}

// TestRumours holds the texts to what the measurements need: each another claim, also after private data were scrubbed, and as long as real ones.
func TestRumours(t *testing.T) {
	seen := map[claims.ID]int64{}
	for n := int64(1); n < 3_000_000; n++ {
		if n > 1000 { // neighbours share most of their words, and those far apart the rest
			n += 2999
		}
		language, text := rumour(n)
		if length := utf8.RuneCountInString(text); length < 60 || length > 200 {
			t.Errorf("%d: %d characters: %s", n, length, text)
		}
		scrubbed := claims.Scrub(text)
		if scrubbed != text {
			t.Errorf("%d: %s was scrubbed to %s", n, text, scrubbed)
		}
		id := claims.IDOf(language, scrubbed)
		if other, known := seen[id]; known {
			t.Errorf("%d and %d are one claim: %s", other, n, text)
		}
		seen[id] = n
	}
}

func TestTargets(t *testing.T) {
	ratio := func(v float64) figure { return figure{Against: "SET", Value: 9, Ratio: v} }
	tests := []struct {
		name   string
		figure figure
		missed bool
	}{
		{"a ratio that reaches it", ratio(0.15).atLeast(0.15), false},
		{"a ratio below", ratio(0.14).atLeast(0.15), true},
		{"the most", ratio(2).atMost(2), false},
		{"more than the most", ratio(2.01).atMost(2), true},
		{"a value that reaches it", figure{Value: 2000}.atLeast(2000), false},
		{"a value above the most", figure{Value: 1401}.atMost(1400), true},
		{"no number", ratio(math.NaN()).atLeast(0.15), true},
		{"no number, at most", figure{Value: math.NaN()}.atMost(1400), true},
		{"no target", alone("SET", "/s", []float64{1}), false},
	}
	for _, test := range tests {
		r := report{Figures: []figure{test.figure}}
		if got := len(r.missed()) > 0; got != test.missed {
			t.Errorf("%s: missed is %v, want %v", test.name, got, test.missed)
		}
	}
}

// TestBeside looks that a ratio is that of figures of the same round.
func TestBeside(t *testing.T) {
	f := beside("Submit", "/s", []float64{10, 40, 90}, "SET", []float64{100, 200, 300})
	if f.Value != 40 || f.Yardstick != 200 || math.Abs(f.Ratio-0.2) > 1e-9 || f.Low != 0.1 || f.High != 0.3 {
		t.Errorf("%+v", f)
	}
}

func TestMiddleAndTail(t *testing.T) {
	for _, test := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 9, 2}, 3}} {
		if got := median(test.of); got != test.want {
			t.Errorf("the median of %v is %v, want %v", test.of, got, test.want)
		}
	}
	two := newTimes(2)
	if got := two.p99(); got != 0 {
		t.Errorf("of no calls: %v", got)
	}
	for i := range 200 {
		two[i%2] = append(two[i%2], time.Duration(200-i)*time.Millisecond)
	}
	if got := two.p99(); got != 198 {
		t.Errorf("of 1 to 200 ms: %v, want 198", got)
	}
}
