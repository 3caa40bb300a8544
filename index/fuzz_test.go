package index_test

import (
	"testing"
	"unicode/utf8"

	"dalel/index"
)

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"garlic cures covid", "сарымсақ вирус", "чеснок", "\xff\x00", "a\u0301\u200b😷", "İ ǅ ß ﬁ", "FW: re: fw:", "'''s 's", "ا\u0640ل", "x y"} {
		f.Add(seed, "")
	}
	f.Add("garlic", "kk")
	x, err := index.NewMemory(index.Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := x.Apply(f.Context(), index.Batch{Put: guidance()}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, language string) {
		q := index.Query{Text: text, Lang: language}
		hits, err := x.Search(t.Context(), q)
		if err != nil {
			if language == "" {
				t.Fatal(err)
			}
			return
		}
		for _, h := range hits {
			if h.Confidence < 0 || h.Confidence > 1 || h.Score <= 0 || len(h.Why) == 0 {
				t.Errorf("hit %+v", h)
			}
			for _, s := range h.Highlights {
				if s.Start < 0 || s.Start >= s.End || s.End > utf8.RuneCountInString(h.Passage.Text) {
					t.Errorf("highlight %v of %q", s, h.Passage.Text)
				}
			}
		}
	})
}

// FuzzApply puts a document of any text and finds it by that text.
func FuzzApply(f *testing.F) {
	f.Add("id", "garlic cures", "Title", "wording", "en")
	f.Add("\x00", "чеснок", "", "", "ru")
	f.Add("a", "\xff", "\xff", "\xff", "kk")
	f.Add("b", "İ\u0307 ǅ a\u0301", "ё", "йод", "kk")
	f.Fuzz(func(t *testing.T, id, text, title, heard, language string) {
		x := memory(t)
		d := page(id, language, title, text)
		d.Heard = []string{heard}
		if err := x.Apply(t.Context(), index.Batch{Put: []index.Document{d}}); err != nil {
			return
		}
		got, err := x.Document(t.Context(), id)
		if err != nil || got.Title != title || got.Passages[0].Text != text || got.Heard[0] != heard {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := x.Search(t.Context(), index.Query{Text: text, Lang: language}); err != nil {
			t.Fatal(err)
		}
		if err := x.Apply(t.Context(), index.Batch{Clear: []index.Kind{d.Kind}}); err != nil {
			t.Fatal(err)
		}
		if counts, err := x.Count(t.Context()); err != nil || len(counts) > 0 {
			t.Fatalf("%v, %v after clear", counts, err)
		}
	})
}
