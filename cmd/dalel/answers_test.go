package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dalel/crawler"
	"dalel/index"
)

// starterIndex is an index of the starter guidance alone, as a fresh machine has it.
func starterIndex(t *testing.T) *index.Index {
	t.Helper()
	x, err := index.NewMemory(index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	feed, err := crawler.StarterFeed()
	if err != nil {
		t.Fatal(err)
	}
	if err := x.CatchUp(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	return x
}

// TestRumoursFindStarterGuidance asks rumours that circulated, which the guidance was not written from, and looks for an item of their topic among
// the first three. A confident answer of another topic would mislead.
func TestRumoursFindStarterGuidance(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "rumours-dev", "rumours.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the rumours for measuring are not there: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x := starterIndex(t)
	asked, found, sure, wrong := 0, 0, 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r struct{ ID, Text, Topic string }
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		hits, err := x.Search(t.Context(), index.Query{Text: r.Text, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		asked++
		if slices.ContainsFunc(hits, func(h index.Hit) bool { return h.Document.Topic == r.Topic }) {
			found++
		} else {
			t.Logf("%s (%s) finds nothing of its topic", r.ID, r.Topic)
		}
		if len(hits) > 0 && hits[0].Band != index.BandWeak {
			sure++
			if hits[0].Document.Topic != r.Topic {
				wrong++
			}
		}
	}
	t.Logf("%d rumours: %d find their topic among the first three (%.2f); %d are answered, %d of another topic", asked, found, float64(found)/float64(asked), sure, wrong)
	if asked < 20 || float64(found) < 0.85*float64(asked) {
		t.Errorf("%d of %d find their topic, want 85 %%", found, asked)
	}
	if float64(wrong) > 0.1*float64(sure) {
		t.Errorf("%d of %d answers are of another topic", wrong, sure)
	}
}

// TestEverydayTextIsNotAnswered asks what no guidance is about: nothing may be asserted.
func TestEverydayTextIsNotAnswered(t *testing.T) {
	x := starterIndex(t)
	for _, text := range []string{
		"hello", "привет, как дела?", "сәлем, қалың қалай?",
		"My neighbour's goat won the regional chess tournament on Saturday",
		"Boil the potatoes for twenty minutes, then add butter, milk and a pinch of salt",
		"Завтра в школе родительское собрание в шесть часов, приходите с дневником",
		"Ертең мектепте ата-аналар жиналысы сағат алтыда болады, күнделік әкеліңіздер",
		"Продам велосипед, почти новый, самовывоз из Караганды, торг уместен",
		"Біздің ауылдың футбол командасы кеше үш те бір есебімен жеңді",
		"The exchange rate of the tenge against the dollar fell again this week",
		"Кто знает расписание автобусов до Капчагая на воскресенье?",
		"Жаңа оқу жылында физика пәнінен олимпиада өткізіледі",
	} {
		hits, err := x.Search(t.Context(), index.Query{Text: text, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) > 0 && hits[0].Band != index.BandWeak {
			t.Errorf("%q is answered (%.2f) with %s", text, hits[0].Confidence, hits[0].Document.ID)
		}
	}
}

// TestShortRumoursAreAnswered asks the commonest rumours as short as people type them.
func TestShortRumoursAreAnswered(t *testing.T) {
	x := starterIndex(t)
	for text, topic := range map[string]string{
		"Garlic cures COVID-19": "garlic", "Чеснок лечит COVID-19": "garlic", "Сарымсақ коронавирусты емдейді": "garlic",
		"Vaccines cause infertility": "vaccine-infertility", "Прививка вызывает бесплодие": "vaccine-infertility", "Екпе бедеулікке әкеледі": "vaccine-infertility",
		"5G spreads covid": "5g", "5G мұнаралары вирус таратады": "5g", "вышки 5G и коронавирус": "5g",
		"vaccine chips": "microchip", "вакцина с чипом": "microchip", "екпемен чип салады": "microchip",
		"ivermectin cures covid": "medicines", "антибиотики лечат ковид": "antibiotics", "hot bath covid": "hot-bath",
		"арақ вирусты өлтіреді": "alcohol", "vodka kills the virus": "alcohol", "имбирь и лимон от коронавируса": "home-remedy",
		"covid does not exist": "covid-hoax", "ковида не существует": "covid-hoax", "пандемия ойдан шығарылған": "covid-hoax",
		"masks cause oxygen deficiency": "masks-harm", "в масках черви": "masks-worms", "вертолёты распыляют дезинфекцию": "spraying",
		"қалада карантин басталады": "lockdown-rumour", "вакцина меняет ДНК": "vaccine-dna", "вакцина ДНҚ-ны өзгертеді": "vaccine-dna",
	} {
		hits, err := x.Search(t.Context(), index.Query{Text: text, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case len(hits) == 0:
			t.Errorf("%q finds nothing", text)
		case hits[0].Band == index.BandWeak || hits[0].Document.Topic != topic:
			t.Errorf("%q: %s (%.2f) of topic %s, want a sure one of %s", text, hits[0].Document.ID, hits[0].Confidence, hits[0].Document.Topic, topic)
		}
	}
}
