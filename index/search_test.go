package index_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dalel/index"
)

// guidance is a small library in three languages.
func guidance() []index.Document {
	item := func(id, topic, language, title, text string, heard ...string) index.Document {
		d := page(id+":"+language, language, title, text)
		d.Kind, d.Topic, d.Heard = index.KindSummary, topic, heard
		return d
	}
	return []index.Document{
		item("garlic", "garlic", "en", "Garlic does not protect against COVID-19", "Garlic is a healthy food that may have some antimicrobial properties. There is no evidence that eating it has protected people from the new coronavirus.", "eat garlic every day and the virus will not touch you", "garlic water cures covid overnight"),
		item("garlic", "garlic", "ru", "Чеснок не защищает от COVID-19", "Чеснок полезен, но нет данных, что он защищает людей от нового коронавируса.", "ешьте чеснок каждый день и вирус не пристанет"),
		item("garlic", "garlic", "kk", "Сарымсақ COVID-19-дан қорғамайды", "Сарымсақ пайдалы тағам, бірақ оның коронавирустан қорғайтыны дәлелденбеген.", "күнде сарымсақ жесең вирус жұқпайды"),
		item("chip", "microchip", "en", "Vaccines contain no microchips", "No vaccine has a chip in it. The list of ingredients is public and a chip does not pass through the needle.", "they put a microchip into you with the vaccine"),
		item("chip", "microchip", "ru", "В вакцинах нет микрочипов", "Ни в одной вакцине нет чипов. Состав опубликован, а чип не пройдёт через иглу.", "под видом прививки всем ставят чипы"),
		item("chip", "microchip", "kk", "Вакцинада микрочип жоқ", "Ешбір вакцинада чип болмайды. Құрамы жарияланған, чип инеден өтпейді.", "екпемен бірге адамға чип салады"),
		item("distance", "distance", "en", "Keep a distance of 2 metres", "Stay at least 2 metres away from people who cough.", "10 metres are needed to be safe from the virus"),
		item("mask", "masks", "en", "Masks do not cut off oxygen", "Wearing a mask for long does not lead to a lack of oxygen. A damp mask should be changed.", "masks starve children of oxygen at school"),
		item("mask", "masks", "ru", "Маска не лишает кислорода", "Долгое ношение маски не вызывает нехватки кислорода. Влажную маску нужно сменить.", "дети в масках задыхаются на уроках"),
		item("weather", "weather", "en", "Hot weather does not stop the virus", "The virus spreads in countries with hot and with cold weather.", "the summer heat will kill the virus"),
	}
}

func TestRumourFindsItsGuidance(t *testing.T) {
	x := memory(t, guidance()...)
	tests := []struct{ text, want string }{
		{"Garlic water cures covid overnight!!!", "garlic:en"},
		{"FW: eat garlic every day, the virus will not touch you 🧄🧄", "garlic:en"},
		{"They are putting microchips into people with vaccines", "chip:en"},
		{"Masks starve our children of oxygen", "mask:en"},
		{"Ешьте чеснок каждый день, и вирус не пристанет", "garlic:ru"},
		{"под видом прививки людям ставят чип", "chip:ru"},
		{"Дети задыхаются в масках на уроке", "mask:ru"},
		{"Күнде сарымсақ жесең, вирус жұқпайды", "garlic:kk"},
		{"кунде сарымсак жесен вирус жукпайды", "garlic:kk"},
		{"екпемен адамға чип салып жатыр", "chip:kk"},
	}
	for _, test := range tests {
		hits := search(t, x, index.Query{Text: test.text})
		if len(hits) == 0 || hits[0].Document.ID != test.want {
			t.Errorf("%s: %v, want %s first", test.text, ids(hits), test.want)
			continue
		}
		if b := hits[0].Band; b != index.BandStrong && b != index.BandLikely {
			t.Errorf("%s: %s (%.2f), want likely or strong", test.text, b, hits[0].Confidence)
		}
	}
}

func TestUnrelatedTextIsNeverLikely(t *testing.T) {
	x := memory(t, guidance()...)
	for _, text := range []string{
		"my neighbour's goat won the chess tournament", "hello", "ok", "covid", "virus", "the virus", "Привет", "сәлем", "вирус", "коронавирус",
		"Peel two beets and a clove of garlic, cut the cabbage, boil the meat for an hour, add salt",
		"Очистите свеклу и чеснок, нарежьте капусту, варите мясо час, добавьте соль", "Қамырды илеп, майға қуырып, сарымсақ қосыңыз",
		"children play at school every day", "the weather was nice yesterday", "how do I renew my travel visa", "xyzzy plugh", "12345",
	} {
		for _, h := range search(t, x, index.Query{Text: text}) {
			if h.Band != index.BandWeak {
				t.Errorf("%q: %s %s (%.2f)", text, h.Document.ID, h.Band, h.Confidence)
			}
		}
	}
}

