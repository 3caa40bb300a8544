package claims

import (
	"regexp"
	"strings"
)

// What is struck from a submission before anything is stored, logged or searched. The order matters: an address of mail holds a
// nick, a card number holds twelve digits.
var private = []struct {
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

// Scrub strikes what identifies a person: addresses of mail, links to messenger profiles, bank accounts, telephone and card numbers,
// twelve-digit identity numbers and nicks. Each is replaced by a word in brackets, so that the sentence can still be read.
func Scrub(text string) string {
	for _, p := range private {
		text = p.pattern.ReplaceAllString(text, p.with)
	}
	return strings.TrimSpace(text)
}
