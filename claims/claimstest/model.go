package claimstest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"dalel/claims"
)

// A ledger is the model of a store: what was acknowledged.
type ledger struct {
	mu          sync.Mutex
	records     map[claims.ID]claims.Claim
	submissions map[claims.Ticket]claims.Submission
	events      []claims.Event
	once        map[string]string
	decided     map[string]bool // the versions of claims that something was decided on
}

func newLedger() *ledger {
	return &ledger{records: map[claims.ID]claims.Claim{}, submissions: map[claims.Ticket]claims.Submission{}, once: map[string]string{},
		decided: map[string]bool{}}
}

// note keeps an acknowledged change. What was decided on the same version of a claim twice is an error.
func (l *ledger) note(c claims.Change) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range c.Puts {
		from := fmt.Sprintf("%s version 0", p.After.ID)
		if p.Before != nil {
			from = fmt.Sprintf("%s version %d", p.After.ID, p.Before.Version)
		}
		if l.decided[from] {
			return fmt.Errorf("two changes were made from %s", from)
		}
		l.decided[from] = true
		if p.After.Version > l.records[p.After.ID].Version {
			l.records[p.After.ID] = p.After
		}
	}
	for _, s := range c.Submissions {
		l.submissions[s.Ticket] = s
	}
	for _, o := range c.Once {
		l.once[o.Key] = o.Value
	}
	l.events = append(l.events, c.Events...)
	return nil
}

// copied is what was acknowledged until now.
func (l *ledger) copied() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &ledger{records: maps.Clone(l.records), submissions: maps.Clone(l.submissions), events: slices.Clone(l.events), once: maps.Clone(l.once)}
}

// compare holds everything that a store gives against the model.
func (l *ledger) compare(t *testing.T, s claims.Store) {
	t.Helper()
	ids := slices.Sorted(maps.Keys(l.records))
	var records []claims.Claim
	for i, c := range get(t, s, ids...) {
		want := l.records[ids[i]]
		records = append(records, want)
		if diff := gocmp.Diff(&want, c); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	}
	for ticket, want := range l.submissions {
		got, err := s.Submission(t.Context(), ticket)
		if diff := gocmp.Diff(&want, got); err != nil || diff != "" {
			t.Errorf("submission: %v (-want +got):\n%s", err, diff)
		}
	}
	if got := itemsOf(t, s, claims.ItemSubmission); len(got) != len(l.submissions) {
		t.Errorf("there are %d submissions, want %d", len(got), len(l.submissions))
	}
	for key, want := range l.once {
		if got, known, err := s.Done(t.Context(), key); got != want || !known || err != nil {
			t.Errorf("once key %q: %q, %t, %v, want %q", key, got, known, err, want)
		}
	}
	compareIndexes(t, s, records)
	log := chained(t, s)
	compareHistories(t, s, ids, log)
	inOrder := func(a, b claims.Event) int {
		return cmp.Or(cmp.Compare(a.Claim, b.Claim), cmp.Compare(a.After, b.After))
	}
	for i := range log {
		log[i].Seq = 0
	}
	slices.SortFunc(log, inOrder)
	slices.SortFunc(l.events, inOrder)
	if diff := gocmp.Diff(l.events, log); diff != "" {
		t.Errorf("log against what was acknowledged (-want +got):\n%s", diff)
	}
}

