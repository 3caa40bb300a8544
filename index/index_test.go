package index_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dalel/index"
)

func memory(t testing.TB, docs ...index.Document) *index.Index {
	t.Helper()
	x, err := index.NewMemory(index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	put(t, x, docs...)
	return x
}

func open(t testing.TB, dir string) *index.Index {
	t.Helper()
	x, err := index.Open(dir, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func put(t testing.TB, x *index.Index, docs ...index.Document) {
	t.Helper()
	apply(t, x, index.Batch{Put: docs})
}

func apply(t testing.TB, x *index.Index, b index.Batch) {
	t.Helper()
	if err := x.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func search(t testing.TB, x *index.Index, q index.Query) []index.Hit {
	t.Helper()
	hits, err := x.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func ids(hits []index.Hit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, h.Document.ID)
	}
	return out
}

// page is a document of one passage a text.
func page(id, language, title string, texts ...string) index.Document {
	d := index.Document{ID: id, Kind: index.KindGuidance, Source: "who", URL: "https://example.org/" + id, Title: title, Lang: language, Version: 1}
	for _, text := range texts {
		d.Passages = append(d.Passages, index.Passage{Text: text, Kind: index.PassageAdvice})
	}
	return d
}

// kinds of index: what holds for one holds for the other.
func eachIndex(t *testing.T, f func(t *testing.T, x *index.Index)) {
	t.Run("memory", func(t *testing.T) { f(t, memory(t)) })
	t.Run("disk", func(t *testing.T) { f(t, open(t, filepath.Join(t.TempDir(), "index"))) })
}

func TestDocumentComesBackWhole(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		want := index.Document{ID: "who:garlic", Kind: index.KindReview, Source: "who", Publisher: "WHO", Topic: "garlic", URL: "https://example.org/g", Title: "Garlic \"does not\" protect",
			Lang: "en", Published: "2020-02", Modified: "2021", Fetched: "2021-07-28", Version: 3, Verdict: "false", Claim: "c1", Heard: []string{"eat garlic", "ешь чеснок"},
			Passages: []index.Passage{{Heading: []string{"Myths", "Garlic"}, Anchor: "garlic", Text: "Garlic is healthy.\nIt does not protect.", Kind: index.PassageAdvice}, {Text: "Garlic protects", Kind: index.PassageClaim}}}
		put(t, x, want)
		got, err := x.Document(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := x.Document(t.Context(), "who:other"); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("unknown document: %v, want ErrNotFound", err)
		}
	})
}

func TestPutReplacesTheWholeDocument(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		old := page("a", "en", "Old title", "first passage about garlic", "second passage about onions", "third passage about vodka")
		old.Heard = []string{"garlic kills it", "vodka kills it"}
		put(t, x, old, page("b", "en", "Other", "masks protect others"))
		renewed := page("a", "en", "New title", "only passage about pepper")
		put(t, x, renewed)
		got, err := x.Document(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(renewed, got); diff != "" {
			t.Error(diff)
		}
		for text, want := range map[string][]string{"garlic": {}, "onions": {}, "vodka": {}, "old": {}, "pepper": {"a"}, "masks": {"b"}} {
			if diff := cmp.Diff(want, ids(search(t, x, index.Query{Text: text, Lang: "en"}))); diff != "" {
				t.Errorf("%s: %s", text, diff)
			}
		}
	})
}