func TestNothingToSearchFor(t *testing.T) {
	x := memory(t, guidance()...)
	for _, text := range []string{"", "  \n", "the of and", "🧄🧄", "\x00", "\xff\xfe", "你好", "zzzzqqq"} {
		if hits := search(t, x, index.Query{Text: text}); len(hits) > 0 {
			t.Errorf("%q: %v", text, ids(hits))
		}
	}
}

func TestDisagreementLowersConfidence(t *testing.T) {
	x := memory(t, guidance()...)
	confidence := func(text string) float64 {
		hits := search(t, x, index.Query{Text: text, Limit: 1})
		if len(hits) == 0 {
			t.Fatalf("%s: nothing found", text)
		}
		return hits[0].Confidence
	}
	for _, pair := range [][2]string{
		{"garlic water cures covid overnight", "garlic water never cures covid overnight"},
		{"10 metres are needed to be safe from the virus", "3 metres are needed to be safe from the virus"},
		{"под видом прививки всем ставят чипы", "под видом прививки всем не ставят чипы"},
	} {
		if same, other := confidence(pair[0]), confidence(pair[1]); other >= same {
			t.Errorf("%q %.3f, %q %.3f", pair[0], same, pair[1], other)
		}
	}
}

func TestRumoursAreMatchedAndNotQuoted(t *testing.T) {
	d := page("page", "en", "Myths", "Read this page with care.", "Pepper in soup gives food its taste and has no effect on viruses.")
	d.Heard = []string{"burning spices burn infections away"}
	d.Passages = append([]index.Passage{{Text: "Hot chilli stops disease", Kind: index.PassageClaim}}, d.Passages...)
	x := memory(t, d, page("other", "en", "Other", "Something else entirely."))
	tests := []struct {
		text    string
		ordinal int
	}{
		{"burning spices infections", 1}, // the first advice of the document
		{"hot chilli disease", 1},        // a passage that is a rumour itself
		{"pepper soup taste", 2},
	}
	for _, test := range tests {
		hits := search(t, x, index.Query{Text: test.text})
		if len(hits) != 1 || hits[0].Ordinal != test.ordinal || cmp.Diff(d.Passages[test.ordinal], hits[0].Passage) != "" {
			t.Errorf("%s: %+v, want passage %d", test.text, hits, test.ordinal)
		}
	}
	only := page("only", "en", "Title", "Moonlight spoils vaccines")
	only.Passages[0].Kind = index.PassageClaim
	put(t, x, only)
	if hits := search(t, x, index.Query{Text: "moonlight vaccines"}); len(hits) != 1 || hits[0].Passage.Text != only.Passages[0].Text {
		t.Errorf("a document of rumours only: %+v", hits)
	}
}

func TestHighlightsAndWhy(t *testing.T) {
	x := memory(t, page("a", "ru", "Заголовок", "Маски 😷 защищают: носи́те ма\u00adску в транспорте."), page("b", "en", "Title", "Vaccines don’t alter your DNA, a vaccine can't."))
	tests := []struct {
		query string
		lang  string
		want  []string
	}{
		{"маска защищает", "ru", []string{"Маски", "защищают", "ма\u00adску"}},
		{"vaccinated people altered dna", "en", []string{"Vaccines", "alter", "DNA", "vaccine"}},
		{"does the vaccine alter DNA", "en", []string{"Vaccines", "alter", "DNA", "vaccine"}},
	}
	for _, test := range tests {
		hits := search(t, x, index.Query{Text: test.query, Lang: test.lang})
		if len(hits) != 1 {
			t.Fatalf("%s: %v", test.query, ids(hits))
		}
		var got []string
		text := []rune(hits[0].Passage.Text)
		for _, s := range hits[0].Highlights {
			got = append(got, string(text[s.Start:s.End]))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.query, diff)
		}
		sum, last := 0.0, 1.0
		for _, w := range hits[0].Why {
			if w.Weight > last || w.Text == "" {
				t.Errorf("%s: why %v", test.query, hits[0].Why)
			}
			sum, last = sum+w.Weight, w.Weight
		}
		if sum <= 0 || sum > 1.0001 {
			t.Errorf("%s: weights sum to %v", test.query, sum)
		}
	}
}

