package lang_test

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"dalel/index/lang"
)

// lines reads a file of the shared data, or skips the test where there is none.
func lines(t testing.TB, path string) []string {
	t.Helper()
	file, err := os.Open("../../../shared/data/" + path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the shared data is not there: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out []string
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		out = append(out, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestIdentify(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Garlic cures the coronavirus", "en"},
		{"Чеснок лечит коронавирус", "ru"},
		{"Сарымсақ коронавирусты емдейді", "kk"},
		{"вакса алма, бедеу боласын", "kk"}, // typed without Kazakh letters
		{"Екпе салдырсан олесин деп айтып жатыр", "kk"},
		{"Вакцина QazVac вызывает бесплодие", "ru"},
		{"QazVac екпесінен кейін бедеулік болады", "kk"},
		{"Сообщение в WhatsApp о том, что вакцина Pfizer опасна", "ru"},
		{"Ёлки-палки, ещё один локдаун", "ru"},
		{"МАСКА ВРЕДНА ДЕТЯМ", "ru"},
		{"БЕТПЕРДЕ БАЛАЛАРҒА ЗИЯН", "kk"},
		{"", ""}, {"12345 !!! 😷", ""}, {"大蒜可以治病", ""}, {"الثوم يعالج", ""}, {"\xff\xfe", ""},
	}
	for _, test := range tests {
		got, sure := lang.Identify(test.text)
		if got != test.want || sure < 0 || sure > 1 || (got == "") != (sure == 0) {
			t.Errorf("Identify(%q) = %q, %.2f, want %q", test.text, got, sure, test.want)
		}
	}
}

// What a text may be either way must not be called certain: the index then looks in both languages.
func TestIdentifyIsUnsureOfWhatIsInBothLanguages(t *testing.T) {
	for _, text := range []string{"маска", "карантин", "тест"} {
		if l, sure := lang.Identify(text); sure > 0.9 {
			t.Errorf("Identify(%q) = %q, %.2f", text, l, sure)
		}
	}
}

func TestIdentifyOnWordsAndSentences(t *testing.T) {
	asIs := func(s string) string { return s }
	typed := func(s string) string { return lang.PlainKazakh(strings.ToLower(s)) }
	tests := []struct {
		file  string
		as    func(string) string
		floor float64 // a little under what was reached
	}{
		{"word-pairs-kk.txt", asIs, 0.98},  // 0.987
		{"word-pairs-ru.txt", asIs, 0.985}, // 0.992
		{"word-pairs-en.txt", asIs, 0.999},
		{"word-pairs-kk.txt", typed, 0.945}, // 0.953
		{"sentences-kk.txt", asIs, 0.998},
		{"sentences-ru.txt", asIs, 0.995}, // 0.997
		{"sentences-en.txt", asIs, 0.999},
		{"sentences-kk.txt", typed, 0.99},
		{"single-words-kk.txt", asIs, 0.91}, // 0.921
		{"single-words-ru.txt", asIs, 0.92}, // 0.932
	}
	for _, test := range tests {
		want := strings.TrimSuffix(test.file[len(test.file)-6:], ".txt")
		right, sure, sureAndRight := 0, 0, 0
		all := lines(t, "language-id/"+test.file)
		for _, line := range all {
			got, certainty := lang.Identify(test.as(line))
			if got == want {
				right++
			}
			if certainty >= 0.95 {
				sure++
				if got == want {
					sureAndRight++
				}
			}
		}
		share := float64(right) / float64(len(all))
		t.Logf("%s: %.3f right, %d certain, of them %d right", test.file, share, sure, sureAndRight)
		if share < test.floor {
			t.Errorf("%s: %.3f right, below %.3f", test.file, share, test.floor)
		}
	}
}
