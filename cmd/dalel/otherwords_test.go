package main

import (
	"testing"

	"dalel/claims"
	"dalel/index"
)

// TestReviewAnswersOtherWords publishes a finding among the starter guidance, asks for it in other words, and asks something else that shares a word with it.
func TestReviewAnswersOtherWords(t *testing.T) {
	x := starterIndex(t)
	for _, tt := range []struct{ lang, claim, other, unlike string }{
		{"kk", "Қызыл мата таққан адамға ковид жұқпайды", "Ковид жұқпас үшін қызыл мата тағу керек дейді, рас па?", "Қызыл алма бағасы базарда қымбаттады"},
		{"kk", "Түнде терезеге тұз себсең, вирус үйге кірмейді", "Терезенің алдына түнде тұз шашып қойса вирус үйге кірмейді екен", "Терезе жуатын адам керек"},
		{"ru", "В понедельник школы Караганды закроют из-за фиолетового тумана", "Фиолетовый туман: караганские школы закрывают с понедельника!!!", "В Караганде открыли новую библиотеку"},
		{"ru", "Вакцина QazVac содержит экстракт маральих рогов", "Правда ли, что в вакцину QazVac добавляют маральи рога?", "Рога марала нашли в степи под Аягозом"},
		{"en", "Sleeping next to a rusty samovar chases the coronavirus out of the whole yurt within one night", "Friends say a rusty samovar near your bed chases covid out of the yurt in a night", "An old samovar was sold at the market for a record price"},
		{"en", "Drinking mare's milk with gunpowder cures covid in three days", "gunpowder in mare milk heals corona in 3 days", "Gunpowder was invented in China"},
	} {
		c := claims.Claim{ID: claims.IDOf(tt.lang, tt.claim), State: claims.StatePublished, Lang: tt.lang, Text: tt.claim,
			Review: &claims.Review{Version: 1, Verdict: claims.VerdictFalse, Summary: map[string]string{"en": "It does nothing against the virus.",
				"ru": "На вирус это не действует.", "kk": "Бұл вирусқа әсер етпейді."}}}
		if err := x.Apply(t.Context(), index.Batch{Clear: []index.Kind{index.KindReview}, Put: claims.ReviewDocuments(c)}); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]bool{tt.other: true, tt.unlike: false} {
			hits, err := x.Search(t.Context(), index.Query{Text: text, Kinds: []index.Kind{index.KindReview}})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(hits) > 0 && hits[0].Band != index.BandWeak; got != want {
				t.Errorf("%q for %q: answered %v, want %v (%+v)", text, tt.claim, got, want, hits)
			}
		}
	}
}
