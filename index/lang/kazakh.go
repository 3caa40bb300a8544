package lang

import (
	"slices"
	"strings"
)

// StemKazakh gives the stem of a lower-case Kazakh word in Cyrillic: what is left when the endings of number, possession, case,
// tense and the passive are taken off. Forms of one word mostly share it; it is not the dictionary form, and words without
// endings, short words and words in other scripts come back as they are.
//
// Endings are taken off from the right in the order in which Kazakh puts them on, as long as each agrees with what is before it
// in vowel harmony and in the assimilation of its first consonant; of all chains that agree the one that leaves the shortest stem
// counts.
func StemKazakh(word string) string {
	if len(word) > maxWord || whole[word] || strings.ContainsFunc(word, notCyrillic) {
		return word
	}
	w := []rune(word)
	s := stripper{word: w, best: len(w), endings: endings}
	if !strings.ContainsAny(word, ownLetters) {
		s.endings = plainEndings
	}
	s.strip(len(w), slotEnd)
	return finish(w[:s.best], s.best < len(w))
}

const (
	maxWord  = 96 // bytes; longer words are not Kazakh words
	minStem  = 3  // letters that are left, or two as in ел, ат, үй
	tinyStem = 2
)

// whole are common words that end as if they had an ending.
var whole = map[string]bool{"мектеп": true, "кітап": true, "китап": true, "талап": true, "тарап": true, "себеп": true, "есеп": true, "тәртіп": true, "қауіп": true}

// Letters by what they do to the ending that follows them. У and и end a syllable as a consonant does.
const (
	broad   = "аәеиоэя"
	vowels  = broad + "өуұүыіюё"
	nasals  = "мнң"
	liquids = "лрйу"
	buzzing = "зж"
	voiced  = nasals + liquids + buzzing
	hard    = "пфкқтсшщчцхһбвгд" // voiceless, or at the end of loans
	soft    = vowels + voiced + "ғ"
	closed  = voiced + hard + "ғи"
	letters = vowels + closed + "ъь"

	ownLetters = "әғқңөұүһі" // that Russian does not have

	owned = "ыіи" // a possessive ending, which is taken off next
)

// slot is a place in the chain of endings, counted from the end of the word.
type slot uint8

const (
	slotEnd    slot = iota // what nothing follows
	slotPerson             // who somebody is
	slotCase
	slotOwner  // whose it is
	slotPlural // more than one
	slotTense  // participle, infinitive
	slotNot    // negation
	slotVoice  // the passive
)

// ending is one ending in the forms that vowel harmony gives it.
type ending struct {
	forms string // space-separated
	after string // letters that may stand before it
	slot  slot   // where it stands
	next  slot   // the outermost place that may stand before it
}

