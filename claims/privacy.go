package claims

import (
	"regexp"
	"strings"
)

// What is struck from a submission before anything is stored, logged or searched. The order matters: an address of mail holds a
// nick, a card number holds twelve digits. A pattern runs only over a text that has what every match of it has.
var private = []struct {
	has     traits
	digits  int // in a row, as traitsOf counts them
	pattern *regexp.Regexp
	with    string
}{
	{hasMail, 0, regexp.MustCompile(`(?i)[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+`), "[e-mail]"},
	{hasProfile, 0, regexp.MustCompile(`(?i)\b(?:https?://)?(?:wa\.me|t\.me|telegram\.me|chat\.whatsapp\.com|api\.whatsapp\.com|instagram\.com|facebook\.com|vk\.com|ok\.ru|tiktok\.com|x\.com|twitter\.com)/\S+`), "[profile]"},
	{hasAccount, 0, regexp.MustCompile(`(?i)\bKZ\d{2}[A-Z0-9]{16}\b`), "[account]"},
	{0, 11, regexp.MustCompile(`(?:\+7|\b[78])[\s(.-]{0,3}[3-9]\d{2}[\s).-]{0,3}\d{3}[\s.-]?\d{2}[\s.-]?\d{2}\b`), "[phone]"},
	{0, 11, regexp.MustCompile(`(?:\+7|\b[78])[\s(-]{0,3}7\d{3}[\s)-]{0,3}\d{2}[\s-]?\d{2}[\s-]?\d{2}\b`), "[phone]"},
	{hasPlus, 7, regexp.MustCompile(`\+\d{1,3}[\s(-]{0,2}\d{2,4}[\s)-]{0,2}\d{2,4}[\s-]?\d{2,4}(?:[\s-]?\d{2,4})?\b`), "[phone]"},
	{0, 16, regexp.MustCompile(`\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b`), "[card]"},
	{0, 12, regexp.MustCompile(`\b\d{12}\b`), "[number]"},
	{hasNick, 0, regexp.MustCompile(`(^|[\s(])@[A-Za-z][A-Za-z0-9_.-]{2,31}[A-Za-z0-9_]`), "${1}[nick]"},
}

// Scrub strikes what identifies a person: addresses of mail, links to messenger profiles, bank accounts, telephone and card numbers,
// twelve-digit identity numbers and nicks. Each is replaced by a word in brackets, so that the sentence can still be read.
func Scrub(text string) string {
	has, digits := traitsOf(text)
	for _, p := range private {
		if has&p.has == p.has && digits >= p.digits {
			text = p.pattern.ReplaceAllString(text, p.with)
		}
	}
	return strings.TrimSpace(text)
}

// traits are what a text must have to hold something private. What is put in place of a match adds none.
type traits uint8

const (
	hasMail    traits = 1 << iota // an @ after what an address of mail may have before it
	hasNick                       // an @ at the beginning, after white space or after a bracket
	hasPlus                       // a + before a digit
	hasProfile                    // a / after an e, m or u, in which the names of the networks end
	hasAccount                    // a Z before a digit
)

// traitsOf are the traits of a text, and the most digits that stand in a row in it. White space, brackets, dots and hyphens do not
// part a row, as they do not part a telephone number.
func traitsOf(text string) (has traits, digits int) {
	row, before := 0, byte(' ')
	for i := range len(text) {
		c := text[i]
		switch c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			row++
			digits = max(digits, row)
			switch before {
			case '+':
				has |= hasPlus
			case 'z', 'Z':
				has |= hasAccount
			}
		case ' ', '\t', '\n', '\f', '\r', '(', ')', '.', '-':
		case '@':
			row = 0
			switch before {
			case ' ', '\t', '\n', '\f', '\r', '(':
				has |= hasNick
			default:
				has |= hasMail
			}
		case '/':
			row = 0
			switch before {
			case 'e', 'm', 'u', 'E', 'M', 'U':
				has |= hasProfile
			}
		default:
			row = 0
		}
		before = c
	}
	return has, digits
}
