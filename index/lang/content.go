package lang

import (
	_ "embed"
	"strings"
	"sync"
)

// Words that carry no meaning of their own, a list a language.
var (
	//go:embed stop/en.txt
	stopEnglish string
	//go:embed stop/ru.txt
	stopRussian string
	//go:embed stop/kk.txt
	stopKazakh string
)

var stopWords = sync.OnceValue(func() map[string]map[string]bool {
	sets := map[string]map[string]bool{}
	for language, list := range map[string]string{English: stopEnglish, Russian: stopRussian, Kazakh: stopKazakh} {
		sets[language] = map[string]bool{}
		for w := range strings.FieldsSeq(list) {
			sets[language][w] = true
		}
	}
	return sets
})

// IsStop reports whether a word, in the form of Word.Text, carries no meaning of its own in a language.
func IsStop(word, language string) bool { return stopWords()[language][word] }

// Content gives the words of a text that carry its meaning, in the form of Word.Text: links, headers of forwarded messages and stop
// words are left out, the order and repetitions stay. In a language other than en, ru and kk every word counts.
func Content(text, language string) []string {
	stop := stopWords()[language]
	var room [usual]byte
	joined, count := room[:0], 0
	for s := newScanner(Body(text)); s.scan(); {
		if !stop[string(s.word)] {
			joined = append(append(joined, s.word...), ' ')
			count++
		}
	}
	if count == 0 {
		return nil
	}
	content := make([]string, count)
	rest := string(joined)
	for i := range content {
		content[i], rest, _ = strings.Cut(rest, " ")
	}
	return content
}