// endings is a table of Kazakh inflection. Left out are those that look like the ends of common stems (-м, -ың, -ар) or like the
// endings that make words (-тық, -сыз, -дыр): they would conflate more that differs than what is the same.
var inflection = []ending{
	// Person of nouns and participles.
	{"мын мін", vowels + liquids + nasals, slotPerson, slotCase},
	{"бын бін", nasals + buzzing, slotPerson, slotCase},
	{"пын пін", hard, slotPerson, slotCase},

	// Cases.
	{"ның нің", vowels + nasals, slotCase, slotOwner},
	{"дың дің", liquids + buzzing, slotCase, slotOwner},
	{"тың тің", hard, slotCase, slotOwner},
	{"ға ге", soft, slotCase, slotOwner},
	{"қа ке", hard, slotCase, slotOwner},
	{"ны ні", vowels, slotCase, slotOwner},
	{"ды ді", voiced, slotCase, slotOwner},
	{"ты ті", hard, slotCase, slotOwner},
	{"да де", soft, slotCase, slotOwner},
	{"та те", hard, slotCase, slotOwner},
	{"дан ден", soft, slotCase, slotOwner},
	{"нан нен", nasals, slotCase, slotOwner},
	{"тан тен", hard, slotCase, slotOwner},
	{"мен", vowels + liquids + nasals, slotCase, slotOwner},
	{"бен", nasals + buzzing, slotCase, slotOwner},
	{"пен", hard, slotCase, slotOwner},
	{"дағы дегі", soft, slotCase, slotOwner},
	{"тағы тегі", hard, slotCase, slotOwner},
	{"дай дей", soft, slotCase, slotOwner},
	{"тай тей", hard, slotCase, slotOwner},
	{"на не н нда нде нан нен ндағы ндегі ндай ндей", owned, slotCase, slotOwner},

	// Possession.
	{"сы сі", broad, slotOwner, slotPlural},
	{"ы і", closed, slotOwner, slotPlural},
	{"мыз міз ңыз ңіз", vowels, slotOwner, slotPlural},
	{"ымыз іміз ыңыз іңіз", closed, slotOwner, slotPlural},
	{"ыма іме ыңа іңе", closed, slotOwner, slotPlural},

	// Number.
	{"лар лер", vowels + "рй", slotPlural, slotTense},
	{"дар дер", "л" + nasals + buzzing, slotPlural, slotTense},
	{"тар тер", hard, slotPlural, slotTense},

	// Participles and the infinitive, which take the endings of nouns.
	{"ған ген ғандық гендік", soft, slotTense, slotNot},
	{"қан кен қандық кендік", hard, slotTense, slotNot},
	{"у", letters, slotTense, slotNot},

	// What stands only at the end of a word: finite verbs and converbs.
	{"ды ді дым дім дың дің дыңыз діңіз", soft, slotEnd, slotNot},
	{"ты ті тым тім тың тің тыңыз тіңіз", hard, slotEnd, slotNot},
	{"ғанша генше ғалы гелі", soft, slotEnd, slotNot},
	{"қанша кенше қалы келі", hard, slotEnd, slotNot},
	{"ады еді атын етін атынын етінін атынына етініне атындығын етіндігін", closed, slotEnd, slotNot},
	{"йды йді йтын йтін йтынын йтінін йтынына йтініне йтындығын йтіндігін", vowels, slotEnd, slotNot},
	{"амын емін асыз есіз амыз еміз айын ейін айық ейік", closed, slotEnd, slotNot},
	{"ймын ймін йсыз йсіз ймыз йміз йін йын йық йік", vowels, slotEnd, slotNot},
	{"ып іп ыпты іпті", closed, slotEnd, slotNot},
	{"п пты пті", vowels, slotEnd, slotNot},
	{"са се сам сем саң сең саңыз сеңіз сын сін", letters, slotEnd, slotNot},
	{"май мей мас мес", vowels + liquids + nasals, slotEnd, slotVoice},
	{"бай бей бас бес", nasals + buzzing, slotEnd, slotVoice},
	{"пай пей пас пес", hard, slotEnd, slotVoice},

	// Negation.
	{"ма ме", vowels + liquids + nasals, slotNot, slotVoice},
	{"ба бе", nasals + buzzing, slotNot, slotVoice},
	{"па пе", hard, slotNot, slotVoice},

	// The passive.
	{"ыл іл", closed, slotVoice, slotVoice},
	{"л", vowels, slotVoice, slotVoice},
}

// The endings by their last letter: as they are written, and with their forms on a Russian keyboard for words without a Kazakh
// letter, which may have been typed on one.
var (
	endings      = byLastLetter(inflection, false)
	plainEndings = byLastLetter(inflection, true)
)

// form is one written form of an ending.
type form struct {
	letters []rune
	ending
}

func byLastLetter(table []ending, plain bool) map[rune][]form {
	m := map[rune][]form{}
	add := func(written string, e ending) {
		letters := []rune(written)
		last := letters[len(letters)-1]
		m[last] = append(m[last], form{letters, e})
	}
	for _, e := range table {
		for _, written := range strings.Fields(e.forms) {
			add(written, e)
			if typed := PlainKazakh(written); plain && typed != written {
				add(typed, e)
			}
		}
	}
	return m
}

