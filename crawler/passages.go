package crawler

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dalel/index"
)

// Sizes of passages in words: long enough to stand alone as a quotation, short enough to be about one thing.
const (
	minWords = 40
	maxWords = 120
	// maxWordBytes is the longest run without a space that is text; longer ones (encoded data) are left out. With it a passage of
	// 120 words stays below index.MaxPassageBytes.
	maxWordBytes = 130
	maxHeadings  = 10  // levels of a heading path
	maxHeading   = 300 // runes
)

// unit is what a passage is not split inside of: a sentence, a list item, a table row.
type unit struct {
	text   string
	words  int
	starts bool // of a block: set apart from the unit before by a line break
	anchor string
}

// section is a run of blocks of one kind under one heading.
type section struct {
	heading []string
	anchor  string
	kind    index.PassageKind
	units   []unit
}

// toPassages cuts blocks into passages: all of what stands under one heading, in parts of about equal size between 40 and 120 words.
// Where less than 40 words stand under a heading they make one passage. Blocks of nothing but links are left out unless keepLinks.
func toPassages(title string, blocks []block, keepLinks bool) []index.Passage {
	var out []index.Passage
	for _, s := range sections(title, blocks, keepLinks) {
		for _, part := range s.split() {
			if len(out) == index.MaxPassages {
				return out
			}
			out = append(out, index.Passage{Heading: s.heading, Anchor: part.anchor, Text: part.text, Kind: s.kind})
		}
	}
	return out
}

func sections(title string, blocks []block, keepLinks bool) []*section {
	type heading struct {
		level  int
		text   string
		anchor string
	}
	var path []heading
	var all []*section
	var current *section
	for _, b := range blocks {
		if b.ends > 0 || b.level > 0 {
			at := max(b.ends, b.level)
			for len(path) > 0 && path[len(path)-1].level >= at {
				path = path[:len(path)-1]
			}
			if b.level > 0 && len(path) < maxHeadings {
				path = append(path, heading{b.level, firstRunes(b.text, maxHeading), b.anchor})
			}
			current = nil
			continue
		}
		if b.linked && !keepLinks {
			continue
		}
		kind := index.PassageAdvice
		switch {
		case b.claim:
			kind = index.PassageClaim
		case b.row:
			kind = index.PassageTable
		case len(path) > 0 && isQuestion(path[len(path)-1].text):
			kind = index.PassageAnswer
		}
		if current == nil || current.kind != kind {
			current = &section{kind: kind, heading: []string{}}
			for _, h := range path {
				current.heading = append(current.heading, h.text)
				if h.anchor != "" {
					current.anchor = h.anchor
				}
			}
			if len(current.heading) == 0 && title != "" {
				current.heading = append(current.heading, title)
			}
			all = append(all, current)
		}
		current.add(b)
	}
	return all
}

func (s *section) add(b block) {
	words := slices.DeleteFunc(strings.Fields(b.text), func(w string) bool { return len(w) > maxWordBytes })
	if len(words) == 0 {
		return
	}
	if len(s.units) == 0 && s.anchor == "" {
		s.anchor = b.anchor
	}
	first := len(s.units)
	sentences := [][]string{words}
	if len(words) > maxWords || !b.row {
		sentences = splitSentences(words)
	}
	for _, sentence := range sentences {
		for part := range slices.Chunk(sentence, maxWords) {
			s.units = append(s.units, unit{text: strings.Join(part, " "), words: len(part), anchor: b.anchor})
		}
	}
	s.units[first].starts = true
}

type part struct{ text, anchor string }

// split shares the units out so that no part is much smaller than the others.
func (s *section) split() []part {
	total := 0
	for _, u := range s.units {
		total += u.words
	}
	count := (total + maxWords - 1) / maxWords
	if count == 0 {
		return nil
	}
	target := max((total+count-1)/count, minWords)
	var parts [][]unit
	size := 0
	for _, u := range s.units {
		if len(parts) == 0 || size >= target || size+u.words > maxWords {
			parts = append(parts, nil)
			size = 0
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], u)
		size += u.words
	}
	balanceLast(parts)
	out := make([]part, len(parts))
	for i, units := range parts {
		var b strings.Builder
		for j, u := range units {
			if j > 0 && u.starts {
				b.WriteByte('\n')
			} else if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(u.text)
		}
		out[i] = part{text: b.String(), anchor: s.anchor}
		if s.anchor == "" {
			out[i].anchor = units[0].anchor
		}
	}
	return out
}

// balanceLast moves units from the last but one part to a last part of less than 40 words, as long as both gain.
func balanceLast(parts [][]unit) {
	if len(parts) < 2 {
		return
	}
	before, last := parts[len(parts)-2], parts[len(parts)-1]
	for len(before) > 1 && wordsIn(last) < minWords {
		moved := before[len(before)-1]
		if wordsIn(before)-moved.words < minWords || wordsIn(last)+moved.words > maxWords {
			break
		}
		before, last = before[:len(before)-1], append([]unit{moved}, last...)
	}
	parts[len(parts)-2], parts[len(parts)-1] = before, last
}

func wordsIn(units []unit) int {
	n := 0
	for _, u := range units {
		n += u.words
	}
	return n
}

// abbreviations end with a full stop that ends no sentence.
var abbreviations = wordSet(`dr. mr. mrs. ms. prof. e.g. i.e. vs. no. fig. al. approx. u.s. т.е. т.к. г. гг. ул. им. рис. см. стр. проф. ж. т.б.`)

// splitSentences cuts a run of words behind full stops, question and exclamation marks that an upper-case word or a number follows.
func splitSentences(words []string) [][]string {
	var out [][]string
	start := 0
	for i, w := range words[:len(words)-1] {
		core := strings.TrimRight(w, `"'»”’)]`)
		if core == "" || !strings.ContainsAny(core[len(core)-1:], ".?!") && !strings.HasSuffix(core, "…") {
			continue
		}
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(words[i+1], `"'«“‘([`))
		initial := utf8.RuneCountInString(core) == 2 && strings.HasSuffix(core, ".") && unicode.IsUpper(firstRune(core))
		if (unicode.IsUpper(next) || unicode.IsDigit(next)) && !initial && !abbreviations[strings.ToLower(core)] {
			out = append(out, words[start:i+1])
			start = i + 1
		}
	}
	return append(out, words[start:])
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// firstRunes cuts a text after n runes.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
