package lang

import (
	_ "embed"
	"math"
	"math/bits"
	"strings"
	"sync"
	"unicode"
)

// Texts of our own, from which the frequencies of letters are taken.
var (
	//go:embed seed/kk.txt
	seedKazakh string
	//go:embed seed/ru.txt
	seedRussian string
	//go:embed seed/en.txt
	seedEnglish string
)

const (
	gramLength  = 4   // longest run of letters that is counted
	gramBackoff = 5.0 // how many sightings a shorter run is worth when a longer one is estimated
)

// What frequencies are kept of, in the order of gramCounts. Kazakh is there as it is written and as it is typed without its letters.
const (
	inKazakh = iota
	inPlainKazakh
	inRussian
	inEnglish
	modelled // how many there are
)

// gramCounts is how often a run of letters stands in each of the seeds, none of which has as many letters as would overflow it.
type gramCounts [modelled]uint16

// A letter is known to the models by a code of one byte, so that a run of up to gramLength letters is a number. The seeds have some
// sixty letters.
const (
	codeBound  = 1   // the bound of a word, which is a letter of its own: endings tell most
	codeFirst  = 2   // of the letters of the seeds, in the order in which they are met
	codeUnseen = 255 // a letter that no seed has
	codeBits   = 8
)

// models are the frequencies of runs of letters in the seeds.
type models struct {
	codes   map[rune]uint8
	size    [modelled]float64 // letters counted
	table   []gramSlot        // of a power of two, open addressing; at least half is empty
	shift   int               // of a hash to a place in the table
	letters [tabled]letter    // what Identify knows of each character
}

// gramSlot is a run of letters and its counts. The slot where a search ends in vain is empty: its counts are 0.
type gramSlot struct {
	gram   uint32 // 0 in an empty slot
	counts gramCounts
}

// theModels are made when they are first needed: a few milliseconds.
var theModels = sync.OnceValue(func() *models {
	m := &models{codes: map[rune]uint8{' ': codeBound}}
	grams := map[uint32]gramCounts{}
	m.count(grams, inKazakh, strings.ToLower(seedKazakh))
	m.count(grams, inPlainKazakh, PlainKazakh(strings.ToLower(seedKazakh)))
	m.count(grams, inRussian, strings.ReplaceAll(strings.ToLower(seedRussian), "ё", "е"))
	m.count(grams, inEnglish, strings.ToLower(seedEnglish))
	m.fill(grams)
	for r := range m.letters {
		m.letters[r] = m.newLetter(rune(r))
	}
	return m
})

// count adds the runs of letters of a text in lower case to the counts of one seed.
func (m *models) count(grams map[uint32]gramCounts, in int, text string) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		letters := []rune(" " + word + " ")
		m.size[in] += float64(len(letters) - 1)
		for i := range letters {
			gram := uint32(0)
			for n := 0; n < gramLength && i+n < len(letters); n++ {
				gram = gram<<codeBits | uint32(m.learn(letters[i+n]))
				counts := grams[gram]
				counts[in]++
				grams[gram] = counts
			}
		}
	}
}

// learn is the code of a letter of a seed, a new one where it has none.
func (m *models) learn(r rune) uint8 {
	if _, known := m.codes[r]; !known {
		m.codes[r] = uint8(codeFirst + len(m.codes) - 1)
	}
	return m.codes[r]
}

// code is the code of a letter.
func (m *models) code(r rune) uint8 {
	if code, known := m.codes[r]; known {
		return code
	}
	return codeUnseen
}

// fill makes the table of what was counted.
func (m *models) fill(grams map[uint32]gramCounts) {
	size := bits.Len(uint(2 * len(grams)))
	m.table = make([]gramSlot, 1<<size)
	m.shift = 32 - size
	for gram, counts := range grams {
		*m.slot(gram) = gramSlot{gram, counts}
	}
}

// slot is where a run of letters stands in the table, or the empty slot where it would.
func (m *models) slot(gram uint32) *gramSlot {
	at := int(gram * 0x9E3779B1 >> m.shift) // Knuth's multiplicative hash, 2^32 over the golden ratio
	for {
		s := &m.table[at&(len(m.table)-1)]
		if s.gram == gram || s.gram == 0 {
			return s
		}
		at++
	}
}

// reading is a word that is read letter by letter, and the logarithm of its probability so far, each letter given the ones before it.
type reading struct {
	letters uint32                    // the codes of the last gramLength letters
	length  int                       // letters read, the bound before the first one included
	before  [gramLength - 1]*gramSlot // the runs of 1, 2 and 3 letters that end with the letter read last
	sums    [modelled]float64         // the logarithms
}

// start begins a word.
func (m *models) start() reading {
	w := reading{letters: codeBound, length: 1}
	w.before[0] = m.slot(codeBound)
	return w
}

// read adds a letter to the probability of a word in the seeds from one to another, the latter exclusive. Runs not seen are estimated
// from shorter ones.
func (m *models) read(w *reading, code uint8, from, to int) {
	w.letters = w.letters<<codeBits | uint32(code)
	run := m.slot(uint32(code))
	var p [modelled]float64
	for in := from; in < to; in++ {
		p[in] = 1.0 / 80 // a letter never seen
		p[in] = (float64(run.counts[in]) + gramBackoff*p[in]) / (m.size[in] + gramBackoff)
	}
	before := w.before
	w.before[0] = run
	for n := 1; n < gramLength && n <= w.length; n++ {
		if run.gram != 0 { // of a run not seen no longer one was
			run = m.slot(w.letters & (1<<(codeBits*(n+1)) - 1))
		}
		context := before[n-1]
		for in := from; in < to; in++ {
			p[in] = (float64(run.counts[in]) + gramBackoff*p[in]) / (float64(context.counts[in]) + gramBackoff)
		}
		if n < len(w.before) {
			w.before[n] = run
		}
	}
	for in := from; in < to; in++ {
		w.sums[in] += math.Log(p[in])
	}
	w.length++
}
