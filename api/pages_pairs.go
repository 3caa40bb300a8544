package api

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// pairs are the claims that are the same as the one on a page, or may be.
type pairs struct {
	Wordings    []wordingView
	Suggestions []suggestionView // that nobody has decided on
	Decided     []suggestionView
	NotLookedUp bool // the suggestions could not be had just now
	Unmerge     bool // the claim is a duplicate that may be taken out of what it was merged into
}

// Paired reports whether there is anything to show.
func (p pairs) Paired() bool {
	return len(p.Wordings)+len(p.Suggestions)+len(p.Decided) > 0 || p.NotLookedUp
}

// A wordingView is the text of a duplicate.
type wordingView struct {
	ID             claims.ID
	Lang, Text     string
	Opens, TakeOut bool // the account may see the duplicate; may take it out
}

// A suggestionView is a claim that may be the same, with what was decided of that.
type suggestionView struct {
	ID               claims.ID
	Lang, Text       string
	StateName, Alike string
	Requests         int64
	Status           string // of one that is decided
	Merge            bool
}

// suggestWithin bounds the search for what may be the same, so that a page does not wait for it.
const suggestWithin = 2 * time.Second

// maxAbove bounds how many duplicates of duplicates a page follows; a longer chain has no button to undo it.
const maxAbove = 100

// pairs are those of a claim. end says that the account may end the claim.
func (s *Server) pairs(c *gin.Context, language string, who claims.Account, found claims.Claim, end bool) pairs {
	ctx := c.Request.Context()
	open := s.seesAbove(ctx, who, found)
	p := pairs{Unmerge: isDuplicate(found) && found.Text != "" && open}
	for _, w := range found.Wordings {
		duplicate, err := s.desk.Claim(ctx, who, w.ID)
		p.Wordings = append(p.Wordings, wordingView{ID: w.ID, Lang: w.Lang, Text: w.Text, Opens: err == nil,
			TakeOut: err == nil && open && isDuplicate(duplicate) && duplicate.Text != ""})
	}
	within, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	suggestions, err := s.desk.Suggestions(within, who, found.ID)
	if err != nil { // the page is needed all the same
		s.log.WarnContext(ctx, "suggestions not looked up", "id", requestID(c), "error", err)
		p.NotLookedUp = true
	}
	for _, each := range suggestions {
		v := s.suggestionView(language, each)
		switch gone := each.Other.State == claims.StateClosed || each.Other.State == claims.StateRetracted; {
		case each.Status != claims.SimilarSuggested:
			v.Status = s.say(language, "similar."+string(each.Status), nil)
			p.Decided = append(p.Decided, v)
		case found.Open() && !gone:
			v.Merge = end
			p.Suggestions = append(p.Suggestions, v)
		}
	}
	return p
}

func (s *Server) suggestionView(language string, each claims.Suggestion) suggestionView {
	v := suggestionView{ID: each.Other.ID, Lang: each.Other.Lang, Text: shorten(each.Other.Text, listedChars), Requests: each.Other.Requests,
		StateName: s.say(language, "state."+string(each.Other.State), nil)}
	if v.Text == "" {
		v.Lang, v.Text = language, s.say(language, "claim.text_gone", nil)
	}
	if each.Score > 0 {
		v.Alike = s.say(language, "similar.alike", map[string]any{"Percent": int(each.Score*100 + 0.5)})
	}
	return v
}

func isDuplicate(c claims.Claim) bool {
	return c.State == claims.StateClosed && c.Closing != nil && c.Closing.Reason == claims.ReasonDuplicate
}

// seesAbove reports whether the account may see all that a claim is a duplicate of: what is for editors alone is theirs to take apart.
func (s *Server) seesAbove(ctx context.Context, who claims.Account, c claims.Claim) bool {
	for range maxAbove {
		if !isDuplicate(c) {
			return true
		}
		above, err := s.desk.Claim(ctx, who, c.Closing.DuplicateOf)
		if err != nil {
			return false
		}
		c = above
	}
	return false
}

// apart says of two claims that they are not the same: of a suggestion, of a duplicate that the button names, or of the claim itself and what it
// was merged into.
func (s *Server) apart(t *claimTurn, here string) (said, to string, err error) {
	ctx := t.c.Request.Context()
	said = "unmerged"
	switch {
	case t.action == "reject":
		said = "rejected"
		_, err = s.desk.Reject(ctx, t.claim.ID, t.act(), claims.ID(t.arg))
	case t.arg != "":
		_, err = s.desk.Unmerge(ctx, claims.ID(t.arg), t.act(), "")
	default:
		_, err = s.desk.Unmerge(ctx, t.claim.ID, t.act(), t.form.Reason)
	}
	if err != nil || !t.form.Work {
		return said, here, err
	}
	t.claim, err = s.desk.Claim(ctx, t.who, t.claim.ID)
	return said, "", err
}
