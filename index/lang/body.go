package lang

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What Body leaves out. The headers are looked for only where the first words of a text are, links only where mayLink has seen that
// there may be one: these patterns cost more than all else that is done to a text that has none.
var (
	link = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/\S*`)

	// What messengers and mail put before a message that is passed on.
	forwarded = regexp.MustCompile(`(?im)\A(?:` +
		`(?:fwd?|re)\s*:\s*` +
		`|-*\s*(?:forwarded (?:message|from)|переслан\S*|пересылаемое сообщение|қайта жіберілген|жіберілген хабарлама)[^\n:]{0,80}(?::[ \t]*(?:\n|$)|\n)` +
		`|(?:from|sent|to|subject|date|от|кому|тема|дата|кімнен|кімге|тақырып)\s*:[^\n]{0,120}\n` +
		`|\[?\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\]?(?: -)? [^\n:]{1,40}: ` +
		`)`)
)

// Body is a text without links and without the headers of forwarded messages, otherwise as it was.
func Body(text string) string {
	for {
		rest, found := cutForwarded(text)
		if !found {
			break
		}
		text = rest
	}
	if !mayLink(text) {
		return text
	}
	return link.ReplaceAllString(text, " ")
}

// cutForwarded takes the first header of a forwarded message from the beginning of a text, with the white space before it.
func cutForwarded(text string) (rest string, found bool) {
	head := strings.TrimLeftFunc(text, unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(head)
	if !mayForward(first) || !strings.ContainsAny(head, ":\n") { // one of the two ends each header
		return text, false
	}
	before := text[:len(text)-len(head)]
	if strings.Trim(before[strings.LastIndexByte(before, '\n')+1:], "\t\f\r ") != "" { // a line that begins with white space of another kind
		return text, false
	}
	at := forwarded.FindStringIndex(head)
	if at == nil {
		return text, false
	}
	return head[at[1]:], true
}

// mayForward reports whether a header of a forwarded message can begin with a character, whichever its case.
func mayForward(first rune) bool {
	if '0' <= first && first <= '9' {
		return true
	}
	for r := unicode.SimpleFold(first); ; r = unicode.SimpleFold(r) {
		if strings.ContainsRune("-[frstdпқжоктд", r) {
			return true
		}
		if r == first {
			return false
		}
	}
}

// mayLink reports whether a text has what every link has: www before a dot, or a slash after a colon or, a dot before it, after a letter.
func mayLink(text string) bool {
	dots := 0
	for i := range len(text) {
		switch before := text[:i]; text[i] {
		case '.':
			dots++
			if i >= 3 && strings.EqualFold(before[i-3:], "www") {
				return true
			}
		case '/':
			if strings.HasSuffix(before, ":") || dots > 0 && endsInLatin(before) {
				return true
			}
		}
	}
	return false
}

// endsInLatin reports whether a text ends in a letter from a to z, in the cases that Unicode has of them: ſ is an s, the sign of
// kelvins a k.
func endsInLatin(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '\u017f' || r == '\u212a'
}
