package lang

// Normalize gives the form of a text in which texts are compared, and which decides that two submissions are one claim: its
// words, composed (NFC) and in lower case, with ё as е and letters that are repeated for emphasis once, one space between
// them. Punctuation, emoji, invisible characters, links and the headers of forwarded messages are left out; a text that is
// nothing but links keeps them. It is empty for a text without letters and digits. Normalizing twice changes nothing more.
func Normalize(text string) string {
	var room [usual]byte
	joined := join(room[:0], Body(text))
	if len(joined) == 0 {
		joined = join(joined, text)
	}
	return string(joined)
}

// join adds the words of a text to none, with one space between them.
func join(joined []byte, text string) []byte {
	for s := newScanner(text); s.scan(); {
		if len(joined) > 0 {
			joined = append(joined, ' ')
		}
		joined = append(joined, s.word...)
	}
	return joined
}
