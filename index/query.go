package index

import (
	"context"
	"fmt"
	"slices"
	"unicode"

	"dalel/index/lang"
)

// Query asks for documents that bear on a text.
type Query struct {
	Text   string // of any length; a long text is cut to its most telling words
	Lang   string // en, ru or kk; empty lets the text decide
	Kinds  []Kind // empty for all
	Source string // Source.ID; empty for all
	Limit  int    // hits at most: 0 is DefaultLimit, more than MaxLimit is MaxLimit
	Offset int    // hits to leave out at the top, at most MaxOffset
}

// Limits of a query.
const (
	DefaultLimit = 10
	MaxLimit     = 100
	MaxOffset    = 1_000

	maxQueryBytes = 64 << 10 // of the text that is looked at
	maxQueryTerms = 40       // the rarest, of each language
	sureEnough    = 0.9      // of a text's language, to search in no other
)

// part is what a query asks in one language.
type part struct {
	lang  string
	terms []queryTerm // each once
	text  string      // what was asked
	share float64     // of the query's words that this language sees, 0 to 1
}

// queryTerm is a term of a query and what the index knows of it.
type queryTerm struct {
	term, word string
	units      int // that have it
	idf        float64
}

// parts cut a query into what it asks in each language that it may be in. Kazakh typed without its own letters looks like
// Russian and the other way round, so a Cyrillic text of uncertain language asks in both; the Latin words of a Cyrillic text
// ask in English as well.
func (q Query) parts() []part {
	text := lang.Body(head(q.Text, maxQueryBytes))
	languages := []string{q.Lang}
	if q.Lang == "" {
		l, sure := lang.Identify(text)
		if l == "" {
			l = lang.English
		}
		languages[0] = l
		if sure < sureEnough {
			switch l {
			case lang.Kazakh:
				languages = append(languages, lang.Russian)
			case lang.Russian:
				languages = append(languages, lang.Kazakh)
			}
		}
	}
	var parts []part
	for _, l := range languages {
		parts = append(parts, part{l, distinct(terms(text, l)), text, 1})
	}
	if languages[0] == lang.English {
		return parts
	}
	all := terms(text, languages[0])
	var latin []token
	for _, t := range terms(text, lang.English) {
		if isLatin(t.Text) {
			latin = append(latin, t)
		}
	}
	if len(latin) > 0 {
		parts = append(parts, part{lang.English, distinct(latin), text, float64(len(latin)) / float64(max(len(all), len(latin)))})
	}
	return parts
}

// distinct are the terms of a text, each once, in order.
func distinct(tokens []token) []queryTerm {
	seen := map[string]bool{}
	var out []queryTerm
	for _, t := range tokens {
		if !seen[t.term] {
			seen[t.term] = true
			out = append(out, queryTerm{term: t.term, word: t.Text})
		}
	}
	return out
}

func isLatin(word string) bool {
	for _, r := range word {
		if unicode.IsLetter(r) {
			return unicode.Is(unicode.Latin, r)
		}
	}
	return false
}

// head is the beginning of a text, cut between code points.
func head(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut]
}

// Hit is a document that bears on a query, with the passage to show.
type Hit struct {
	Document   Document // without its passages; Index.Document gives it whole
	Passage    Passage  // what to quote: the best passage, never a rumour that the page quotes if it has anything else
	Ordinal    int      // of Passage in the document, from 0
	Score      float64  // orders the hits of one query and means nothing beyond
	Confidence float64  // 0 to 1, see Band
	Band       Band     // of Confidence
	Why        []Term   // words of the query that matched, weightiest first
	Highlights []Span   // words of Passage.Text that matched, in order
}

// Term is a word of the query that matched.
type Term struct {
	Text   string  // as the query has it, in lower case
	Weight float64 // its share of the query's weight, 0 to 1
}

// Span is a range of Unicode code points of a text: Start inclusive, End exclusive.
type Span struct{ Start, End int }

// Search gives the documents that bear on a text, best first, each once with its best passage. A text without a word that the
// index knows has no hits. The same documents rank the same on disk and in memory and however they came in; documents of one
// score stand in the order of their IDs. An unknown language or kind and an offset or limit out of range give ErrQuery.
func (x *Index) Search(ctx context.Context, q Query) (hits []Hit, err error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	q.Limit = min(q.Limit, MaxLimit)
	err = x.read("search", func(s snapshot) error {
		hits, err = x.search(ctx, s, q)
		return err
	})
	return hits, err
}

func (q Query) check() error {
	if q.Lang != "" && !slices.Contains(Languages(), q.Lang) {
		return fmt.Errorf("language %q: %w", q.Lang, ErrQuery)
	}
	for _, k := range q.Kinds {
		if !slices.Contains(kinds(), k) {
			return fmt.Errorf("kind %q: %w", k, ErrQuery)
		}
	}
	if q.Limit < 0 || q.Offset < 0 || q.Offset > MaxOffset {
		return fmt.Errorf("limit %d, offset %d: %w", q.Limit, q.Offset, ErrQuery)
	}
	return nil
}

func kinds() []Kind { return []Kind{KindGuidance, KindSummary, KindReview, KindClaim} }