// stripper looks for the shortest stem of a word.
type stripper struct {
	word    []rune
	best    int
	endings map[rune][]form
	seen    [maxWord/2 + 1]uint16 // by length, one bit a slot: what strip was called with
}

// strip tries every ending that may stand at the end of word[:n] when what was taken off last stands in a slot.
func (s *stripper) strip(n int, from slot) {
	if n == 0 || s.seen[n]&(1<<from) != 0 {
		return
	}
	s.seen[n] |= 1 << from
	for _, f := range s.endings[s.word[n-1]] {
		left := n - len(f.letters)
		if f.slot < from || left < tinyStem || !slices.Equal(s.word[left:n], f.letters) || !s.follows(f, left) {
			continue
		}
		if s.stem(left) && f.after != owned {
			s.best = min(s.best, left)
		}
		s.strip(left, f.next)
	}
}

// stem reports whether what is left is enough to be a stem: three letters with a vowel, or two like ел, ат, үй.
func (s *stripper) stem(left int) bool {
	if left >= minStem {
		return slices.ContainsFunc(s.word[:left], isVowel)
	}
	return left == tinyStem && len(s.word)-left >= 2 && isVowel(s.word[0]) && !isVowel(s.word[1])
}

// follows reports whether a form of an ending agrees with what stands before it.
func (s *stripper) follows(f form, left int) bool {
	return strings.ContainsRune(f.after, s.word[left-1]) && harmonious(s.word[:left], f.letters)
}

// finish undoes what the first ending did to the end of the stem: a narrow vowel that comes and goes is dropped, and a
// consonant that the ending voiced is voiceless again.
func finish(w []rune, stripped bool) string {
	if n := len(w); n > minStem+1 && isNarrow(w[n-1]) {
		w, stripped = w[:n-1], true
	}
	if n := len(w); stripped && n >= minStem && isVowel(w[n-2]) {
		if r, ok := hardened[w[n-1]]; ok {
			w = append(slices.Clone(w[:n-1]), r)
		}
	}
	if n := len(w); n > minStem && !isVowel(w[n-1]) && isNarrow(w[n-2]) && strings.ContainsRune("рлнйу", w[n-3]) {
		w = append(slices.Clone(w[:n-2]), w[n-1]) // халық, халқы
	}
	return string(w)
}

// hardened is how a stem ends where no vowel follows it.
var hardened = map[rune]rune{'б': 'п', 'ғ': 'қ', 'г': 'к'}

func notCyrillic(r rune) bool {
	return (r < 'а' || r > 'я') && r != 'ё' && !strings.ContainsRune(ownLetters, r)
}

func isVowel(r rune) bool  { return strings.ContainsRune(vowels, r) }
func isNarrow(r rune) bool { return r == 'ы' || r == 'і' || r == 'и' }

// harmonious reports whether the vowels of an ending may follow a stem: back vowels follow back ones, front vowels front ones.
// The instrumental goes with both, and so do stems whose vowels are neither.
func harmonious(stem, ending []rune) bool {
	if len(ending) == 3 && ending[1] == 'е' && ending[2] == 'н' && strings.ContainsRune("мбп", ending[0]) {
		return true
	}
	of, to := harmony(ending), harmony(stem)
	return of == 0 || to == 0 || of == to
}

// harmony is -1 where the last vowel is a back one, 1 where it is a front one, 0 where it may be either or there is none.
func harmony(w []rune) int {
	for _, r := range slices.Backward(w) {
		switch r {
		case 'а', 'о', 'ұ', 'ы', 'я', 'ё':
			return -1
		case 'ә', 'е', 'ө', 'ү', 'і', 'э':
			return 1
		case 'и', 'у', 'ю':
			return 0
		}
	}
	return 0
}
