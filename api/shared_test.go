package api_test

import (
	"strings"
	"testing"

	"dalel/api"
	"dalel/claims"
)

// TestSharedSentencesAreStripped checks what people forward of us: what is left is what the answer was about.
func TestSharedSentencesAreStripped(t *testing.T) {
	patterns, err := api.SharedSentences()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, rest string }{
		{"Onions do not cure COVID-19.\nVerdict: False (checked by Dalel, 2 March 2026)\nSources: WHO https://www.who.int/x; CDC https://www.cdc.gov/y", "Onions do not cure COVID-19."},
		{"Лук не лечит.\nВердикт: Неправда (проверил Dalel, 2 марта 2026)\nИсточники: ВОЗ https://www.who.int/x", "Лук не лечит."},
		{"Пияз емдемейді.\nҚорытынды: Жалған (Dalel тексерген, 2 наурыз 2026)", "Пияз емдемейді."},
		{"Garlic is healthy food. (our summary; source: World Health Organization)", "Garlic is healthy food."},
		{"A message with this rumour has not been checked yet. Please do not forward it until there is an answer. Rumours are checked here:\nonions cure covid", "onions cure covid"},
		{"onions cure covid", "onions cure covid"},
		{"Verdict: False (checked by Dalel, 2 March 2026)", "Verdict: False (checked by Dalel, 2 March 2026)"}, // there is nothing else
	} {
		if got := strings.TrimSpace(claims.StripShared(tt.text, patterns)); got != tt.rest {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.rest)
		}
	}
}
