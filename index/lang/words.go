package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Word is a word of a text.
type Word struct {
	Text       string // composed (NFC), in lower case, ё as е, a letter written three times or more as one
	Start, End int    // where it stands in the text, in Unicode code points, End exclusive
}

// Words are the words of a text in order: runs of letters, marks and digits. An apostrophe within a word belongs to it, the
// English possessive ending does not; a hyphen parts words. Invisible characters within a word are passed over.
func Words(text string) []Word {
	words := make([]Word, 0, len(text)/8)
	var b strings.Builder
	start, end, at := 0, 0, 0
	flush := func() {
		if b.Len() > 0 {
			if w := fold(b.String()); w != "" {
				words = append(words, Word{w, start, end})
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

// fold brings a word to the form of Word.Text.
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
