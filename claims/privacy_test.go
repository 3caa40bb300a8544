package claims_test

import (
	"testing"
	"unicode/utf8"

	"dalel/claims"
)

func TestScrub(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Звоните +7 701 123 45 67 срочно", "Звоните [phone] срочно"},
		{"тел. 8(701)123-45-67", "тел. [phone]"},
		{"87011234567 нөміріне жазыңыз", "[phone] нөміріне жазыңыз"},
		{"пишите 77011234567 или 7 701 123 45 67", "пишите [phone] или [phone]"},
		{"8.701.123.45.67 или 8 (7172) 55-66-77", "[phone] или [phone]"},
		{"пишите @aigul.saparova.", "пишите [nick]."},
		{"https://facebook.com/aigul.s и telegram.me/ivan", "[profile] и [profile]"},
		{"8 916 123 45 67 знает", "[phone] знает"},
		{"write to aigerim.k@mail.kz now", "write to [e-mail] now"},
		{"ИИН 010203500123 у него", "ИИН [number] у него"},
		{"карта 4400 4301 2345 6789", "карта [card]"},
		{"подпишись @fake_doctor и узнай", "подпишись [nick] и узнай"},
		{"https://wa.me/77011234567 всем", "[profile] всем"},
		{"KZ86125KZT5004100100 шоты", "[account] шоты"},
		// What rumours are about stays.
		{"с 28 июля по 4 августа 2021", "с 28 июля по 4 августа 2021"},
		{"звоните 103 или 112", "звоните 103 или 112"},
		{"штраф 100 000 тенге, 2 метра, 25°C", "штраф 100 000 тенге, 2 метра, 25°C"},
		{"549 628 науқас, 6 925-сі 27 шілдеде", "549 628 науқас, 6 925-сі 27 шілдеде"},
		{"5G-мачты и COVID-19", "5G-мачты и COVID-19"},
	} {
		if got := claims.Scrub(tt.text); got != tt.want {
			t.Errorf("Scrub(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("a@b.kz +7 701 123 45 67 @nick")
	f.Add("\xff\xfe 4400430123456789")
	f.Fuzz(func(t *testing.T, s string) {
		once := claims.Scrub(s)
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Errorf("Scrub(%q) is not UTF-8: %q", s, once)
		}
		if again := claims.Scrub(once); len(again) > len(once)+64 {
			t.Errorf("Scrub grows what it has scrubbed: %q, %q", once, again)
		}
	})
}

func BenchmarkScrub(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"plain", "Вакцина алмаған балаларға Ұлттық қордан ақша берілмейді, QazVac екпесі бедеулік тудырады деген хабарлама тарап жатыр, бұл рас па?"},
		{"numbers", "С 28 июля по 4 августа 2021 умерли 549 628 человек, из них 6 925 в Алматы: об этом пишут на kaznews.kz/a/15-2021, звоните 103 или 112."},
		{"private", "Пишите @fake_doctor или на a.saparova@mail.kz, звоните +7 701 123 45 67: чеснок и горячий чай лечат коронавирус за 24 часа, ИИН 010203500123"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				claims.Scrub(bb.text)
			}
		})
	}
}
