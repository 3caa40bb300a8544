package claims_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

// lived is a desk that has something of everything.
func lived(t *testing.T) *room {
	t.Helper()
	r := newRoom(t, claims.Options{})
	r.publish(t, samovar)
	first := r.check(t, message(0, 0))
	r.follow(t)
	r.check(t, message(0, 1))
	if err := r.Erase(t.Context(), first.Ticket); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		r.check(t, rumour(i))
	}
	return r
}

func backup(t *testing.T, s claims.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := claims.Backup(t.Context(), s, &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// empty is another store that goes by the same clock.
func (r *room) empty(t *testing.T) claims.Store {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "claims.db"), boltstore.Options{Now: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestBackupComesBack restores a backup into an empty store: everything is there, sound, and every ticket answers.
func TestBackupComesBack(t *testing.T) {
	r := lived(t)
	file := backup(t, r.store)
	to := r.empty(t)
	info, err := claims.Restore(t.Context(), to, bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	if info.Items[claims.ItemClaim] < 7 || info.Items[claims.ItemSubmission] != 8 || info.Items[claims.ItemEvent] < 10 || info.At.IsZero() {
		t.Errorf("the backup holds %+v", info)
	}
	sound(t, to)
	claimstest.Same(t, r.store, to)
	if v, err := claims.Verify(t.Context(), to, claims.LogEntry{}, nil); err != nil || !v.Sound() || v.Events != info.Items[claims.ItemEvent] {
		t.Errorf("the log: %+v, %v", v, err)
	}
	if _, err := claims.Restore(t.Context(), to, bytes.NewReader(file), nil); !errors.Is(err, claims.ErrNotEmpty) {
		t.Errorf("restoring over something: %v", err)
	}
}

// TestDamagedBackups are refused before anything is written.
func TestDamagedBackups(t *testing.T) {
	r := lived(t)
	whole := backup(t, r.store)
	repack := func(change func(lines []string) []string) []byte {
		unpacked, err := gzip.NewReader(bytes.NewReader(whole))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		packed := gzip.NewWriter(&b)
		if _, err := io.WriteString(packed, strings.Join(change(strings.SplitAfter(string(text), "\n")), "")); err != nil {
			t.Fatal(err)
		}
		if err := packed.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, file := range map[string][]byte{
		"empty":          {},
		"something else": []byte("not a backup at all"),
		"cut short":      whole[:len(whole)/2],
		"no end":         repack(func(l []string) []string { return l[:len(l)-2] }),
		"a line removed": repack(func(l []string) []string { return slices.Delete(l, 2, 3) }),
		"a line twice":   repack(func(l []string) []string { return slices.Insert(l, 2, l[2]) }),
		"a letter changed": repack(func(l []string) []string {
			l[2] = strings.Replace(l[2], "e", "a", 1)
			return l
		}),
		"goes on":          repack(func(l []string) []string { return append(l, l[1]) }),
		"a later version":  repack(func(l []string) []string { l[0] = strings.Replace(l[0], "backup 1", "backup 2", 1); return l }),
		"bytes in a flood": repack(func(l []string) []string { return slices.Insert(l, 2, strings.Repeat("x", claims.MaxBackupLine+1)) }),
	} {
		t.Run(name, func(t *testing.T) {
			to := r.empty(t)
			if _, err := claims.Restore(t.Context(), to, bytes.NewReader(file), nil); !errors.Is(err, claims.ErrBackup) {
				t.Errorf("got %v, want ErrBackup", err)
			}
			if _, seq, err := to.Head(t.Context()); seq != 0 || err != nil {
				t.Errorf("something was written: %d, %v", seq, err)
			}
		})
	}
}

func FuzzRestore(f *testing.F) {
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	if _, err := io.WriteString(packed, `{"form":"dalel backup 1","at":"2021-01-01T00:00:00Z"}`+"\n"+`{"k":"claim","n":"a","v":1,"d":"{}"}`+"\n"); err != nil {
		f.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := claims.Restore(t.Context(), drain{}, bytes.NewReader(file), nil)
		if err != nil && !errors.Is(err, claims.ErrBackup) {
			t.Errorf("%v", err)
		}
	})
}

// A drain is a store that takes everything and keeps nothing.
type drain struct{ claims.Store }

func (drain) Load(_ context.Context, items iter.Seq2[claims.Item, error]) error {
	for _, err := range items {
		if err != nil {
			return err
		}
	}
	return nil
}

// A forger stands before a store and shows another log.
type forger struct {
	claims.Store
	forge func([]claims.LogEntry) []claims.LogEntry
}

func (f forger) Log(ctx context.Context, after int64, limit int) ([]claims.LogEntry, error) {
	entries, err := f.Store.Log(ctx, after, limit)
	return f.forge(slices.Clone(entries)), err
}

// TestVerifyFindsWhatWasDone changes the log in every way that a person with the file could.
func TestVerifyFindsWhatWasDone(t *testing.T) {
	r := lived(t)
	whole, err := claims.Verify(t.Context(), r.store, claims.LogEntry{}, nil)
	if err != nil || !whole.Sound() {
		t.Fatalf("%+v, %v", whole, err)
	}
	at := func(n int64, f func(e *claims.LogEntry)) func([]claims.LogEntry) []claims.LogEntry {
		return func(es []claims.LogEntry) []claims.LogEntry {
			for i := range es {
				if es[i].Number == n {
					f(&es[i])
				}
			}
			return es
		}
	}
	without := func(n int64) func([]claims.LogEntry) []claims.LogEntry {
		return func(es []claims.LogEntry) []claims.LogEntry {
			return slices.DeleteFunc(es, func(e claims.LogEntry) bool { return e.Number == n })
		}
	}
	rewritten := func(es []claims.LogEntry) []claims.LogEntry {
		link := ""
		for i := range es {
			if es[i].Number == 4 {
				es[i].Record = bytes.Replace(es[i].Record, []byte("2026"), []byte("2025"), 1)
			}
			link = claims.Link(link, es[i].Number, es[i].Record)
			es[i].Link = link
		}
		return es
	}
	for name, tt := range map[string]struct {
		forge func([]claims.LogEntry) []claims.LogEntry
		noted claims.LogEntry
		want  claims.LogFault
	}{
		"an event changed":                  {at(4, func(e *claims.LogEntry) { e.Record = bytes.Replace(e.Record, []byte("2026"), []byte("2025"), 1) }), claims.LogEntry{}, claims.LogFault{Number: 4, Fault: claims.FaultLink}},
		"an event removed":                  {without(4), claims.LogEntry{}, claims.LogFault{Number: 4, Fault: claims.FaultGap}},
		"the last event removed":            {without(whole.Last.Number), claims.LogEntry{}, claims.LogFault{Number: whole.Last.Number, Fault: claims.FaultTail}},
		"an event that is none":             {at(4, func(e *claims.LogEntry) { e.Record = []byte("{") }), claims.LogEntry{}, claims.LogFault{Number: 4, Fault: claims.FaultUnreadable}},
		"all links made anew, and noted":    {rewritten, whole.Last, claims.LogFault{Number: whole.Last.Number, Fault: claims.FaultNoted}},
		"the end cut off, and it was noted": {without(whole.Last.Number), whole.Last, claims.LogFault{Number: whole.Last.Number, Fault: claims.FaultTail}},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := claims.Verify(t.Context(), forger{r.store, tt.forge}, tt.noted, nil)
			if err != nil || len(v.Problems) == 0 || v.Problems[0] != tt.want {
				t.Errorf("%v, %v; want %v", v.Problems, err, tt.want)
			}
		})
	}
	if v, err := claims.Verify(t.Context(), r.store, whole.Last, nil); err != nil || !v.Sound() {
		t.Errorf("what was noted stands: %v, %v", v.Problems, err)
	}
}

// TestInspectMends takes index entries away and puts wrong ones in: they are found, and put right.
func TestInspectMends(t *testing.T) {
	r := lived(t)
	ctx := t.Context()
	ids, _, err := r.store.Range(ctx, "", 3, claims.Queue("")...)
	if err != nil || len(ids) < 3 {
		t.Fatal(ids, err)
	}
	cs, err := r.store.Get(ctx, ids...)
	if err != nil {
		t.Fatal(err)
	}
	missing, extra := claims.Keys(*cs[0])[0], claims.Key{Index: claims.IndexLeases, Score: 77}
	nobody := claims.IDOf("en", "nobody has said this")
	err = errors.Join(r.store.Mend(ctx, ids[0], cs[0].Version, []claims.Key{missing}, nil), r.store.Mend(ctx, ids[1], cs[1].Version, nil, []claims.Key{extra}),
		r.store.Mend(ctx, nobody, 0, nil, []claims.Key{extra}))
	if err != nil {
		t.Fatal(err)
	}
	kinds := func(i claims.Inspection) (out []claims.FlawKind) {
		for _, f := range i.Flaws {
			out = append(out, f.Kind)
		}
		slices.Sort(out)
		return out
	}
	want := []claims.FlawKind{claims.FlawExtra, claims.FlawExtra, claims.FlawMissing}
	if found, err := claims.Inspect(ctx, r.store, false, nil); err != nil || found.Sound() || !slices.Equal(kinds(found), want) {
		t.Errorf("found %+v, %v", found.Flaws, err)
	}
	if found, err := claims.Inspect(ctx, r.store, true, nil); err != nil || !found.Sound() || !slices.Equal(kinds(found), want) {
		t.Errorf("mended %+v, %v", found.Flaws, err)
	}
	sound(t, r.store)
}

// TestAuditOfAPeriod gives the events of a period and no others.
func TestAuditOfAPeriod(t *testing.T) {
	r := newRoom(t, claims.Options{})
	for i := range 40 {
		r.check(t, rumour(i))
		r.clock.Advance(10 * time.Minute)
	}
	var all []claims.Event
	collect := func(into *[]claims.Event) func(claims.Event) error {
		return func(e claims.Event) error {
			*into = append(*into, e)
			return nil
		}
	}
	if err := r.Audit(t.Context(), editor, time.Time{}, time.Time{}, collect(&all)); err != nil || len(all) != 40 {
		t.Fatalf("%d events, %v", len(all), err)
	}
	since, until := start.Add(65*time.Minute), start.Add(120*time.Minute)
	var some []claims.Event
	if err := r.Audit(t.Context(), editor, since, until, collect(&some)); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(all, func(e claims.Event) bool { return e.At.Before(since) || !e.At.Before(until) })
	if len(some) != 5 || !slices.Equal(some, want) {
		t.Errorf("%d events, want %d", len(some), len(want))
	}
	if err := r.Audit(t.Context(), aigerim, since, until, collect(&some)); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("a reviewer: %v", err)
	}
	stop := errors.New("enough")
	if err := r.Audit(t.Context(), editor, time.Time{}, time.Time{}, func(claims.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error: %v", err)
	}
}
