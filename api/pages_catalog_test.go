package api_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dalel/claims"
	"dalel/index"
)

// catalog reads a catalog of a language: each message as its forms, an only one as "other".
func catalog(t *testing.T, name, language string) map[string]map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("web", "locales", name+"."+language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatalf("%s.%s: %v", name, language, err)
	}
	out := make(map[string]map[string]string, len(raw))
	for key, value := range raw {
		var text string
		if json.Unmarshal(value, &text) == nil {
			out[key] = map[string]string{"other": text}
			continue
		}
		var forms map[string]string
		if err := json.Unmarshal(value, &forms); err != nil {
			t.Fatalf("%s.%s: %s: %v", name, language, key, err)
		}
		out[key] = forms
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// placeholders are the names that a message fills in, but for Count: "one person" need not say it.
func placeholders(forms map[string]string) []string {
	names := map[string]bool{}
	for _, text := range forms {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			names[m[1]] = true
		}
	}
	delete(names, "Count")
	return slices.Sorted(maps.Keys(names))
}

func TestCatalogsOfThePages(t *testing.T) {
	forms := map[string][]string{"en": {"one", "other"}, "ru": {"few", "many", "one", "other"}, "kk": {"one", "other"}}
	english := catalog(t, "active", "en")
	for language, want := range forms {
		messages := catalog(t, "active", language)
		if diff := slices.Sorted(maps.Keys(messages)); !slices.Equal(diff, slices.Sorted(maps.Keys(english))) {
			t.Errorf("%s has other keys than English", language)
		}
		problems := catalog(t, "problems", language)
		for key, got := range messages {
			if _, twice := problems[key]; twice {
				t.Errorf("%s: %s stands in both catalogs", language, key)
			}
			if !slices.Equal(placeholders(got), placeholders(english[key])) {
				t.Errorf("%s: %s fills in %v, English %v", language, key, placeholders(got), placeholders(english[key]))
			}
			if _, single := english[key]["one"]; single && !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
				t.Errorf("%s: %s has the forms %v, want %v", language, key, slices.Sorted(maps.Keys(got)), want)
			}
			for form, text := range got {
				if strings.TrimSpace(text) != text || text == "" {
					t.Errorf("%s: %s, %s: %q", language, key, form, text)
				}
				if language != "en" && strings.Contains(key, "title") && text == english[key][form] {
					t.Errorf("%s: %s is English", language, key)
				}
			}
		}
	}
}

// Every value that a page may have to name has a name.
func TestEverythingHasAName(t *testing.T) {
	messages := catalog(t, "active", "en")
	maps.Copy(messages, catalog(t, "problems", "en"))
	need := func(group string, values ...string) {
		t.Helper()
		for _, v := range values {
			if messages[group+"."+v] == nil {
				t.Errorf("%s.%s is in no catalog", group, v)
			}
		}
	}
	need("verdict", names(claims.Verdicts())...)
	need("meaning", names(claims.Verdicts())...)
	need("state", names(claims.States())...)
	need("role", names(claims.Roles())...)
	need("band", names(claims.Bands())...)
	need("reason", append(names(claims.Reasons()), string(claims.ReasonDuplicate), string(claims.ReasonWithdrawn))...)
	need("technique", claims.Techniques()...)
	need("technique_meaning", claims.Techniques()...)
	need("said", claims.Opinions()...)
	need("language", index.Languages()...)
	need("strength", string(index.BandStrong), string(index.BandLikely), string(index.BandWeak))
	need("stance", string(claims.StanceSupports), string(claims.StanceRefutes), string(claims.StanceContext))
	need("kind", "international", "state", "fact-checker", "ngo")
	need("event", found(t, "../claims/store.go", regexp.MustCompile(`\bEventKind = "([^"]+)"`))...)
}

func names[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

var (
	inTemplate = regexp.MustCompile(`\b[tn] "([^"]+)"`)
	inGo       = regexp.MustCompile(`"([^"\s]*)"`)
)

// Every message that a template asks for exists, and no message lies about unused: it is written out in a template or in the program, or its
// group and its value are.
func TestMessagesAreUsed(t *testing.T) {
	messages := catalog(t, "active", "en")
	known := maps.Clone(messages)
	maps.Copy(known, catalog(t, "problems", "en"))
	used := map[string]bool{}
	templates, err := filepath.Glob("web/templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range templates {
		for _, key := range found(t, path, inTemplate) {
			used[key] = true
			if known[key] == nil {
				t.Errorf("%s says %q, which no catalog has", path, key)
			}
		}
	}
	words := map[string]bool{}
	for _, pattern := range []string{"*.go", "../claims/*.go", "../index/*.go"} {
		sources, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range sources {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			for _, word := range found(t, path, inGo) {
				words[word] = true
			}
		}
	}
	for _, kind := range []string{"international", "state", "fact-checker", "ngo"} { // as the register has them
		words[kind] = true
	}
	for key := range messages {
		group, value, _ := strings.Cut(key, ".")
		composed := (words[group] || words[group+"."]) && words[value]
		if !used[key] && !words[key] && !composed {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func found(t *testing.T, path string, pattern *regexp.Regexp) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range pattern.FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1])
	}
	return out
}