func TestDeleteAndClear(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		review := page("r1", "en", "Review", "garlic reviewed")
		review.Kind, review.Source = index.KindReview, ""
		summary := page("s1", "en", "Summary", "garlic summary")
		summary.Kind, summary.Source = index.KindSummary, "cdc"
		put(t, x, page("g1", "en", "One", "garlic one"), page("g2", "en", "Two", "garlic two"), review, summary)
		counts := func() map[index.Kind]map[string]int {
			c, err := x.Count(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		want := map[index.Kind]map[string]int{index.KindGuidance: {"who": 2}, index.KindReview: {"": 1}, index.KindSummary: {"cdc": 1}}
		if diff := cmp.Diff(want, counts()); diff != "" {
			t.Error(diff)
		}
		apply(t, x, index.Batch{Delete: []string{"g1", "never was"}})
		want[index.KindGuidance]["who"] = 1
		if diff := cmp.Diff(want, counts()); diff != "" {
			t.Error(diff)
		}
		apply(t, x, index.Batch{Clear: []index.Kind{index.KindGuidance, index.KindReview}, Put: []index.Document{page("g3", "en", "Three", "garlic three")}})
		want = map[index.Kind]map[string]int{index.KindGuidance: {"who": 1}, index.KindSummary: {"cdc": 1}}
		if diff := cmp.Diff(want, counts()); diff != "" {
			t.Error(diff)
		}
		if got := len(search(t, x, index.Query{Text: "garlic"})); got != 2 {
			t.Errorf("%d hits after clear, want 2", got)
		}
	})
}

func TestMarksMoveWithTheirBatch(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		if got, err := x.Mark("events"); got != "" || err != nil {
			t.Errorf("mark of an empty index: %q, %v", got, err)
		}
		apply(t, x, index.Batch{Put: []index.Document{page("a", "en", "A", "garlic")}, Marks: map[string]string{"events": "7", "pages": "x/1"}})
		bad := index.Batch{Put: []index.Document{page("b", "en", "B", "onion"), page("c", "xx", "C", "pepper")}, Marks: map[string]string{"events": "8"}}
		if err := x.Apply(t.Context(), bad); err == nil {
			t.Error("a batch with a bad document was taken")
		}
		for name, want := range map[string]string{"events": "7", "pages": "x/1", "other": ""} {
			if got, err := x.Mark(name); got != want || err != nil {
				t.Errorf("mark %s: %q, %v, want %q", name, got, err, want)
			}
		}
		if got := search(t, x, index.Query{Text: "onion"}); len(got) > 0 {
			t.Errorf("part of a refused batch was taken: %v", ids(got))
		}
	})
}

