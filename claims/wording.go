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

// words are all wordings of a claim under their own IDs: its own first, where it is kept.
func (c Claim) words() []Wording {
	if own := c.ownText(); own != "" {
		return append([]Wording{{ID: c.ID, Lang: c.Lang, Text: own}}, c.Wordings...)
	}
	return c.Wordings
}

// ownText is the claim's text where it is its own, and not a duplicate's.
func (c Claim) ownText() string {
	if c.TextFrom != "" {
		return ""
	}
	return c.Text
}

// speak puts the claim in its own words.
func (c *Claim) speak(text, language string) { c.Text, c.Lang, c.TextFrom = text, language, "" }

// borrow puts the claim in the words of a duplicate, and reports whether there are any.
func (c *Claim) borrow() bool {
	if len(c.Wordings) == 0 {
		return false
	}
	w := c.Wordings[0]
	c.Text, c.Lang, c.TextFrom = w.Text, w.Lang, w.ID
	return true
}

// hush forgets the words that the claim is put in, if nobody asks in them any more. It is then put in those of a duplicate; but what is public in a
// reviewer's words needs no other. Where there are no words it keeps its own as long as others ask, or a finding is about them.
func (c *Claim) hush() {
	switch {
	case c.Text == "", c.TextFrom == "" && c.Own > 0:
		return
	case c.TextFrom != "" && slices.ContainsFunc(c.Wordings, func(w Wording) bool { return w.ID == c.TextFrom }):
		return
	case c.Review != nil && c.Review.Statement != "" && c.Proposed == nil:
		c.Text, c.TextFrom = "", ""
		return
	case c.borrow():
		return
	}
	worded := c.Proposed != nil && c.Proposed.Statement != "" || c.Review != nil && c.Review.Statement != ""
	found := c.Proposed != nil || c.Review != nil
	if c.State == StateClosed || c.TextFrom != "" || worded || !found && c.Asking == 0 {
		c.Text, c.TextFrom = "", ""
	}
}

// reword gives a claim that is worked on again some words, where it has none: a duplicate's, else those that a reviewer found.
func (c *Claim) reword(statement string) {
	if c.Text == "" && !c.borrow() {
		c.Text = statement
	}
}
