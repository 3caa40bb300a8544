package lang

import (
	"regexp"
	"strings"
)

// Normalize gives the form of a text in which texts are compared, and which decides that two submissions are one claim: its
// words, composed (NFC) and in lower case, with ё as е and letters that are repeated for emphasis once, one space between
// them. Punctuation, emoji, invisible characters, links and the headers of forwarded messages are left out; a text that is
// nothing but links keeps them. It is empty for a text without letters and digits. Normalizing twice changes nothing more.
func Normalize(text string) string {
	words := Words(Body(text))
	if len(words) == 0 {
		words = Words(text)
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

// Body is a text without links and without the headers of forwarded messages, otherwise as it was.
func Body(text string) string {
	for {
		at := forwarded.FindStringIndex(text)
		if at == nil || strings.TrimSpace(text[:at[0]]) != "" {
			break
		}
		text = text[at[1]:]
	}
	return link.ReplaceAllString(text, " ")
}
