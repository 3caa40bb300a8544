package lang

import (
	"math"
	"strings"
	"unicode"
)

const (
	maxIdentified = 2_000 // letters that Identify looks at
	cyrillicShare = 0.3   // of the letters, from which a text is not English
	foreignShare  = 0.5   // of the letters in other scripts, from which a text is in none of the three
	anyLetter     = -2.8  // logarithm of a letter's probability in Latin script when nothing is known of the language
	plainOdds     = -1.0  // that Kazakh is written without its letters
	ownOdds       = 8.0   // of a word with letters that only Kazakh has
	sharedOdds    = 4.0   // of a word with the letter that Kazakh shares with Ukrainian
	loanOdds      = -9.0  // the least odds of a word: Kazakh texts are full of Russian words
	dependence    = 0.4   // what an odd is worth, as runs of letters hang together
	leastSure     = 0.01  // above 0, which means that there is nothing to be sure of
	mostSure      = 0.99  // short of 1: letters prove nothing
)

// Identify names the language of a text, kk, ru or en, and how sure that is, from 0 to 1. A text without words, or mostly in a
// script that the three do not use here, gives "" and 0. Names and terms in Latin letters within a Cyrillic text do not make
// it English. Kazakh is recognised when it is typed without its own letters (г for ғ, к for қ), a few words provided.
// Other languages in the same scripts are taken for one of the three: those in Latin script for English with little certainty,
// Ukrainian for Russian, often with much.
func Identify(text string) (language string, sure float64) {
	e := evidence{models: theModels()}
	for _, r := range text {
		if e.cyrillic+e.latin+e.other >= maxIdentified {
			break
		}
		e.read(r)
	}
	e.end()
	total := e.cyrillic + e.latin + e.other
	switch {
	case e.cyrillic+e.latin == 0 || float64(e.other) > foreignShare*float64(total):
		return "", 0
	case float64(e.cyrillic) < cyrillicShare*float64(e.cyrillic+e.latin):
		return English, certainty(e.english)
	case e.kazakh > 0:
		return Kazakh, certainty(e.kazakh)
	default:
		return Russian, certainty(-e.kazakh)
	}
}

// certainty is the probability that goes with log odds, for odds in favour.
func certainty(odds float64) float64 {
	return max(leastSure, min(mostSure, 1/(1+math.Exp(-dependence*odds))))
}

// evidence is what the letters of a text say of its language. It is read in one pass, so that nothing is kept of the text.
type evidence struct {
	*models
	cyrillic, latin, other int     // letters in each script
	kazakh                 float64 // the odds of the Cyrillic words for Kazakh, against Russian
	english                float64 // the odds of the Latin words for English, against any other language

	script script  // of the word that is being read, 0 between words
	word   reading // the word
	marks  marks   // what it has
}

// read takes the next character of a text.
func (e *evidence) read(r rune) {
	l := e.letter(r)
	switch l.script {
	case isCyrillic:
		e.cyrillic++
		e.begin(isCyrillic)
		e.marks |= l.marks
		e.models.read(&e.word, l.code, inKazakh, inRussian+1)
	case isLatin:
		e.latin++
		e.begin(isLatin)
		e.models.read(&e.word, l.code, inEnglish, inEnglish+1)
	case isOther:
		e.other++
		e.end()
	case isBetween:
		e.end()
	case isMark:
	}
}

// begin sees to it that there is a word in a script to which a letter can be added.
func (e *evidence) begin(s script) {
	if e.script == s {
		return
	}
	e.end()
	e.script, e.word, e.marks = s, e.start(), 0
}

// end adds the odds of the word that was read, if there was one.
func (e *evidence) end() {
	switch e.script {
	case isCyrillic:
		e.models.read(&e.word, codeBound, inKazakh, inRussian+1)
		e.kazakh += cyrillicOdds(&e.word, e.marks)
	case isLatin:
		letters := e.word.length // with one of the bounds
		e.models.read(&e.word, codeBound, inEnglish, inEnglish+1)
		e.english += e.word.sums[inEnglish] - anyLetter*float64(letters)
	}
	e.script = 0
}

// cyrillicOdds are the logarithm of how much more likely a Cyrillic word is Kazakh than Russian.
func cyrillicOdds(w *reading, m marks) float64 {
	odds := max(w.sums[inKazakh], w.sums[inPlainKazakh]+plainOdds) - w.sums[inRussian]
	switch {
	case m&markOwn != 0:
		odds += ownOdds
	case m&markForeign != 0:
	case m&markShared != 0:
		odds += sharedOdds
	}
	return max(odds, loanOdds)
}

// script is what a character is to Identify.
type script uint8

const (
	isCyrillic script = iota + 1
	isLatin
	isOther   // a letter of another script
	isMark    // part of the letter before it
	isBetween // what parts words
)

// marks are the Cyrillic letters that tell a language by themselves.
type marks uint8

const (
	markOwn     marks = 1 << iota // әғқңөұүһ, which only Kazakh has
	markForeign                   // їєґ, which neither Kazakh nor Russian has
	markShared                    // і, which Kazakh shares with Ukrainian
)

// letter is what Identify knows of a character.
type letter struct {
	script script
	marks  marks
	code   uint8 // of its lower case, ё as е in Cyrillic
}

func (m *models) letter(r rune) letter {
	if r >= 0 && r < tabled {
		return m.letters[r]
	}
	return m.newLetter(r)
}

func (m *models) newLetter(r rune) letter {
	lower := unicode.ToLower(r)
	switch {
	case unicode.Is(unicode.Cyrillic, r):
		return newCyrillic(lower, m)
	case unicode.Is(unicode.Latin, r):
		return letter{script: isLatin, code: m.code(lower)}
	case unicode.IsLetter(r):
		return letter{script: isOther}
	case unicode.IsMark(r):
		return letter{script: isMark}
	default:
		return letter{script: isBetween}
	}
}

func newCyrillic(lower rune, m *models) letter {
	if lower == 'ё' {
		lower = 'е'
	}
	l := letter{script: isCyrillic, code: m.code(lower)}
	switch {
	case strings.ContainsRune("әғқңөұүһ", lower):
		l.marks = markOwn
	case strings.ContainsRune("їєґ", lower):
		l.marks = markForeign
	case lower == 'і':
		l.marks = markShared
	}
	return l
}

// PlainKazakh writes lower-case Kazakh as it is typed on a Russian keyboard: г for ғ, к for қ, и for і.
func PlainKazakh(text string) string { return plain.Replace(text) }

var plain = strings.NewReplacer("ә", "а", "ғ", "г", "қ", "к", "ң", "н", "ө", "о", "ұ", "у", "ү", "у", "һ", "х", "і", "и")
