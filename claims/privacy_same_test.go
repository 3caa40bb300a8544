package claims_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"dalel/claims"
)

// slowPrivate are the patterns of Scrub, which run here over each text whatever it has.
var slowPrivate = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?i)[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+`), "[e-mail]"},
	{regexp.MustCompile(`(?i)\b(?:https?://)?(?:wa\.me|t\.me|telegram\.me|chat\.whatsapp\.com|api\.whatsapp\.com|instagram\.com|facebook\.com|vk\.com|ok\.ru|tiktok\.com|x\.com|twitter\.com)/\S+`), "[profile]"},
	{regexp.MustCompile(`(?i)\bKZ\d{2}[A-Z0-9]{16}\b`), "[account]"},
	{regexp.MustCompile(`(?:\+7|\b[78])[\s(.-]{0,3}[3-9]\d{2}[\s).-]{0,3}\d{3}[\s.-]?\d{2}[\s.-]?\d{2}\b`), "[phone]"},
	{regexp.MustCompile(`(?:\+7|\b[78])[\s(-]{0,3}7\d{3}[\s)-]{0,3}\d{2}[\s-]?\d{2}[\s-]?\d{2}\b`), "[phone]"},
	{regexp.MustCompile(`\+\d{1,3}[\s(-]{0,2}\d{2,4}[\s)-]{0,2}\d{2,4}[\s-]?\d{2,4}(?:[\s-]?\d{2,4})?\b`), "[phone]"},
	{regexp.MustCompile(`\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b`), "[card]"},
	{regexp.MustCompile(`\b\d{12}\b`), "[number]"},
	{regexp.MustCompile(`(^|[\s(])@[A-Za-z][A-Za-z0-9_.-]{2,31}[A-Za-z0-9_]`), "${1}[nick]"},
}

func slowScrub(text string) string {
	for _, p := range slowPrivate {
		text = p.pattern.ReplaceAllString(text, p.with)
	}
	return strings.TrimSpace(text)
}

// scraps are what private data looks like, and almost looks like.
var scraps = []string{
	"a.b%c+d@mail.kz", "@", "a@b", "ſ@ſ.kz", "\u212a@\u212a.kz", "-@-.-", "@nick_name", "(@abc1", "\n@Ivan.", "@1abc", "ж@abcd", "\u00a0@abcd",
	"https://", "t.me", "T.ME", "wa.me/", "/7", "/ж", "o\u212a.ru/", "v\u212a.com/x", "facebook.com", "OK.RU/x", "VK.COM/x", "T.ME/x", "ti\u212atok.COM/a", "in\u017ftagram.com/", "x.com/y", "e/", "/",
	"KZ86125KZT5004100100", "\u212aZ86125", "kz12", "abcdefgh", "ABCD1234", "KZ", "z1",
	"+7", "8", "7", "+", "701", "(7172)", "123", "45", "67", "123-45-67", "8.701.123.45.67", "8(701)123\t45 67", "4400", "4301", "2345", "6789", "010203500123", "0", "+49 170 12", "+998", "12", "٣",
	" ", " ", " ", "-", ".", "(", ")", "\t", "\v", "\u00a0", ", ", "тел", "о", "a", "_", "\xff", "\xe2",
}

func TestScrubTriesEachPatternThatCanMatch(t *testing.T) {
	chance := rand.New(rand.NewPCG(7, 11))
	struck := 0
	for range 15_000 {
		var b strings.Builder
		for range 1 + chance.IntN(12) {
			b.WriteString(scraps[chance.IntN(len(scraps))])
		}
		text := b.String()
		got, want := claims.Scrub(text), slowScrub(text)
		if got != want {
			t.Errorf("Scrub(%q) = %q, want %q", text, got, want)
		}
		if want != strings.TrimSpace(text) {
			struck++
		}
	}
	if struck < 1_000 {
		t.Errorf("only %d of the texts have anything private", struck)
	}
}

func FuzzScrubTriesEachPatternThatCanMatch(f *testing.F) {
	for _, s := range scraps {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := claims.Scrub(text), slowScrub(text); got != want {
			t.Errorf("Scrub(%q) = %q, want %q", text, got, want)
		}
	})
}
