package lang_test

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"dalel/index/lang"
)

// What lang.Words, lang.Body, lang.Normalize and lang.Content are held to: no tables of characters, and patterns that run over each text.

// slowNormalize is lang.Normalize.
func slowNormalize(text string) string {
	words := slowWords(slowBody(text))
	if len(words) == 0 {
		words = slowWords(text)
	}
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}

var (
	link = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/\S*`)

	// What messengers and mail put before a message that is passed on.
	forwarded = regexp.MustCompile(`(?im)^\s*(?:` +
		`(?:fwd?|re)\s*:\s*` +
		`|-*\s*(?:forwarded (?:message|from)|переслан\S*|пересылаемое сообщение|қайта жіберілген|жіберілген хабарлама)[^\n:]{0,80}(?::[ \t]*(?:\n|$)|\n)` +
		`|(?:from|sent|to|subject|date|от|кому|тема|дата|кімнен|кімге|тақырып)\s*:[^\n]{0,120}\n` +
		`|\[?\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\]?(?: -)? [^\n:]{1,40}: ` +
		`)`)
)

// slowBody is lang.Body: a text without links and without the headers of forwarded messages, otherwise as it was.
func slowBody(text string) string {
	for {
		at := forwarded.FindStringIndex(text)
		if at == nil || strings.TrimSpace(text[:at[0]]) != "" {
			break
		}
		text = text[at[1]:]
	}
	return link.ReplaceAllString(text, " ")
}

// slowContent is lang.Content.
func slowContent(text, language string) []string {
	var content []string
	for _, w := range slowWords(slowBody(text)) {
		if !lang.IsStop(w.Text, language) {
			content = append(content, w.Text)
		}
	}
	return content
}

// slowWords is lang.Words, which folds each word by itself.
func slowWords(text string) []lang.Word {
	words := make([]lang.Word, 0, len(text)/8)
	var b strings.Builder
	start, end, at := 0, 0, 0
	flush := func() {
		if b.Len() > 0 {
			if w := fold(b.String()); w != "" {
				words = append(words, lang.Word{w, start, end})
			}
			b.Reset()
		}
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && b.Len() > 0 && !isVariation(r):
			if b.Len() == 0 {
				start = at
			}
			b.WriteRune(r)
			end = at + 1
		case isInvisible(r) || isVariation(r):
		case isApostrophe(r) && b.Len() > 0 && letterFollows(text[i+utf8.RuneLen(r):]):
			b.WriteByte('\'')
		default:
			flush()
		}
		at++
	}
	flush()
	return words
}

// fold brings a word to the form of lang.Word.Text.
func fold(w string) string {
	w = norm.NFC.String(strings.ToLower(norm.NFC.String(w)))
	w = strings.TrimSuffix(w, "'s")
	w = strings.ReplaceAll(w, "ё", "е")
	return unrepeat(strings.ReplaceAll(w, "'", ""))
}

// unrepeat writes a letter that stands three times or more in a row once. Digits stay.
func unrepeat(w string) string {
	r := []rune(w)
	out := r[:0:len(r)]
	changed := false
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && r[j] == r[i] {
			j++
		}
		if j-i >= 3 && unicode.IsLetter(r[i]) {
			out = append(out, r[i])
			changed = true
		} else {
			out = append(out, r[i:j]...)
		}
		i = j
	}
	if !changed {
		return w
	}
	return string(out)
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' || r == '‘' }

// isInvisible is true of zero-width characters, soft hyphens and marks of direction.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r)
}

// isVariation is true of what only chooses how the character before it is drawn.
func isVariation(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

func letterFollows(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsLetter(r)
}