// compareIndexes holds entries, counts and ranges, of each index and of several together, against Keys of the records.
func compareIndexes(t *testing.T, s claims.Store, records []claims.Claim) {
	t.Helper()
	want := map[claims.Entry]bool{}
	names := map[claims.Index]bool{}
	for _, c := range records {
		for _, k := range claims.Keys(c) {
			want[claims.Entry{Key: k, Claim: c.ID}] = true
			names[k.Index] = true
		}
	}
	got := map[claims.Entry]bool{}
	last := claims.Index("")
	err := s.Entries(t.Context(), func(e claims.Entry) error {
		if got[e] || e.Index < last {
			t.Errorf("Entries gives %v twice, or after an index whose name comes later", e)
		}
		got[e], last = true, e.Index
		return nil
	})
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Entries: %v (-want +got):\n%s", err, diff)
	}

	sorted := slices.Sorted(maps.Keys(names))
	counts, err := s.Count(t.Context(), sorted...)
	if err != nil {
		t.Fatalf("Count: %v", err)
	}
	for i, x := range sorted {
		want := expect(records, x)
		if diff := gocmp.Diff(want, rangeAll(t, s, 7, x)); diff != "" {
			t.Errorf("index %s (-want +got):\n%s", x, diff)
		}
		if counts[i] != int64(len(want)) {
			t.Errorf("index %s: Count %d, want %d", x, counts[i], len(want))
		}
	}
	for name, xs := range map[string][]claims.Index{"queue": queue(), "escalated": claims.EscalatedQueue(),
		"parked": claims.OfState(claims.StateParked), "Kazakh": claims.Queue("", "kk"), "urgent": claims.Queue(claims.P1),
		"leased to somebody": {claims.IndexLeases, claims.MineIndex("a1"), claims.IndexLeases}} {
		if diff := gocmp.Diff(expect(records, xs...), rangeAll(t, s, 7, xs...)); diff != "" {
			t.Errorf("indexes %s together (-want +got):\n%s", name, diff)
		}
	}
}

// chained reads the log to its end as it is stored, holds it to its links, and to what Events gives.
func chained(t *testing.T, s claims.Store) []claims.Event {
	t.Helper()
	log := eventsAll(t, s)
	last := claims.LogEntry{}
	for {
		page, err := s.Log(t.Context(), last.Number, 41)
		if err != nil {
			t.Fatalf("Log after %d: %v", last.Number, err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if e.Number != last.Number+1 {
				t.Fatalf("Log: number %d comes after %d", e.Number, last.Number)
			}
			if want := claims.Link(last.Link, e.Number, e.Record); e.Link != want {
				t.Fatalf("Log: the link of event %d is %q, want %q", e.Number, e.Link, want)
			}
			var event claims.Event
			if err := json.Unmarshal(e.Record, &event); err != nil || event.Seq != 0 || int(e.Number) > len(log) {
				t.Fatalf("Log: record %d of %d is %s, %v", e.Number, len(log), e.Record, err)
			}
			event.Seq = e.Number
			if diff := gocmp.Diff(log[e.Number-1], event); diff != "" {
				t.Errorf("Log against Events (-events +log):\n%s", diff)
			}
			last = e
		}
	}
	if _, seq := head(t, s); last.Number != seq || len(log) != int(seq) {
		t.Errorf("Log ends at %d, Events at %d, the head is %d", last.Number, len(log), seq)
	}
	return log
}

// compareHistories holds the histories of claims against the log, in which each version has one event.
func compareHistories(t *testing.T, s claims.Store, ids []claims.ID, log []claims.Event) {
	t.Helper()
	histories := map[claims.ID][]claims.Event{}
	for _, e := range log {
		histories[e.Claim] = append(histories[e.Claim], e)
		if e.After != int64(len(histories[e.Claim])) {
			t.Errorf("event %d is version %d of %s, after %d others", e.Seq, e.After, e.Claim, len(histories[e.Claim])-1)
		}
	}
	for _, id := range ids {
		got, err := s.History(t.Context(), id)
		if diff := gocmp.Diff(histories[id], got); err != nil || diff != "" {
			t.Errorf("history of %s: %v (-want +got):\n%s", id, err, diff)
		}
	}
}

// itemsOf are all records of a kind, as Each gives them, by name.
func itemsOf(t testing.TB, s claims.Store, kind claims.ItemKind) map[string]claims.Item {
	t.Helper()
	items := map[string]claims.Item{}
	err := s.Each(t.Context(), kind, func(i claims.Item) error {
		if i.Kind != kind {
			t.Errorf("Each of %s gave a %s", kind, i.Kind)
		}
		items[i.Name] = i
		return nil
	})
	if err != nil {
		t.Fatalf("Each of %s: %v", kind, err)
	}
	return items
}