func TestKindsSourceLimitOffset(t *testing.T) {
	x := memory(t)
	for i := range 30 {
		d := page(fmt.Sprintf("d%02d", i), "en", "Title", "garlic "+strings.Repeat("filler ", i))
		d.Kind = []index.Kind{index.KindGuidance, index.KindSummary, index.KindReview}[i%3]
		d.Source = []string{"who", "cdc"}[i%2]
		put(t, x, d)
	}
	every := func(from, step int) []string {
		var out []string
		for i := from; i < 30; i += step {
			out = append(out, fmt.Sprintf("d%02d", i))
		}
		return out
	}
	tests := []struct {
		name  string
		query index.Query
		want  []string
	}{
		{"default limit", index.Query{}, every(0, 1)[:10]},
		{"limit", index.Query{Limit: 3}, every(0, 1)[:3]},
		{"limit above the highest", index.Query{Limit: 1_000}, every(0, 1)},
		{"offset", index.Query{Limit: 3, Offset: 28}, []string{"d28", "d29"}},
		{"offset past the end", index.Query{Offset: 30}, []string{}},
		{"one kind", index.Query{Kinds: []index.Kind{index.KindReview}, Limit: 100}, every(2, 3)},
		{"all kinds", index.Query{Kinds: []index.Kind{index.KindReview, index.KindGuidance, index.KindSummary}, Limit: 100}, every(0, 1)},
		{"source", index.Query{Source: "cdc", Limit: 100}, every(1, 2)},
		{"kind and source", index.Query{Kinds: []index.Kind{index.KindReview}, Source: "cdc", Limit: 100}, every(5, 6)},
		{"unknown source", index.Query{Source: "nobody"}, []string{}},
	}
	for _, test := range tests {
		test.query.Text = "garlic"
		if diff := cmp.Diff(test.want, ids(search(t, x, test.query))); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	two := index.Query{Text: "garlic", Kinds: []index.Kind{index.KindGuidance, index.KindSummary}, Limit: 100}
	for _, h := range search(t, x, two) {
		if h.Document.Kind == index.KindReview {
			t.Errorf("%s is a review", h.Document.ID)
		}
	}
	for _, q := range []index.Query{{Lang: "de"}, {Kinds: []index.Kind{"rumour"}}, {Limit: -1}, {Offset: -1}, {Offset: index.MaxOffset + 1}} {
		q.Text = "garlic"
		if _, err := x.Search(t.Context(), q); !errors.Is(err, index.ErrQuery) {
			t.Errorf("%+v: %v, want ErrQuery", q, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ended, index.Query{Text: "garlic"}); !errors.Is(err, context.Canceled) {
		t.Errorf("search after the context's end: %v", err)
	}
}

func TestDocumentOfManyPassagesDoesNotHideOthers(t *testing.T) {
	big := page("big", "en", "Garlic garlic")
	for range 1_500 {
		big.Passages = append(big.Passages, index.Passage{Text: "garlic and garlic", Kind: index.PassageAdvice})
	}
	x := memory(t, big, page("a", "en", "A", "one word of garlic among very many others that say something else"), page("b", "en", "B", "another word of garlic in a text that is about other things"))
	if got := ids(search(t, x, index.Query{Text: "garlic"})); len(got) != 3 {
		t.Errorf("%v, want all three", got)
	}
}

func TestLongMessage(t *testing.T) {
	x := memory(t, guidance()...)
	text := strings.Repeat("Dear friends, please read this to the end and pass it on to everybody you know. ", 200) +
		"They put a microchip into you with the vaccine through the needle. " + strings.Repeat("Take care of yourselves and of your parents, dear friends. ", 200)
	hits := search(t, x, index.Query{Text: text, Limit: 1})
	if len(hits) != 1 || hits[0].Document.ID != "chip:en" {
		t.Errorf("%v, want chip:en", ids(hits))
	}
}

func TestLatinWordsOfACyrillicText(t *testing.T) {
	x := memory(t, page("q", "en", "QazVac", "QazVac is stored at two to eight degrees."), page("r", "ru", "Хранение", "Вакцину хранят в холодильнике."))
	got := ids(search(t, x, index.Query{Text: "вакцину QazVac нельзя хранить в обычном холодильнике"}))
	if diff := cmp.Diff([]string{"r", "q"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSearchWhileApplying(t *testing.T) {
	eachIndex(t, func(t *testing.T, x *index.Index) {
		put(t, x, page("a", "en", "0", "garlic zero", "garlic again zero"))
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					hits, err := x.Search(context.Background(), index.Query{Text: "garlic"})
					if err != nil || len(hits) != 1 {
						t.Errorf("%v, %v: want the one document at all times", ids(hits), err)
						return
					}
					if text := hits[0].Passage.Text; !strings.HasSuffix(text, " "+hits[0].Document.Title) && hits[0].Document.Title != "0" {
						t.Errorf("passage %q of document %q", text, hits[0].Document.Title)
						return
					}
				}
			})
		}
		var writers sync.WaitGroup
		for w := range 2 {
			writers.Go(func() {
				for i := range 8 {
					n := fmt.Sprint(w*100 + i)
					if err := x.Apply(context.Background(), index.Batch{Put: []index.Document{page("a", "en", n, "garlic "+n, "garlic again "+n), page("b"+n, "en", n, "onion")}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		close(done)
		readers.Wait()
		counts, err := x.Count(context.Background())
		if err != nil || counts[index.KindGuidance]["who"] != 17 {
			t.Errorf("%v, %v, want 17 documents", counts, err)
		}
	})
}
