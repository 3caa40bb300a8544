package api_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dalel/api"
	"dalel/claims"
)

func TestProblemCatalogs(t *testing.T) {
	catalogs := make(map[string]map[string]any)
	for _, language := range []string{"en", "ru", "kk"} {
		b, err := os.ReadFile("web/locales/problems." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c map[string]any
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		catalogs[language] = c
	}
	forms := map[string][]string{"en": {"one", "other"}, "ru": {"few", "many", "one", "other"}, "kk": {"one", "other"}}
	placeholder := regexp.MustCompile(`\{\{\.[A-Za-z]+\}\}`)
	holders := func(v any) []string {
		text, ok := v.(string)
		if m, plural := v.(map[string]any); plural {
			text, ok = m["other"].(string)
		}
		if !ok || strings.TrimSpace(text) == "" {
			t.Errorf("%v is no message", v)
		}
		found := placeholder.FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for language, c := range catalogs {
		if d := cmp.Diff(slices.Sorted(maps.Keys(catalogs["en"])), slices.Sorted(maps.Keys(c))); d != "" {
			t.Errorf("the keys of en and %s differ:\n%s", language, d)
		}
		for key, message := range c {
			if d := cmp.Diff(holders(catalogs["en"][key]), holders(message)); d != "" {
				t.Errorf("the placeholders of %s in %s:\n%s", key, language, d)
			}
			if m, ok := message.(map[string]any); ok {
				if d := cmp.Diff(forms[language], slices.Sorted(maps.Keys(m))); d != "" {
					t.Errorf("the plural forms of %s in %s:\n%s", key, language, d)
				}
			}
		}
	}
}

func TestEveryCodeHasItsMessage(t *testing.T) {
	s := newSite(t, siteOptions{})
	var keys []string
	for _, code := range api.Codes() {
		keys = append(keys, "problem."+code+".title", "problem."+code+".detail")
	}
	problems := []string{claims.ProblemRequired, claims.ProblemTooLong, claims.ProblemTooMany, claims.ProblemUTF8, claims.ProblemNUL, claims.ProblemUnknown,
		claims.ProblemFormat, claims.ProblemQuote, claims.ProblemPast, claims.ProblemTaken}
	for _, code := range append(api.Faults(), problems...) {
		keys = append(keys, "field."+code)
	}
	for _, v := range claims.Verdicts() {
		keys = append(keys, "verdict."+string(v), "advice.reviewed."+string(v))
	}
	for _, code := range []string{claims.WhyRequests, claims.WhyForwarded, claims.WhyGrowing, claims.WhyTopicCure, claims.WhyTopicVaccine, claims.WhyTopicRestrict,
		claims.WhyTopicOrigin, claims.WhyPhysicalDanger, claims.WhyTargetsPerson, claims.WhyStigma, claims.WhyVoid, claims.WhySlack} {
		keys = append(keys, "why."+code)
	}
	for _, r := range append(claims.Reasons(), claims.ReasonWithdrawn, "retracted") {
		keys = append(keys, "advice.closed."+string(r))
	}
	keys = append(keys, "advice.sourced", "advice.queued", "advice.unsettled", "advice.waiting", "advice.unstored", "advice.full", "advice.rechecking", "advice.aged")
	for _, language := range []string{"en", "ru", "kk"} {
		for _, key := range keys {
			text := s.server.Say(language, key, map[string]any{"Count": 3, "Limit": 3, "Line": 3, "Column": 3})
			if strings.HasPrefix(text, "[") || strings.Contains(text, "<no value>") || text == "" {
				t.Errorf("%s in %s is %q", key, language, text)
			}
			if english := s.server.Say("en", key, map[string]any{"Count": 3, "Limit": 3, "Line": 3, "Column": 3}); language != "en" && text == english {
				t.Errorf("%s in %s is English: %q", key, language, text)
			}
		}
	}
}

func TestPlurals(t *testing.T) {
	s := newSite(t, siteOptions{})
	for _, test := range []struct {
		language string
		n        int64
		want     string
	}{
		{"en", 1, "1 person asked in 7 days"}, {"en", 2, "2 people asked in 7 days"},
		{"ru", 1, "за 7 дней спросил 1 человек"}, {"ru", 3, "за 7 дней спросили 3 человека"}, {"ru", 5, "за 7 дней спросили 5 человек"},
		{"ru", 21, "за 7 дней спросил 21 человек"}, {"kk", 1, "7 күнде 1 адам сұрады"}, {"kk", 5, "7 күнде 5 адам сұрады"},
	} {
		if got := s.server.Say(test.language, "why.requests_7d", map[string]any{"Count": test.n}); got != test.want {
			t.Errorf("%d in %s: %q, want %q", test.n, test.language, got, test.want)
		}
	}
}
