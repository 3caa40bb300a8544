package index

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/document"
	store "github.com/blevesearch/bleve_index_api"

	"dalel/index/lang"
)

// How documents lie in bleve. A document is one record, one unit for each passage and one for each wording it is heard in:
//
//	<id> NUL d          the record: the document without its passages, stored; its group, indexed
//	<id> NUL p 000007   a passage: itself, stored; its terms, its headings' terms, its kind and source, indexed
//	<id> NUL h 000003   a wording: its terms, its document's kind and source, indexed
//
// All that is looked up again stands in stored fields. Bleve's internal values hold the marks and the few sums below only, as
// it copies all of them with each batch.
const (
	// schema names this lay-out and the analysis. Another one in an index makes Open set it aside: raise it with every change
	// of either.
	schema = "1"

	fieldText   = "text."  // terms of a passage or wording, by language
	fieldTitle  = "title." // terms of a passage's headings and its document's title, by language
	fieldKind   = "kind"
	fieldSource = "source"
	fieldGroup  = "group" // of records: kind NUL source
	fieldStored = "stored"

	unitRecord  = 'd'
	unitPassage = 'p'
	unitHeard   = 'h'

	internalSchema = "dalel schema"
	internalSums   = "dalel sums"
	internalMark   = "dalel mark "
)

// unit names one of the things that a document is in bleve.
type unit struct {
	id      string // of the document
	sort    byte   // unitRecord, unitPassage or unitHeard
	ordinal int
}

func (u unit) key() string {
	if u.sort == unitRecord {
		return u.id + "\x00" + string(u.sort)
	}
	return fmt.Sprintf("%s\x00%c%06d", u.id, u.sort, u.ordinal)
}

func parseUnit(key string) (unit, error) {
	id, rest, ok := strings.Cut(key, "\x00")
	if !ok || rest == "" {
		return unit{}, fmt.Errorf("index: unit %q: %w", key, ErrDamaged)
	}
	u := unit{id: id, sort: rest[0]}
	if len(rest) > 1 {
		n, err := strconv.Atoi(rest[1:])
		if err != nil {
			return unit{}, fmt.Errorf("index: unit %q: %w", key, ErrDamaged)
		}
		u.ordinal = n
	}
	return u, nil
}

// record is what is stored of a document apart from its passages.
type record struct {
	Document
	Passages  int      `json:"n"`
	HeardLang []string `json:"heardLang,omitempty"` // of each wording
	Sums      sums     `json:"sums"`                // what the document adds to the index's
}

// sums are what the average lengths are made of, by language.
type sums map[string]sum

type sum struct {
	Units  int `json:"u"` // passages and wordings
	Terms  int `json:"t"` // in them
	Titles int `json:"h"` // passages
	Title  int `json:"w"` // terms in their headings
}

func (s sums) add(o sums, sign int) {
	for l, b := range o {
		a := s[l]
		a.Units += sign * b.Units
		a.Terms += sign * b.Terms
		a.Titles += sign * b.Titles
		a.Title += sign * b.Title
		s[l] = a
	}
}

// entries gives what a document is in bleve, and its record.
func entries(d Document) ([]*document.Document, record, error) {
	r := record{Document: d, Passages: len(d.Passages), Sums: sums{}}
	r.Document.Passages = nil
	var out []*document.Document
	for i, p := range d.Passages {
		e := document.NewDocument(unit{d.ID, unitPassage, i}.key())
		text := terms(p.Text, d.Lang)
		title := terms(heading(d, p), d.Lang)
		e.AddField(textField(fieldText+d.Lang, text))
		e.AddField(textField(fieldTitle+d.Lang, title))
		addKeywords(e, d)
		if err := addStored(e, p); err != nil {
			return nil, record{}, err
		}
		r.Sums.add(sums{d.Lang: {Units: 1, Terms: len(text), Titles: 1, Title: len(title)}}, 1)
		out = append(out, e)
	}
	for i, h := range d.Heard {
		l := heardLang(h, d.Lang)
		e := document.NewDocument(unit{d.ID, unitHeard, i}.key())
		text := terms(h, l)
		e.AddField(textField(fieldText+l, text))
		addKeywords(e, d)
		r.HeardLang = append(r.HeardLang, l)
		r.Sums.add(sums{l: {Units: 1, Terms: len(text)}}, 1)
		out = append(out, e)
	}
	e := document.NewDocument(unit{id: d.ID, sort: unitRecord}.key())
	e.AddField(keywordField(fieldGroup, group{d.Kind, d.Source}.term()))
	if err := addStored(e, r); err != nil {
		return nil, record{}, err
	}
	return append(out, e), r, nil
}

// heading is what stands over a passage: its document's title, which says what it is about, and its own headings.
func heading(d Document, p Passage) string {
	return d.Title + "\n" + strings.Join(p.Heading, "\n")
}

// heardLang is the language of a wording: people ask in another language than the page is in.
func heardLang(text, documentLang string) string {
	if l, sure := lang.Identify(text); l != "" && sure >= sureEnough {
		return l
	}
	return documentLang
}

func textField(name string, tokens []token) document.Field {
	return document.NewTextFieldCustom(name, nil, nil, store.IndexField, stream(tokens))
}

func keywordField(name, value string) document.Field {
	return document.NewTextFieldCustom(name, nil, []byte(value), store.IndexField|store.SkipFreqNorm, nil)
}

func addKeywords(e *document.Document, d Document) {
	e.AddField(keywordField(fieldKind, string(d.Kind)))
	if d.Source != "" {
		e.AddField(keywordField(fieldSource, d.Source))
	}
}

func addStored(e *document.Document, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("index: store a part of document: %w", err)
	}
	e.AddField(document.NewTextFieldCustom(fieldStored, nil, text, store.StoreField, nil))
	return nil
}

// group is the documents of one kind and source.
type group struct {
	kind   Kind
	source string
}

func (g group) term() string { return string(g.kind) + "\x00" + g.source }
