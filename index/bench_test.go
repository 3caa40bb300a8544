package index_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	"dalel/index"
)

// benchPassages cut the shared questions and answers into passages of about 40 words, and repeat them with the words of others
// mixed in to n.
func benchPassages(b *testing.B, n int) (passages, questions []string) {
	b.Helper()
	var pool []string
	for _, r := range rows(b, "guidance-faq/corpus.jsonl") {
		questions = append(questions, r.Title)
		words := strings.Fields(r.Text)
		for len(words) > 0 {
			cut := min(40, len(words))
			pool = append(pool, strings.Join(words[:cut], " "))
			words = words[cut:]
		}
	}
	for i := 0; len(passages) < n; i++ {
		p := pool[i%len(pool)]
		if round := i / len(pool); round > 0 {
			other := pool[(i*7+round*13)%len(pool)]
			p = p[:len(p)/2] + " " + other[len(other)/2:]
		}
		passages = append(passages, strings.ToValidUTF8(p, ""))
	}
	return passages, questions
}

const benchSize = 20_000

func BenchmarkSearch(b *testing.B) {
	passages, questions := benchPassages(b, benchSize)
	x := memory(b)
	var docs []index.Document
	for i := 0; i < len(passages); i += 10 {
		docs = append(docs, page(fmt.Sprint("d", i), "en", "", passages[i:min(i+10, len(passages))]...))
	}
	for i := 0; i < len(docs); i += 200 {
		put(b, x, docs[i:min(i+200, len(docs))]...)
	}
	plain := plainBleve(b, passages)
	long := strings.Join(questions[:30], " ")
	for _, query := range []struct {
		name string
		text func(i int) string
	}{
		{"question", func(i int) string { return questions[i%len(questions)] }},
		{"300 words", func(int) string { return strings.Join(strings.Fields(long)[:300], " ") }},
	} {
		b.Run(query.name+"/dalel", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				search(b, x, index.Query{Text: query.text(i), Lang: "en"})
			}
		})
		b.Run(query.name+"/bleve", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				q := bleve.NewMatchQuery(query.text(i))
				q.SetField("text")
				if _, err := plain.Search(bleve.NewSearchRequest(q)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// plainBleve is an index as bleve makes it, with its English analysis.
func plainBleve(b *testing.B, passages []string) bleve.Index {
	b.Helper()
	m := bleve.NewIndexMapping()
	text := mapping.NewTextFieldMapping()
	text.Analyzer, text.Store, text.IncludeTermVectors, text.IncludeInAll = "en", false, false, false
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	m.DefaultMapping.AddFieldMappingsAt("text", text)
	x, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	for i := 0; i < len(passages); i += 2_000 {
		batch := x.NewBatch()
		for j := i; j < min(i+2_000, len(passages)); j++ {
			if err := batch.Index(fmt.Sprint(j), map[string]any{"text": passages[j]}); err != nil {
				b.Fatal(err)
			}
		}
		if err := x.Batch(batch); err != nil {
			b.Fatal(err)
		}
	}
	return x
}

func BenchmarkApply(b *testing.B) {
	x := open(b, b.TempDir()+"/index")
	d := guidance()[0]
	for i := 0; b.Loop(); i++ {
		d.ID = fmt.Sprint("d", i%100)
		put(b, x, d)
	}
}
