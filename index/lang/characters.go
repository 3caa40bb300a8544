package lang

import (
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// tabled is the end of the Cyrillic blocks, which come after Latin: tables of characters are kept up to there, as nearly all texts
// have few others.
const tabled = 0x530

// class is what a character is to Words.
type class uint8

const (
	parting    class = iota // what parts words
	inWord                  // a letter or digit
	onWord                  // a mark, which belongs to the word before it
	unseen                  // what is not seen, and is passed over
	apostrophe              // which belongs to a word when it stands within one
)

// character is what Words knows of a character.
type character struct {
	folded rune // what becomes of it in Word.Text where it is simple
	class  class
	digit  bool
	simple bool // whether it is folded by itself, whatever stands beside it
}

// characters are those below tabled.
var characters = sync.OnceValue(func() *[tabled]character {
	var table [tabled]character
	for r := range rune(tabled) {
		table[r] = newCharacter(r)
	}
	return &table
})

func (s *scanner) character(r rune) character {
	if r < tabled {
		return s.characters[r]
	}
	return character{class: classOf(r)}
}

func newCharacter(r rune) character {
	c := character{class: classOf(r), digit: unicode.IsDigit(r)}
	folded := []rune(fold(string(r)))
	if c.class == inWord && len(folded) == 1 {
		c.folded = folded[0]
		c.simple = isAlone(r) && isAlone(unicode.ToLower(r))
	}
	return c
}

// isAlone reports whether a character stays as it is in a composed text (NFC), whatever character of this kind stands before it.
func isAlone(r rune) bool {
	s := string(r)
	return norm.NFC.IsNormalString(s) && norm.NFC.PropertiesString(s).BoundaryBefore()
}

func classOf(r rune) class {
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return inWord
	case isInvisible(r) || isVariation(r):
		return unseen
	case unicode.IsMark(r):
		return onWord
	case r == '\'' || r == '’' || r == '‘': // ʼ is a letter
		return apostrophe
	default:
		return parting
	}
}

// isInvisible is true of zero-width characters, soft hyphens and marks of direction.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r)
}

// isVariation is true of what only chooses how the character before it is drawn.
func isVariation(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }
