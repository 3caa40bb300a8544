package lang_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dalel/index/lang"
)

func TestNormalize(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"case and space", "  Garlic\n\tCURES  covid ", "garlic cures covid"},
		{"punctuation", "«Garlic» cures — covid!!! (really?)", "garlic cures covid really"},
		{"emoji", "🧄Garlic😷 cures 👍🏽 covid 🇰🇿", "garlic cures covid"},
		{"invisible characters", "gar\u200blic \u00adcu\u2060res\ufeff covid", "garlic cures covid"},
		{"composed", "и\u0306од ё\u0301лка", "йод е\u0301лка"},
		{"ё", "Ещё ёлка", "еще елка"},
		{"emphasis", "СРОЧНОООО!!! ооочень", "срочно очень"},
		{"doubles and digits stay", "coffee 1000 класс", "coffee 1000 класс"},
		{"apostrophes", "don't don’t vaccine's O'Neil", "dont dont vaccine oneil"},
		{"links", "see https://t.me/x?y=1 or www.example.org/a, t.me/abc now", "see or now"},
		{"nothing but a link", "https://t.me/covid_truth", "https t me covid truth"},
		{"forward", "FW: Fwd: garlic cures", "garlic cures"},
		{"forwarded from", "Forwarded from Truth channel:\ngarlic cures", "garlic cures"},
		{"forwarded mail", "---------- Forwarded message ---------\nFrom: Anna <a@b.kz>\nSubject: Fwd: help\ngarlic cures", "garlic cures"},
		{"переслано", "Переслано от Правда о вакцине\nчеснок лечит", "чеснок лечит"},
		{"chat export", "[12.03.2021, 14:05] Айгуль: чеснок лечит", "чеснок лечит"},
		{"a word like a header", "From what I know: garlic cures", "from what i know garlic cures"},
		{"Kazakh", "Сарымсақ  ЕМДЕЙДІ", "сарымсақ емдейді"},
		{"none", "!!! 😷", ""},
		{"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := lang.Normalize(test.text)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if again := lang.Normalize(got); again != got {
				t.Errorf("normalized again: %q", again)
			}
		})
	}
}

func TestWords(t *testing.T) {
	text := "Ёж\u200b, gar\u00adlic’s — и\u0306од-5G!"
	want := []lang.Word{{"еж", 0, 2}, {"garlic", 5, 14}, {"йод", 17, 21}, {"5g", 22, 24}}
	if diff := cmp.Diff(want, lang.Words(text)); diff != "" {
		t.Error(diff)
	}
}

func TestContent(t *testing.T) {
	tests := []struct {
		text, language string
		want           []string
	}{
		{"Is it true that the garlic water cures you?", "en", []string{"garlic", "water", "cures"}},
		{"Правда ли, что чеснок лечит и вас?", "ru", []string{"чеснок", "лечит"}},
		{"Сарымсақ вирусты емдейді деген рас па", "kk", []string{"сарымсақ", "вирусты", "емдейді"}},
		{"FW: see https://t.me/x garlic", "en", []string{"see", "garlic"}},
		{"the der garlic", "de", []string{"the", "der", "garlic"}},
		{"the of and", "en", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, lang.Content(test.text, test.language)); diff != "" {
			t.Errorf("%s: %s", test.text, diff)
		}
	}
}

func TestNegated(t *testing.T) {
	tests := []struct {
		text, language string
		want           bool
	}{
		{"Masks do not protect", "en", true}, {"Masks don’t protect", "en", true}, {"Masks protect", "en", false}, {"an important agent", "en", false},
		{"Маски не защищают", "ru", true}, {"Маски защищают", "ru", false}, {"снег и лето", "ru", false},
		{"Бетперде қорғамайды", "kk", true}, {"Бетперде қорғайды", "kk", false}, {"бұл рас емес", "kk", true}, {"екпе алмаған адам", "kk", true}, {"екпе алған адам", "kk", false},
	}
	for _, test := range tests {
		if got := lang.Negated(test.text, test.language); got != test.want {
			t.Errorf("Negated(%q) = %v", test.text, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	if diff := cmp.Diff([]string{"20", "21", "65"}, lang.Numbers("20 и 21 июня, 65+, COVID19, 5G")); diff != "" {
		t.Error(diff)
	}
}
