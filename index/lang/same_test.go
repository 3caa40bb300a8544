package lang_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"dalel/index/lang"
)

// checkSame holds what is written for speed to what is written to be read.
func checkSame(t *testing.T, text string) {
	t.Helper()
	wantLanguage, wantSure := slowIdentify(text)
	if language, sure := lang.Identify(text); language != wantLanguage || sure != wantSure {
		t.Errorf("Identify(%q) = %q, %v, want %q, %v", text, language, sure, wantLanguage, wantSure)
	}
	if got, want := lang.Body(text), slowBody(text); got != want {
		t.Errorf("Body(%q) = %q, want %q", text, got, want)
	}
	if got, want := lang.Normalize(text), slowNormalize(text); got != want {
		t.Errorf("Normalize(%q) = %q, want %q", text, got, want)
	}
	if got, want := lang.Words(text), slowWords(text); !slices.Equal(got, want) {
		t.Errorf("Words(%q): %s", text, cmp.Diff(want, got))
	}
	for _, language := range []string{lang.Kazakh, lang.Russian, lang.English, "de"} {
		if got, want := lang.Content(text, language), slowContent(text, language); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("Content(%q, %q): %s", text, language, cmp.Diff(want, got))
		}
	}
}

// characters are those that texts here are mostly made of and those that Unicode holds to be forms of them, and one in many others.
func characters(yield func(string) bool) {
	for _, block := range []struct{ first, last, step rune }{
		{0, 0x5FF, 1}, {0x1C80, 0x1C8F, 1}, {0x1E00, 0x1FFF, 7}, {0x2000, 0x206F, 1}, {0x2120, 0x212F, 1}, {0x3000, utf8.MaxRune, 499},
	} {
		for r := block.first; r <= block.last; r += block.step {
			if !yield(string(r)) {
				return
			}
		}
	}
}

// Each character stands within a word, before one, behind one, alone and in a row.
func TestSameWithEachCharacter(t *testing.T) {
	for c := range characters {
		checkSame(t, "мa"+c+"аb "+c+"не not"+c+"s "+c+" x"+c+c+c+"'s")
	}
}

// Whatever character a header of a forwarded message or a link has in place of its own.
func TestSameAtTheEdgesOfHeadersAndLinks(t *testing.T) {
	for c := range characters {
		for _, text := range []string{
			c + "ubject: a\nb", c + "\nFw: a", "\n" + c + "от: a\nb", c + "1.02.21, 1:02 a: b", c + "ема: x\ny",
			"a.b" + c + "/x", "a.k" + c + "z/x", "w" + c + "w.a", "a" + c + "kz/x", "a http" + c + "//b", c + "www.a",
		} {
			if got, want := lang.Body(text), slowBody(text); got != want {
				t.Errorf("Body(%q) = %q, want %q", text, got, want)
			}
		}
	}
}

// Headers in each of their words, written small and large, alone and one behind the other.
func TestSameOnHeaders(t *testing.T) {
	for _, word := range []string{
		"fw", "fwd", "re", "from", "sent", "to", "subject", "date", "от", "кому", "тема", "дата", "кімнен", "кімге", "тақырып", "1/2/21, 1:02", "[12.03.2021 14:05:06]", "-",
		"---forwarded message", "forwarded from", "переслано", "пересылаемое сообщение", "қайта жіберілген", "--- жіберілген хабарлама",
	} {
		for _, text := range []string{word + ": a\nb", "\n \u00a0\n\t" + word + " : a\nb", "\u00a0" + word + ": a\nb", word + "\nb", word + " b", word + ": a\nRe: " + word + ": b\nc"} {
			for _, text := range []string{text, strings.ToUpper(text), strings.ToTitle(text)} {
				if got, want := lang.Body(text), slowBody(text); got != want {
					t.Errorf("Body(%q) = %q, want %q", text, got, want)
				}
			}
		}
	}
}

// pieces are what texts are put together from by chance.
var pieces = []string{
	"вакцина", "ВАКЦИНА", "екпе", "алмаған", "балаларға", "және", "не", "Ещё", "ёлка", "е\u0308ж", "и\u0306од", "й", "covid", "QazVac", "Garlic", "don't", "don’t", "vaccine's",
	"ss's", "'s", "o''clock", "rock'n'roll", "ʼ", "ΣΑΣ", "İstanbul", "ſ", "\u212a", "ﬁ", "ǅ", "ß", "ї", "ґ", "і", "һ", "大蒜", "الثوم", "हिन्दी", "각", "각",
	"ооооо", "aaa", "1000", "٣٣٣", "😷", "👍🏽", "\ufe0f", "\u200b", "\u00ad", "\u0301", "\u0301\u0301", "\x00", "\xff", "\xd0", "\x85",
	"https://t.me/x", "HTTPS://", "www.a.kz", "WWW.", "kaz.kz/a", "a.b.kz/", "a.kſ/", "a.\u212az/x", "24/7", "и/или", "т.е./", "http", "://", "w", "/", ":",
	"FW: ", "Re:", "forwarded message", "Forwarded from", "Переслано", "от", "From:", "Subject: ", "Тема", "кімнен:", "[12.03.2021, 14:05] А: ", "1/2/21, 1:02 am - b: ", "---", "-",
	" ", " ", " ", " ", " ", "\n", "\n", "\t", "\v", "\r\n", "\u00a0", "\u2028", ".", ",", "!", "?",
}

func TestSameOnTextsByChance(t *testing.T) {
	chance := rand.New(rand.NewPCG(7, 11))
	for range 2_000 {
		var b strings.Builder
		for range chance.IntN(16) {
			b.WriteString(pieces[chance.IntN(len(pieces))])
			if chance.IntN(2) == 0 {
				b.WriteByte(' ')
			}
		}
		checkSame(t, b.String())
	}
}

func TestSameOnSharedTexts(t *testing.T) {
	const atMost = 60 // texts of a file, from all over it
	for _, path := range []string{
		"language-id/sentences-*.txt", "language-id/single-words-*.txt", "language-id/word-pairs-*.txt", "claim-matching-en/queries.jsonl", "claim-matching-en/corpus.jsonl",
		"covid-glossary/glossary.tsv", "guidance-faq/*.jsonl", "kazakh-lemmas/form_lemma.tsv", "kazakh-retrieval/corpus.jsonl", "kazakh-retrieval/queries.jsonl",
		"rumours-dev/rumours.jsonl", "trusted-pages/pages.jsonl",
	} {
		t.Run(path, func(t *testing.T) {
			files, err := filepath.Glob("../../../shared/data/" + path)
			if err != nil {
				t.Fatal(err)
			}
			if len(files) == 0 {
				t.Skip("the shared data is not there")
			}
			for _, file := range files {
				texts := lines(t, strings.TrimPrefix(filepath.ToSlash(file), "../../../shared/data/"))
				for i := 0; i < len(texts); i += max(1, len(texts)/atMost) {
					checkSame(t, texts[i][:min(len(texts[i]), 2_000)]) // a character that is cut is as good as any
				}
			}
		})
	}
}

func TestSameOnLongTexts(t *testing.T) {
	for _, a := range asked {
		checkSame(t, strings.Repeat(a.text+" ", 30))
		checkSame(t, strings.ReplaceAll(a.text, " ", ""))
	}
	checkSame(t, strings.Repeat("\u0301a", 600))
}

func FuzzSame(f *testing.F) {
	for _, s := range append(seeds, pieces...) {
		f.Add(s)
	}
	f.Fuzz(checkSame)
}
