package lang_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dalel/index/lang"
)

var seeds = []string{"", "Garlic cures covid", "Сарымсақ вирусты емдейді", "\xff\xfe\x00", "e\u0301\u0301 İ ǅ ß ﬁ Σς", "FW: re: \n from: x\n", "http://a.b/c www.", "aaa'''aaa'saaa",
	"и\u0306и\u0306и\u0306", "😷👍🏽🇰🇿", "ККККК", "[1.1.21, 1:11] a: [1.1.21, 1:11] b: c", "balалар", strings.Repeat("z", 2_000)}

func FuzzNormalize(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := lang.Normalize(text)
		if again := lang.Normalize(got); again != got {
			t.Errorf("%q normalized is %q, and again %q", text, got, again)
		}
		if !utf8.ValidString(got) || strings.Contains(got, "  ") || strings.TrimSpace(got) != got {
			t.Errorf("%q normalized is %q", text, got)
		}
		length := utf8.RuneCountInString(text)
		last := 0
		for _, w := range lang.Words(text) {
			if w.Text == "" || w.Start < last || w.End <= w.Start || w.End > length {
				t.Errorf("word %+v of %q", w, text)
			}
			last = w.End
		}
	})
}

func FuzzStemKazakh(f *testing.F) {
	for _, s := range append(seeds, "балаларымыздың", "лалалалалалала", strings.Repeat("ыл", 24), "қорғамайды") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		got := lang.StemKazakh(word)
		if (got == "") != (word == "") || utf8.RuneCountInString(got) > utf8.RuneCountInString(word) {
			t.Errorf("the stem of %q is %q", word, got)
		}
	})
}

func FuzzIdentify(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, sure := lang.Identify(text)
		switch l {
		case lang.English, lang.Russian, lang.Kazakh:
			if !(sure > 0 && sure <= 1) {
				t.Errorf("%q is %q with %v", text, l, sure)
			}
		case "":
			if sure != 0 {
				t.Errorf("%q is nothing with %v", text, sure)
			}
		default:
			t.Errorf("%q is %q", text, l)
		}
	})
}
