package crawler_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/crawler"
	"dalel/index"
)

var words30 = strings.TrimSpace(strings.Repeat("words that mean nothing ", 10))

var oneItem = `
- id: garlic-does-not-protect
  topic: garlic
  source: who
  publisher: World Health Organization
  url: https://www.who.int/page#garlic
  published: "2022-01"
  seen: "2020-04-30"
  en: {title: Garlic does not protect, text: ` + words30 + `, heard: [eat garlic, garlic kills it]}
  ru: {title: Чеснок не защищает, text: ` + words30 + `, heard: [ешь чеснок]}
  kk: {title: Сарымсақ қорғамайды, text: ` + words30 + `, heard: [сарымсақ же]}
`

func register(t testing.TB) crawler.Register {
	t.Helper()
	r, err := crawler.Sources()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseStarter(t *testing.T) {
	docs, err := crawler.ParseStarter(strings.NewReader(oneItem), register(t))
	if err != nil {
		t.Fatal(err)
	}
	want := index.Document{
		ID: "starter:garlic-does-not-protect:ru", Kind: index.KindSummary, Source: "who", Publisher: "World Health Organization",
		Topic: "garlic", URL: "https://www.who.int/page#garlic", Title: "Чеснок не защищает", Lang: "ru",
		Published: "2022-01", Fetched: "2020-04-30", Version: 1, Heard: []string{"ешь чеснок"},
		Passages: []index.Passage{{Heading: []string{"Чеснок не защищает"}, Text: words30, Kind: index.PassageAdvice}},
	}
	if len(docs) != 3 {
		t.Fatalf("%d documents, want 3", len(docs))
	}
	i := slices.IndexFunc(docs, func(d index.Document) bool { return d.Lang == "ru" })
	if diff := cmp.Diff(want, docs[i]); diff != "" {
		t.Error(diff)
	}
	for _, d := range docs {
		if err := d.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestParseStarterRefuses(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(oneItem, old, new, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"not YAML":          {"- [", "starter"},
		"unknown key":       {edit("seen:", "sean: x\n  seen:"), "sean"},
		"duplicate":         {oneItem + oneItem, "taken"},
		"id":                {edit("id: garlic-does-not-protect", "id: Garlic"), "id is not"},
		"topic":             {edit("topic: garlic", "topic: onions"), "onions"},
		"source":            {edit("source: who", "source: whom"), "whom"},
		"publisher":         {edit("publisher: World Health Organization", "publisher: ' '"), "publisher"},
		"relative url":      {edit("https://www.who.int/page", "/page"), "url"},
		"script url":        {edit("https://www.who.int/page", "javascript:alert(1)//"), "url"},
		"no seen date":      {edit(`seen: "2020-04-30"`, `seen: ""`), "seen"},
		"bad date":          {edit(`"2022-01"`, `"January"`), "January"},
		"no title":          {edit("title: Garlic does not protect", "title: ''"), "en: no title"},
		"long title":        {edit("Garlic does not protect", strings.Repeat("long ", 30)), "title of"},
		"short text":        {edit(words30, "too short"), "text of 2 words"},
		"no heard":          {edit("[ешь чеснок]", "[]"), "ru: 0 wordings"},
		"six heard":         {edit("[сарымсақ же]", "[a, b, c, d, e, f]"), "kk: 6 wordings"},
		"empty heard":       {edit("[сарымсақ же]", "['']"), "empty wording"},
		"language left out": {oneItem[:strings.Index(oneItem, "  kk:")], "kk: no title"},
	} {
		if _, err := crawler.ParseStarter(strings.NewReader(c.text), register(t)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestEmbeddedStarter(t *testing.T) {
	docs, err := crawler.Starter()
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) < 3*120 {
		t.Errorf("%d items, want at least 120", len(docs)/3)
	}
	now := time.Now()
	seen := map[string]bool{}
	for _, d := range docs {
		if err := d.Check(); err != nil {
			t.Error(err)
		}
		if seen[d.ID] {
			t.Errorf("%s is there twice", d.ID)
		}
		seen[d.ID] = true
		for _, date := range []index.Date{d.Published, d.Fetched} {
			if at, err := date.Time(); date != "" && (err != nil || at.After(now)) {
				t.Errorf("%s: date %q: %v", d.ID, date, err)
			}
		}
		if !slices.Contains(index.Topics(), d.Topic) {
			t.Errorf("%s: topic %q", d.ID, d.Topic)
		}
	}
	for id := range seen {
		if base, _ := strings.CutSuffix(id, ":en"); base != id && (!seen[base+":ru"] || !seen[base+":kk"]) {
			t.Errorf("%s is not there in all languages", base)
		}
	}
}

func TestStarterFeed(t *testing.T) {
	feed, err := crawler.StarterFeed()
	if err != nil {
		t.Fatal(err)
	}
	b, place, err := feed.After(t.Context(), "", 10, 0)
	if err != nil || len(b.Put) == 0 || !slices.Equal(b.Clear, []index.Kind{index.KindSummary}) || place == "" {
		t.Fatalf("first: %d documents, clear %v, place %q, %v", len(b.Put), b.Clear, place, err)
	}
	again, same, err := feed.After(t.Context(), place, 10, time.Millisecond)
	if err != nil || !again.Empty() || same != place {
		t.Errorf("again: %d documents, place %q, %v", len(again.Put), same, err)
	}
	if b, _, err := feed.After(t.Context(), "another text", 10, time.Hour); err != nil || len(b.Clear) != 1 {
		t.Errorf("after another text: %v, %v", b.Clear, err)
	}
}

func FuzzParseStarter(f *testing.F) {
	f.Add(oneItem)
	r := register(f)
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := crawler.ParseStarter(strings.NewReader(text), r)
		if err != nil {
			return
		}
		for _, d := range docs {
			if d.Title == "" || len(d.Passages) != 1 {
				t.Errorf("taken: %+v", d)
			}
		}
	})
}
