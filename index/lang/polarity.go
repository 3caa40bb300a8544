package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Negated reports whether a text denies something: it has a word of negation, or, in Kazakh, a verb with the ending of
// negation. It says nothing of what is denied.
func Negated(text, language string) bool {
	for _, w := range Words(text) {
		if isNegation(w.Text, language) {
			return true
		}
	}
	return false
}

func isNegation(word, language string) bool {
	switch language {
	case English:
		return word == "not" || word == "no" || word == "never" || word == "cannot" || word == "nor" || word == "without" ||
			len(word) > 3 && strings.HasSuffix(word, "nt") && strings.Contains(" dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt hasnt havent cant ", " "+word+" ")
	case Russian:
		return word == "не" || word == "нет" || word == "нельзя" || word == "никогда" || word == "без" || word == "ни"
	case Kazakh:
		if word == "емес" || word == "жоқ" || word == "жок" {
			return true
		}
		for _, ending := range notKazakh {
			if stem, ok := strings.CutSuffix(word, ending); ok && utf8.RuneCountInString(stem) >= tinyStem {
				return true
			}
		}
	}
	return false
}

// notKazakh are endings of verbs with the negation in them.
var notKazakh = strings.Fields("майды мейді байды бейді пайды пейді маған меген баған беген паған пеген мады меді бады беді пады педі мас мес бас бес пас пес мей бей пей")

// Numbers are the numbers written in digits in a text, in order.
func Numbers(text string) []string {
	var numbers []string
	for _, w := range Words(text) {
		if strings.IndexFunc(w.Text, func(r rune) bool { return !unicode.IsDigit(r) }) < 0 {
			numbers = append(numbers, w.Text)
		}
	}
	return numbers
}
