package claims

import "slices"

// addWording keeps the words of a duplicate, where there is room.
func (c *Claim) addWording(w Wording) {
	if w.Text != "" && w.ID != c.ID && len(c.Wordings) < MaxWordings &&
		!slices.ContainsFunc(c.Wordings, func(have Wording) bool { return have.ID == w.ID }) {
		c.Wordings = append(c.Wordings, w)
	}
}

// dropWordings forgets words that are a duplicate's no more, or that nobody asks in.
func (c *Claim) dropWordings(gone ...ID) {
	c.Wordings = slices.DeleteFunc(c.Wordings, func(w Wording) bool { return slices.Contains(gone, w.ID) })
}

// words are all wordings of a claim, its own first.
func (c Claim) words() []Wording {
	return append([]Wording{{ID: c.ID, Lang: c.Lang, Text: c.Text}}, c.Wordings...)
}
