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

// Room for what is folded of a text and of a word of usual length, in bytes: it spares the heap.
const (
	usual     = 512
	usualWord = 64
)

// Words are the words of a text in order: runs of letters, marks and digits. An apostrophe within a word belongs to it, the
// English possessive ending does not; a hyphen parts words. Invisible characters within a word are passed over. The words share
// memory: who keeps one for long keeps all.
func Words(text string) []Word {
	words := make([]Word, 0, len(text)/8)
	var room [usual]byte
	joined := room[:0]
	for s := newScanner(text); s.scan(); {
		words = append(words, Word{Start: s.start, End: s.end})
		joined = append(append(joined, s.word...), ' ')
	}
	rest := string(joined)
	for i := range words {
		words[i].Text, rest, _ = strings.Cut(rest, " ")
	}
	return words
}

// scanner reads the words of a text one by one.
type scanner struct {
	text       string
	next, at   int    // where to go on, in bytes and in code points
	word       []byte // the word that was read, in the form of Word.Text, never empty; the next one takes its place
	start, end int    // where it stands in the text, in code points, end exclusive
	characters *[tabled]character
}

func newScanner(text string) scanner {
	return scanner{text: text, word: make([]byte, 0, usualWord), characters: characters()}
}

// scan reads the next word; false means that there is none. A word whose characters can be folded one by one, as nearly all words
// are, is folded on the way.
func (s *scanner) scan() bool {
	s.word = s.word[:0]
	begun, simple := -1, true // begun is where the word begins, in bytes, or below 0 before it
	last, times := rune(0), 0
	for i, r := range s.text[s.next:] {
		c := s.character(r)
		switch {
		case c.class == inWord, c.class == onWord && begun >= 0:
			if begun < 0 {
				begun, s.start = s.next+i, s.at
			}
			s.end = s.at + 1
			if c.folded != last {
				last, times = c.folded, 0
			}
			times++
			simple = simple && c.simple && (times < emphasis || c.digit)
			if simple {
				s.word = utf8.AppendRune(s.word, c.folded)
			}
		case c.class == unseen:
		case c.class == apostrophe && begun >= 0 && letterFollows(s.text[s.next+i+utf8.RuneLen(r):]):
			simple = false
		case begun >= 0:
			s.next += i
			s.finish(s.text[begun:s.next], simple)
			return true
		}
		s.at++
	}
	s.next = len(s.text)
	if begun >= 0 {
		s.finish(s.text[begun:], simple)
	}
	return begun >= 0
}

// finish folds a word that is not simple, from what stands in the text between its begin and what parts it from the next.
func (s *scanner) finish(raw string, simple bool) {
	if simple {
		return
	}
	var b strings.Builder
	for _, r := range raw {
		switch s.character(r).class {
		case inWord, onWord:
			b.WriteRune(r)
		case apostrophe:
			b.WriteByte('\'')
		}
	}
	s.word = append(s.word[:0], fold(b.String())...)
}

// fold brings a word to the form of Word.Text.
func fold(w string) string {
	w = norm.NFC.String(strings.ToLower(norm.NFC.String(w)))
	w = strings.TrimSuffix(w, "'s")
	w = strings.ReplaceAll(w, "ё", "е")
	return unrepeat(strings.ReplaceAll(w, "'", ""))
}

// emphasis is how often a letter stands in a row when it is written again for emphasis.
const emphasis = 3

// unrepeat writes a letter that is repeated for emphasis once. Digits stay.
func unrepeat(w string) string {
	r := []rune(w)
	out := r[:0:len(r)]
	changed := false
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && r[j] == r[i] {
			j++
		}
		if j-i >= emphasis && unicode.IsLetter(r[i]) {
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

func letterFollows(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsLetter(r)
}
