package api

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"dalel/index"
)

func TestPieces(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		spans []index.Span
		want  []piece
	}{
		"none":         {"дым", nil, []piece{{Text: "дым"}}},
		"empty":        {"", nil, []piece{{}}},
		"code points":  {"әдемі чеснок", []index.Span{{Start: 6, End: 12}}, []piece{{Text: "әдемі "}, {Text: "чеснок", Marked: true}}},
		"all":          {"5G", []index.Span{{Start: 0, End: 2}}, []piece{{Text: "5G", Marked: true}}},
		"two":          {"a b c", []index.Span{{Start: 0, End: 1}, {Start: 4, End: 5}}, []piece{{Text: "a", Marked: true}, {Text: " b "}, {Text: "c", Marked: true}}},
		"out of range": {"abc", []index.Span{{Start: 2, End: 9}, {Start: -1, End: 1}, {Start: 1, End: 1}}, []piece{{Text: "abc"}}},
		"overlapping":  {"abcd", []index.Span{{Start: 0, End: 2}, {Start: 1, End: 3}}, []piece{{Text: "ab", Marked: true}, {Text: "cd"}}},
	} {
		if diff := cmp.Diff(c.want, pieces(c.text, c.spans)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("сарымсақ", 0, 3, 2, 5)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		var out strings.Builder
		for _, p := range pieces(text, []index.Span{{Start: a, End: b}, {Start: c, End: d}}) {
			out.WriteString(p.Text)
		}
		if got := out.String(); utf8.ValidString(text) && got != text {
			t.Errorf("the pieces make %q of %q", got, text)
		}
	})
}

func TestIsOld(t *testing.T) {
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		published, modified, fetched index.Date
		want                         bool
	}{
		{"", "", "", false},
		{"2020", "", "2026-03-01", true},
		{"2020", "2025-11", "", false},
		{"2025-01-01", "", "2020-01-01", false},
		{"", "", "2020-04-30", true},
		{"", "", "2026-01-01", false},
		{"nonsense", "", "2020", true},
	} {
		if got := isOld(now, c.published, c.modified, c.fetched); got != c.want {
			t.Errorf("isOld(%q, %q, %q) = %t", c.published, c.modified, c.fetched, got)
		}
	}
}

func TestCredit(t *testing.T) {
	s := &Server{sources: map[string]index.Source{"who": {ID: "who", Name: map[string]string{"en": "World Health Organization", "ru": "ВОЗ"}}}}
	r := reader{Server: s, lang: "ru"}
	for _, c := range []struct{ source, publisher, title, want string }{
		{"who", "", "", "ВОЗ"},
		{"who", "World Health Organization (WHO)", "A page", "ВОЗ"},
		{"who", "UNICEF", "A page", "ВОЗ (UNICEF)"},
		{"", "Akimat", "A page", "Akimat"},
		{"gone", "Akimat", "A page", "Akimat"},
		{"gone", "", "", "gone"},
		{"", "", "A page", "A page"},
	} {
		var source *sourceRef
		if c.source != "" {
			known := r.source(c.source)
			source = &known
		}
		if got := r.credit(source, c.publisher, c.title, "", ""); got != c.want {
			t.Errorf("credit of %q, %q, %q = %q, want %q", c.source, c.publisher, c.title, got, c.want)
		}
	}
}

func TestClaimIn(t *testing.T) {
	for typed, want := range map[string]string{
		"6m5ynhfxqzbh4dnk": "6m5ynhfxqzbh4dnk",
		"https://dalel.example/kk/desk/c/6m5ynhfxqzbh4dnk": "6m5ynhfxqzbh4dnk",
		"/ru/r/6m5ynhfxqzbh4dnk/?said=taken#work":          "6m5ynhfxqzbh4dnk",
		"": "", "/": "", "%zz": "%zz",
	} {
		if got := string(claimIn(typed)); got != want {
			t.Errorf("claimIn(%q) = %q, want %q", typed, got, want)
		}
	}
}

func FuzzClaimIn(f *testing.F) {
	f.Add("https://dalel.example/kk/desk/c/6m5ynhfxqzbh4dnk?x#y")
	f.Fuzz(func(t *testing.T, typed string) {
		if got := string(claimIn(typed)); strings.Contains(got, "/") {
			t.Errorf("claimIn(%q) = %q", typed, got)
		}
	})
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{"a\x00b": "ab", "a\xffb": "a�b", "дәлел": "дәлел"} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}
