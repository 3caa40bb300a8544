package index

import (
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"

	"dalel/index/lang"
)

// token is one word of a text as it is indexed and matched.
type token struct {
	term string // the stem
	lang.Word
}

// terms are the words of a text that carry meaning in a language, by their stems. Indexing, searching, confidence and
// highlights all go by it, so that what matched is what is shown to have matched.
func terms(text, language string) []token {
	words := lang.Words(text)
	tokens := make([]token, 0, len(words))
	for _, w := range words {
		if len(w.Text) > maxTermBytes || lang.IsStop(w.Text, language) {
			continue
		}
		t := token{stem(w.Text, language), w}
		if diseaseNames[t.term] {
			t.term = disease
		}
		if yearOfDisease[t.term] && len(tokens) > 0 && tokens[len(tokens)-1].term == disease {
			continue
		}
		tokens = append(tokens, t)
	}
	return tokens
}

// disease stands for all names of the one disease that everything here is about: people say "corona" where a page says "COVID-19", and a rumour in
// other words differs in nothing else as often.
const disease = "covid"

// diseaseNames are its names by their stems, in the three languages.
var diseaseNames = map[string]bool{
	"covid": true, "covid19": true, "coronavirus": true, "corona": true, "sars-cov-2": true, "ncov": true, "2019-ncov": true,
	"ковид": true, "ковид19": true, "коронавирус": true, "коронавирусн": true, "корон": true, "корона": true, "кви": true, "коронавирустық": true,
	"коронавирустык": true, "тәж": true,
}

// yearOfDisease is what follows in "COVID-19" and says nothing by itself.
var yearOfDisease = map[string]bool{"19": true, "2019": true}

// maxTermBytes is the longest word that is indexed: nobody looks for longer ones, and a hostile page is full of them.
const maxTermBytes = 120

func stem(word, language string) string {
	var filter analysis.TokenFilter
	switch language {
	case lang.Kazakh:
		// Half of Kazakh chat is typed without Kazakh letters; telling them apart gains nothing measurable in ranking.
		return lang.PlainKazakh(lang.StemKazakh(word))
	case lang.English:
		filter = en.NewEnglishStemmerFilter()
	case lang.Russian:
		filter = ru.NewRussianStemmerFilter()
	default:
		return word
	}
	return string(filter.Filter(analysis.TokenStream{{Term: []byte(word)}})[0].Term)
}

// stream gives bleve tokens that are made already.
type stream []token

// Analyze gives the stream's tokens, whatever the text.
func (s stream) Analyze([]byte) analysis.TokenStream {
	out := make(analysis.TokenStream, len(s))
	for i, t := range s {
		out[i] = &analysis.Token{Term: []byte(t.term), Start: t.Start, End: t.End, Position: i + 1, Type: analysis.AlphaNumeric}
	}
	return out
}
