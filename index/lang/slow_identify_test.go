package lang_test

import (
	_ "embed"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"dalel/index/lang"
)

// What lang.Identify is held to, letter for letter as simple as it can be written. The figures are those of identify.go.

var (
	//go:embed seed/kk.txt
	seedKazakh string
	//go:embed seed/ru.txt
	seedRussian string
	//go:embed seed/en.txt
	seedEnglish string
)

const (
	maxIdentified = 2_000 // letters that Identify looks at
	gramLength    = 4     // longest run of letters that is counted
	gramBackoff   = 5.0   // how many sightings a shorter run is worth when a longer one is estimated
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

// slowIdentify is lang.Identify with words kept as strings and runs of letters looked up as strings.
func slowIdentify(text string) (language string, sure float64) {
	words, count := identifiable(text)
	total := count.cyrillic + count.latin + count.other
	if count.cyrillic+count.latin == 0 || float64(count.other) > foreignShare*float64(total) {
		return "", 0
	}
	m := slowModels()
	if float64(count.cyrillic) < cyrillicShare*float64(count.cyrillic+count.latin) {
		odds := 0.0
		for _, w := range words {
			if !w.cyrillic {
				odds += m.english.likelihood(w.text) - anyLetter*float64(utf8.RuneCountInString(w.text)+1)
			}
		}
		return lang.English, certainty(odds)
	}
	odds := 0.0
	for _, w := range words {
		if w.cyrillic {
			odds += m.odds(w.text)
		}
	}
	if odds > 0 {
		return lang.Kazakh, certainty(odds)
	}
	return lang.Russian, certainty(-odds)
}

// certainty is the probability that goes with log odds, for odds in favour.
func certainty(odds float64) float64 {
	return max(leastSure, min(mostSure, 1/(1+math.Exp(-dependence*odds))))
}

type identifiableWord struct {
	text     string
	cyrillic bool
}

type letterCount struct{ cyrillic, latin, other int }

// identifiable are the words of a text in lower case, each in one script, and how many letters each script has.
func identifiable(text string) (words []identifiableWord, count letterCount) {
	var b strings.Builder
	cyrillic := false
	end := func() {
		if b.Len() > 0 {
			words = append(words, identifiableWord{b.String(), cyrillic})
			b.Reset()
		}
	}
	for _, r := range text {
		if count.cyrillic+count.latin+count.other >= maxIdentified {
			break
		}
		switch {
		case unicode.Is(unicode.Cyrillic, r):
			if !cyrillic {
				end()
			}
			cyrillic = true
			count.cyrillic++
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Latin, r):
			if cyrillic {
				end()
			}
			cyrillic = false
			count.latin++
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsLetter(r):
			end()
			count.other++
		case unicode.IsMark(r):
		default:
			end()
		}
	}
	end()
	return words, count
}

// model is the frequency of runs of letters in one language.
type model struct {
	grams map[string]float64
	size  float64 // letters counted
}

func newModel(text string) *model {
	m := &model{grams: map[string]float64{}}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		r := bounded(w)
		m.size += float64(len(r) - 1)
		for i := range r {
			for n := 1; n <= gramLength && i+n <= len(r); n++ {
				m.grams[string(r[i:i+n])]++
			}
		}
	}
	return m
}

// bounded is a word with its bounds, which are letters of their own: endings tell most.
func bounded(word string) []rune { return []rune(" " + word + " ") }

// likelihood is the logarithm of a word's probability, each letter given the ones before it. Runs not seen are
// estimated from shorter ones.
func (m *model) likelihood(word string) float64 {
	r := bounded(word)
	sum := 0.0
	for i := 1; i < len(r); i++ {
		p := 1.0 / 80 // a letter never seen
		p = (m.grams[string(r[i])] + gramBackoff*p) / (m.size + gramBackoff)
		for n := 1; n < gramLength && n <= i; n++ {
			p = (m.grams[string(r[i-n:i+1])] + gramBackoff*p) / (m.grams[string(r[i-n:i])] + gramBackoff)
		}
		sum += math.Log(p)
	}
	return sum
}

type modelSet struct {
	kazakh, plainKazakh, russian, english *model
}

// slowModels are made when they are first needed: a few milliseconds.
var slowModels = sync.OnceValue(func() modelSet {
	return modelSet{
		kazakh:      newModel(seedKazakh),
		plainKazakh: newModel(lang.PlainKazakh(strings.ToLower(seedKazakh))),
		russian:     newModel(strings.ReplaceAll(strings.ToLower(seedRussian), "ё", "е")),
		english:     newModel(seedEnglish),
	}
})

// odds are the logarithm of how much more likely a Cyrillic word is Kazakh than Russian.
func (m modelSet) odds(word string) float64 {
	word = strings.ReplaceAll(word, "ё", "е")
	odds := max(m.kazakh.likelihood(word), m.plainKazakh.likelihood(word)+plainOdds) - m.russian.likelihood(word)
	switch {
	case strings.ContainsAny(word, "әғқңөұүһ"):
		odds += ownOdds
	case strings.ContainsAny(word, "їєґ"):
	case strings.Contains(word, "і"):
		odds += sharedOdds
	}
	return max(odds, loanOdds)
}
