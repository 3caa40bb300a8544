package index

import "math"

// Band says in a word how sure a match is.
type Band string

// The bands, by confidence.
const (
	BandStrong Band = "strong" // the document is about this very claim
	BandLikely Band = "likely" // it probably is
	BandWeak   Band = "weak"   // it shares words with the text, and no more may be said
)

// The lower bounds of the bands, chosen on two kinds of queries to the starter guidance, in each language: every wording in
// which a rumour is heard, taken out of the index before it was asked, and 1,000 everyday sentences that have nothing to do
// with it. Of the first, those taken for likely or strong were of the right topic in 81 to 90 %, those taken for strong in 88
// to 94 %; of the second, three in 3,000 were taken for likely and none for strong. Of 414 wordings that were left in the index
// 413 came out strong. The weights were fitted on the same queries, so that others will do a little worse.
const (
	strongFrom = 0.8
	likelyFrom = 0.6
)

func bandOf(confidence float64) Band {
	switch {
	case confidence >= strongFrom:
		return BandStrong
	case confidence >= likelyFrom:
		return BandLikely
	}
	return BandWeak
}

// features are what the confidence in a hit is made of: shares from 0 to 1, but for the count of words. The weight of words is
// their idf. The score is not among them, as it means nothing from one query to the next.
type features struct {
	unit     float64 // of the query's weight, what the best unit and the title have
	document float64 // of the query's weight, what the document's units have together
	wording  float64 // how far a wording of the document is the query: the share of each that is in the other, multiplied
	known    float64 // of the query's weight, words that the index has at all
	told     float64 // how much the matched words tell, of enough
	margin   float64 // how much higher the document scores than the best of another topic; negative if it scores lower
	words    int     // of the query that the document's units have
	negation bool    // the query denies and the wording does not, or the other way round
	numbers  bool    // both have numbers, and none in common
}

// The weights are those of a logistic regression on the queries named above, rounded, but for three that were set by hand, as the
// data has too few cases of them: sameness of wording, which raises, and disagreement in negation and in numbers, which lower.
const (
	biasWeight     = -5.2
	unitWeight     = 2.4
	documentWeight = 0.8
	wordingWeight  = 0.5
	knownWeight    = 2.4
	toldWeight     = 1.6
	marginWeight   = 2.9
	wordsWeight    = 0.08 // of each word, to enoughWords
	disagreement   = -0.6

	enoughWords = 5
	enoughTold  = 30.0 // idf

	// One common word proves nothing, however much of a short text it is, and two little unless they are most of what is heard, or
	// most of what is asked and of this topic alone.
	oneWord     = 0.3
	twoWords    = 0.55
	sameWording = 0.5
	alone       = 0.7
	mostOfIt    = 0.5
)

// confidence is a logistic function of the features, bounded where few words matched.
func confidence(f features) float64 {
	x := biasWeight + unitWeight*f.unit + documentWeight*f.document + wordingWeight*f.wording + knownWeight*f.known +
		toldWeight*f.told + marginWeight*f.margin + wordsWeight*float64(min(f.words, enoughWords))
	if f.negation {
		x += disagreement
	}
	if f.numbers {
		x += disagreement
	}
	c := 1 / (1 + math.Exp(-x))
	switch {
	case f.words < 2:
		return min(c, oneWord)
	case f.words == 2 && f.wording < sameWording && (f.margin < alone || f.unit < mostOfIt):
		return min(c, twoWords)
	}
	return c
}
