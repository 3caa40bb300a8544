package lang_test

import (
	"testing"

	"dalel/index/lang"
)

// What people ask about, some 130 letters a language: most of it plain, with a name in Latin letters, a number or a break of lines.
var asked = []struct{ language, text string }{
	{lang.Kazakh, "Вакцина алмаған балаларға Ұлттық қордан ақша берілмейді, QazVac екпесі бедеулік тудырады деген хабарлама тарап жатыр, бұл рас па?"},
	{lang.Russian, "Правда ли, что после прививки нельзя пить воду 24 часа, а чеснок и горячий чай лечат коронавирус? Ещё пишут: в QazVac есть чипы!"},
	{lang.English, "Is it true that drinking hot water with garlic every 15 minutes washes the virus into the stomach, where it can't harm you at all?"},
}

// onAsked runs a benchmark for each of the texts.
func onAsked(b *testing.B, do func(text, language string)) {
	for _, a := range asked {
		b.Run(a.language, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do(a.text, a.language)
			}
		})
	}
}

func BenchmarkIdentify(b *testing.B) {
	onAsked(b, func(text, _ string) { lang.Identify(text) })
}

func BenchmarkBody(b *testing.B) {
	onAsked(b, func(text, _ string) { lang.Body(text) })
}

func BenchmarkWords(b *testing.B) {
	onAsked(b, func(text, _ string) { lang.Words(text) })
}

func BenchmarkNormalize(b *testing.B) {
	onAsked(b, func(text, _ string) { lang.Normalize(text) })
}

func BenchmarkContent(b *testing.B) {
	onAsked(b, func(text, language string) { lang.Content(text, language) })
}
