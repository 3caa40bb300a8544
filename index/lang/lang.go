// Package lang knows the three languages of a check, Kazakh, Russian and English, as pure functions of text: which of them a
// text is in, how a text is brought to the form in which it is compared, and how a Kazakh word is brought to its stem.
//
// # Why
//
// No library knows Kazakh and is small enough: the identifiers that do weigh a hundred megabytes, the stemmers do not exist.
// Rumours are short, mixed and typed without Kazakh letters, so the evidence here is what such texts still carry: letters,
// the commonest small words and endings, and the frequency of pairs of letters.
package lang

// The languages, as BCP 47 tags.
const (
	Kazakh  = "kk"
	Russian = "ru"
	English = "en"
)
