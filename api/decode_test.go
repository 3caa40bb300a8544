package api

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	var got findingRequest
	err := parse([]byte(`{"token": 3, "verdict": "false", "summary": {"en": "a", "kk": null}, "validUntil": "2026-05-01T00:00:00Z",
		"evidence": [{"passage": "p#1", "stance": "refutes"}, {}], "techniques": [], "topic": null}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := findingRequest{Token: 3, Verdict: "false", Summary: map[string]string{"en": "a", "kk": ""},
		ValidUntil: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Evidence: []evidenceRequest{{Passage: "p#1", Stance: "refutes"}, {}}, Techniques: []string{}}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestParseFaults(t *testing.T) {
	type fault = fieldFault
	tests := []struct {
		body string
		want []fieldFault
	}{
		{`{"token": "3"}`, []fault{{pointer: "/token", code: faultNumber}}},
		{`{"token": 1.5}`, []fault{{pointer: "/token", code: faultNumber}}},
		{`{"token": 1e300}`, []fault{{pointer: "/token", code: faultNumber}}},
		{`{"token": 1e999}`, []fault{{code: faultSyntax, line: 1, col: 16}}},
		{`{"verdict": 1, "topic": [], "unknown": 2}`, []fault{{pointer: "/topic", code: faultString}, {pointer: "/unknown", code: faultUnknown},
			{pointer: "/verdict", code: faultString}}},
		{`{"Verdict": "false"}`, []fault{{pointer: "/Verdict", code: faultUnknown}}},
		{`{"evidence": [{}, {"stance": 1}, 7]}`, []fault{{pointer: "/evidence/1/stance", code: faultString}, {pointer: "/evidence/2", code: faultObject}}},
		{`{"evidence": {}}`, []fault{{pointer: "/evidence", code: faultList}}},
		{`{"summary": []}`, []fault{{pointer: "/summary", code: faultObject}}},
		{`{"summary": {"my phone is 8 701 000": 1}}`, []fault{{pointer: "/summary/?", code: faultString}}},
		{`{"call me at 8 701 000 11 22": 1}`, []fault{{pointer: "/?", code: faultUnknown}}},
		{`{"` + strings.Repeat("x", 65) + `": 1}`, []fault{{pointer: "/?", code: faultUnknown}}},
		{`{"validUntil": "tomorrow"}`, []fault{{pointer: "/validUntil", code: faultTime}}},
		{`{"topic": "a\u0000b"}`, []fault{{pointer: "/topic", code: faultCharacter}}},
		{`[]`, []fault{{code: faultObject}}},
		{`"text"`, []fault{{code: faultObject}}},
		{`{"topic": "x"`, []fault{{code: faultSyntax, line: 1, col: 13}}},
		{"{\n \"topic\" \"x\"}", []fault{{code: faultSyntax, line: 2, col: 10}}},
		{"{\"тема\": я}", []fault{{code: faultSyntax, line: 1, col: 10}}},
		{`{} {}`, []fault{{code: faultSyntax, line: 1, col: 4}}},
		{"{\"topic\": \"\xff\"}", []fault{{code: "not_utf8"}}},
	}
	for _, test := range tests {
		var into findingRequest
		e, ok := errors.AsType[*badRequest](parse([]byte(test.body), &into))
		if !ok {
			t.Errorf("%q was taken", test.body)
			continue
		}
		if d := cmp.Diff(test.want, e.fields, cmp.AllowUnexported(fieldFault{})); d != "" {
			t.Errorf("%q (-want +got):\n%s", test.body, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"token":1,"evidence":[{"quote":"x"}],"summary":{"en":"a"}}`, `{"useful":"notMine"}`, `[[[`, "\xff", `{"a":{"b":[1e400]}}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, into := range []any{&findingRequest{}, &checkRequest{}, &feedbackRequest{}, &accountRequest{}} {
			err := parse(body, into)
			if err == nil {
				if !json.Valid(body) {
					t.Fatalf("took what is not JSON: %q", body)
				}
				continue
			}
			e, ok := errors.AsType[*badRequest](err)
			if !ok || len(e.fields) == 0 || len(e.fields) > maxFaults {
				t.Fatalf("%q gives %v", body, err)
			}
			for _, fault := range e.fields {
				for part := range strings.SplitSeq(fault.pointer, "/") {
					if len(part) > 64 || strings.ContainsAny(part, " \n\x00") {
						t.Fatalf("the pointer %q repeats what was sent", fault.pointer)
					}
				}
			}
		}
	})
}

func FuzzAccepted(f *testing.F) {
	l, err := loadLocales(assets)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"kk", "ru-RU,ru;q=0.9,en;q=0.8", "*", "de", "kk-Cyrl-KZ", ";;;", "uk,ru;q=0.5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := l.accepted(header); got != "" && !slices.Contains(l.tags, got) {
			t.Errorf("%q gives %q", header, got)
		}
	})
}

func TestAccepted(t *testing.T) {
	l, err := loadLocales(assets)
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"": "", "kk": "kk", "kk-KZ,ru;q=0.8": "kk", "ru-RU": "ru", "en-GB,en;q=0.5": "en", "de,ru;q=0.5": "ru",
		"de": "", "*": "", "zz;;": "", strings.Repeat("ru,", 100): ""} {
		if got := l.accepted(header); got != want {
			t.Errorf("%.20q gives %q, want %q", header, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"one two", 7, "one two"},
		{"one  two\nthree", 20, "one two three"},
		{"one two three", 11, "one two…"},
		{"маска кию, зиян емес", 12, "маска кию…"},
		{"unbreakableword", 5, "unbre…"},
	} {
		if got := shorten(test.text, test.limit); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func TestHarmless(t *testing.T) {
	for cell, want := range map[string]string{"Blum;=1+1": "Blum;'=1+1", "a\t @sum": "a\t '@sum", "yes; no - maybe": "yes; no - maybe", "": "", "text": "text", "=1+1": "'=1+1", "+7 701": "'+7 701", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)",
		"\tx": "'\tx", "\rx": "'\rx", "a=b": "a=b"} {
		if got := harmless(cell); got != want {
			t.Errorf("harmless(%q) = %q, want %q", cell, got, want)
		}
	}
}