func TestApplyRefuses(t *testing.T) {
	x := memory(t)
	long := strings.Repeat("a", index.MaxPassageBytes+1)
	good := page("a", "en", "A", "text")
	with := func(change func(d *index.Document)) index.Document {
		d := page("a", "en", "A", "text")
		change(&d)
		return d
	}
	tests := map[string][]index.Document{
		"no ID":            {with(func(d *index.Document) { d.ID = "" })},
		"NUL in the ID":    {with(func(d *index.Document) { d.ID = "a\x00d" })},
		"endless ID":       {with(func(d *index.Document) { d.ID = long })},
		"kind":             {with(func(d *index.Document) { d.Kind = "rumour" })},
		"language":         {with(func(d *index.Document) { d.Lang = "de" })},
		"no passages":      {with(func(d *index.Document) { d.Passages = nil })},
		"empty passage":    {with(func(d *index.Document) { d.Passages[0].Text = " \n" })},
		"long passage":     {with(func(d *index.Document) { d.Passages[0].Text = long })},
		"passage encoding": {with(func(d *index.Document) { d.Passages[0].Text = "a\xff" })},
		"passages":         {with(func(d *index.Document) { d.Passages = make([]index.Passage, index.MaxPassages+1) })},
		"wordings":         {with(func(d *index.Document) { d.Heard = make([]string, index.MaxHeard+1) })},
		"long wording":     {with(func(d *index.Document) { d.Heard = []string{long} })},
		"long title":       {with(func(d *index.Document) { d.Title = long })},
		"title encoding":   {with(func(d *index.Document) { d.Title = "\xff" })},
		"long heading":     {with(func(d *index.Document) { d.Passages[0].Heading = []string{long} })},
		"twice":            {good, good},
	}
	for name, docs := range tests {
		t.Run(name, func(t *testing.T) {
			if err := x.Apply(t.Context(), index.Batch{Put: docs}); err == nil {
				t.Error("taken")
			} else if len(err.Error()) > 1_000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Apply(ended, index.Batch{Put: []index.Document{good}}); !errors.Is(err, context.Canceled) {
		t.Errorf("apply after the context's end: %v", err)
	}
	if hits := search(t, x, index.Query{Text: "text"}); len(hits) > 0 {
		t.Errorf("something was taken: %v", ids(hits))
	}
}

func TestClosed(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		for range 2 {
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
		}
		_, err := x.Search(t.Context(), index.Query{Text: "a word"})
		_, markErr := x.Mark("m")
		for _, err := range []error{err, markErr, x.Apply(t.Context(), index.Batch{Marks: map[string]string{"a": "b"}})} {
			if !errors.Is(err, index.ErrClosed) {
				t.Errorf("%v, want ErrClosed", err)
			}
		}
	})
}

// corpus is n documents of a few hundred words that some have and some have not.
func corpus(n int) []index.Document {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string { return fmt.Sprintf("word%d", int(r.ExpFloat64()*60)) }
	sentence := func(n int) string {
		w := make([]string, n)
		for i := range w {
			w[i] = word()
		}
		return strings.Join(w, " ")
	}
	docs := make([]index.Document, n)
	for i := range docs {
		d := page(fmt.Sprintf("d%04d", i), index.Languages()[i%3], sentence(4))
		for range 1 + r.IntN(4) {
			d.Passages = append(d.Passages, index.Passage{Text: sentence(5 + r.IntN(30)), Heading: []string{sentence(2)}, Kind: index.PassageAdvice})
		}
		if i%5 == 0 {
			d.Heard = []string{sentence(4), sentence(5)}
		}
		d.Kind = []index.Kind{index.KindGuidance, index.KindSummary, index.KindReview}[i%7%3]
		docs[i] = d
	}
	return docs
}

func TestRankingIsTheSameHoweverTheIndexWasMade(t *testing.T) {
	docs := corpus(100)
	all := memory(t, docs...)

	oneByOne := memory(t)
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(docs)) {
		put(t, oneByOne, docs[i])
	}

	dir := filepath.Join(t.TempDir(), "index")
	disk := open(t, dir)
	stale := corpus(100)
	for i := range stale {
		stale[i].Title, stale[i].Heard = "word1 word2 stale", []string{"word3 stale"}
	}
	put(t, disk, stale...)
	for i := 0; i < len(docs); i += 20 {
		put(t, disk, docs[i:i+20]...)
	}
	put(t, disk, page("gone", "en", "word1", "word2 word3"))
	apply(t, disk, index.Batch{Delete: []string{"gone"}})

	compare := func(name string, x *index.Index) {
		t.Helper()
		for i := range 24 {
			q := index.Query{Text: fmt.Sprintf("word%d word%d word%d word%d", i, i/2, i/3+7, 3*i), Lang: index.Languages()[i%3], Limit: 25}
			if i%4 == 0 {
				q.Kinds = []index.Kind{index.KindGuidance, index.KindReview}
			}
			if diff := cmp.Diff(search(t, all, q), search(t, x, q)); diff != "" {
				t.Fatalf("%s, query %q: %s", name, q.Text, diff)
			}
		}
	}
	compare("one by one", oneByOne)
	compare("on disk, with replaced documents", disk)
	if err := disk.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	compare("merged", disk)
	if err := disk.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if again.Rebuilt() {
		t.Error("a whole index was set aside")
	}
	compare("opened again", again)
}

func TestEqualScoresStandInTheOrderOfIDs(t *testing.T) {
	x := memory(t)
	var want []string
	for i := range 500 {
		want = append(want, fmt.Sprintf("d%03d", i))
	}
	for some := range slices.Chunk(rand.New(rand.NewPCG(5, 6)).Perm(500), 50) {
		var docs []index.Document
		for _, i := range some {
			docs = append(docs, page(want[i], "en", "Title", "the same words in each"))
		}
		put(t, x, docs...)
	}
	var got []string
	for offset := 0; offset < 500; offset += 100 {
		got = append(got, ids(search(t, x, index.Query{Text: "same words", Limit: 100, Offset: offset}))...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
