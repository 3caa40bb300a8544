package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"dalel/claims"
	"dalel/index"
)

// fogLike is much like the fog, and too short to be taken for the same without a person.
const fogLike = "In Karaganda all shops close on Sunday because of a purple fog over the river"

// of is the claim of a ticket as it stands now.
func (s *site) of(ticket claims.Ticket) claims.Claim {
	s.t.Helper()
	a, err := s.desk.Ask(s.t.Context(), ticket)
	if err != nil {
		s.t.Fatal(err)
	}
	return *a.Claim
}

// twoFogs asks both messages and gives their tickets and the pages of their claims.
func (s *site) twoFogs() (first, second claims.Ticket, at, near string) {
	s.t.Helper()
	first = s.visitor().ask("en", fog)
	s.catchUp()
	second = s.visitor().ask("en", fogLike)
	return first, second, "/en/desk/c/" + string(s.of(first).ID), "/en/desk/c/" + string(s.of(second).ID)
}

// offered are the buttons of the page that decide on other claims.
func (v *visitor) offered() (values []string) {
	for _, n := range v.all(tag("button")) {
		action, of, _ := strings.Cut(attr(n, "value"), ":")
		if action == "merge" || action == "reject" || action == "unmerge" {
			values = append(values, strings.TrimSuffix(action+":"+of, ":"))
		}
	}
	return values
}

func TestSuggestionsOnThePage(t *testing.T) {
	s := newPages(t)
	_, _, at, near := s.twoFogs()
	first := at[len("/en/desk/c/"):]
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	v.open(near, http.StatusOK)
	v.shows("Perhaps the same as", fog, "waiting", "one person asked", "72 % alike")
	if got := v.offered(); !slices.Equal(got, []string{"merge:" + first, "reject:" + first}) {
		t.Errorf("the buttons are %v", got)
	}
	for _, language := range []string{"en", "ru", "kk"} {
		v.look(language, near[3:])
	}

	v.open(near, http.StatusOK)
	v.press(near, "take", nil, http.StatusOK)
	v.press(near, "reject:"+first, url.Values{"summary-en": {fogFact}, "note": {"half a note"}}, http.StatusOK)
	v.shows("Noted: they are not the same.", "Decided already", "not the same")
	v.hides("Perhaps the same as")
	for field, want := range map[string]string{"summary-en": fogFact, "note": "half a note"} {
		if got := v.field(field); got != want {
			t.Errorf("%s is %q after a suggestion was rejected, want %q", field, got, want)
		}
	}
	v.press(near, "save", nil, http.StatusOK)
	v.shows("The draft is saved.")
	for _, language := range []string{"en", "ru", "kk"} {
		v.look(language, near[3:])
	}
}

// Keys and lost races: Enter in a field of the form decides on no other claim, and what a button names may be gone.
func TestSuggestionsAreNotPressedByChance(t *testing.T) {
	s := newPages(t)
	_, second, at, near := s.twoFogs()
	first := at[len("/en/desk/c/"):]
	v, w := s.signIn("en", "aigerim", claims.RoleReviewer), s.signIn("en", "botagoz", claims.RoleReviewer)
	v.open(near, http.StatusOK)
	v.press(near, "take", nil, http.StatusOK)
	v.enter("find", "garlic", http.StatusOK)
	if c := s.of(second); c.State != claims.StateInReview || len(c.Similar) != 1 || c.Similar[0].Status != claims.SimilarSuggested {
		t.Errorf("Enter made it %s, similar %+v", c.State, c.Similar)
	}
	w.open(near, http.StatusOK)
	if got := w.offered(); !slices.Equal(got, []string{"reject:" + first}) {
		t.Errorf("who does not hold the claim is offered %v", got)
	}
	s.clock.Advance(31 * time.Minute)
	w.open(near, http.StatusOK)
	w.press(near, "take", nil, http.StatusOK)
	v.press(near, "merge:"+first, url.Values{"summary-en": {fogFact}}, http.StatusConflict)
	v.shows("What you typed is still below.")
	if got := v.field("summary-en"); got != fogFact {
		t.Errorf("the summary is %q now", got)
	}
	w.press(near, "merge:"+first, nil, http.StatusOK)
	w.shows("Its requests have moved over.")
	if c := s.of(second); string(c.ID) != first || c.Requests != 2 {
		t.Errorf("after the merge the ticket is of %s with %d requests", c.ID, c.Requests)
	}
}

func TestTakeOutOnThePage(t *testing.T) {
	s := newPages(t)
	_, second, at, near := s.twoFogs()
	duplicate := near[len("/en/desk/c/"):]
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	v.open(near, http.StatusOK)
	v.press(near, "merge:"+at[len("/en/desk/c/"):], nil, http.StatusOK)

	v.open(at, http.StatusOK)
	v.shows("How others put it", fogLike)
	v.press(at, "take", nil, http.StatusOK)
	for _, language := range []string{"en", "ru", "kk"} {
		v.look(language, at[3:])
	}
	v.open(at, http.StatusOK)
	v.press(at, "unmerge:"+duplicate, url.Values{"summary-en": {fogFact}}, http.StatusOK)
	v.shows("Taken apart: it is a claim of its own again.")
	v.hides("How others put it")
	if got := v.field("summary-en"); got != fogFact {
		t.Errorf("the summary is %q after a wording was taken out", got)
	}
	if c := s.of(second); c.ID != claims.ID(duplicate) || c.Requests != 1 || c.State != claims.StateQueued {
		t.Errorf("the ticket is of %s, %s with %d requests", c.ID, c.State, c.Requests)
	}
	v.press(at, "save", nil, http.StatusOK)
	v.shows("The draft is saved.")

	// Merged once more, it is taken out on its own page, also by who could not reopen it.
	v.open(near, http.StatusOK)
	v.press(near, "duplicate", url.Values{"duplicateOf": {at}}, http.StatusOK)
	editor := s.signIn("en", "editor", claims.RoleEditor)
	for _, w := range []*visitor{v, editor} {
		w.open(near, http.StatusOK)
		w.hides("Open again")
		if got := w.offered(); !slices.Equal(got, []string{"unmerge"}) {
			t.Errorf("a duplicate's page offers %v", got)
		}
	}
	for _, language := range []string{"en", "ru", "kk"} {
		v.look(language, near[3:])
	}
	v.open(near, http.StatusOK)
	v.press(near, "unmerge", url.Values{"reason": {strings.Repeat("ә", 2001)}}, http.StatusUnprocessableEntity)
	v.shows("Reason: Too long")
	v.press(near, "unmerge", url.Values{"reason": {"shops are no schools"}}, http.StatusOK)
	v.shows("Taken apart: it is a claim of its own again.", "shops are no schools")
	editor.press(near, "unmerge", nil, http.StatusConflict)
	if c := s.of(second); c.ID != claims.ID(duplicate) {
		t.Errorf("the ticket is of %s", c.ID)
	}
}

// What is a duplicate of what is for editors alone is for them too: theirs to read, and to take apart.
func TestTakeOutOfAnEscalatedClaim(t *testing.T) {
	s := newPages(t)
	_, _, at, near := s.twoFogs()
	v, editor := s.signIn("en", "aigerim", claims.RoleReviewer), s.signIn("en", "editor", claims.RoleEditor)
	v.open(near, http.StatusOK)
	v.press(near, "merge:"+at[len("/en/desk/c/"):], nil, http.StatusOK)
	v.open(at, http.StatusOK)
	v.press(at, "escalate", url.Values{"escalateReason": {"a child is named"}}, http.StatusOK)
	v.open(near, http.StatusForbidden)
	editor.open(near, http.StatusOK)
	if got := editor.offered(); !slices.Equal(got, []string{"unmerge"}) {
		t.Errorf("an editor is offered %v", got)
	}
}

// blind finds nothing, and fails.
type blind struct{ claims.Searcher }

func (blind) Search(context.Context, index.Query) ([]index.Hit, error) {
	return nil, errors.New("the index is gone")
}

// without is a store that cannot read one claim.
type without struct {
	claims.Store
	id claims.ID
}

func (w *without) Get(ctx context.Context, ids ...claims.ID) ([]*claims.Claim, error) {
	if slices.Contains(ids, w.id) {
		return nil, fmt.Errorf("test: %w", claims.ErrUnavailable)
	}
	return w.Store.Get(ctx, ids...)
}

// The page of a claim is there also when what is like it cannot be looked up.
func TestPageWithoutSuggestions(t *testing.T) {
	t.Run("search", func(t *testing.T) {
		s := newSite(t, siteOptions{open: func(x *index.Index) claims.Searcher { return blind{x} }})
		s.visitor().ask("en", fog)
		s.catchUp()
		ticket := s.visitor().ask("en", fogLike)
		v := s.signIn("en", "aigerim", claims.RoleReviewer)
		v.open("/en/desk/c/"+string(s.of(ticket).ID), http.StatusOK)
		v.shows(fogLike, "Take it")
		v.hides("Perhaps the same as")
	})
	t.Run("store", func(t *testing.T) {
		w := &without{}
		s := newSite(t, siteOptions{store: func(store claims.Store) claims.Store { w.Store = store; return w }})
		first, _, _, near := s.twoFogs()
		v := s.signIn("en", "aigerim", claims.RoleReviewer)
		w.id = s.of(first).ID
		v.open(near, http.StatusOK)
		v.shows(fogLike, "Claims that may be the same cannot be looked up just now.")
		v.press(near, "take", nil, http.StatusOK)
		v.shows("It is yours now.")
	})
}

func TestEarlierFinding(t *testing.T) {
	s := newPages(t)
	asker := s.visitor()
	ticket := asker.ask("en", fog)
	first := s.signIn("en", "aigerim", claims.RoleReviewer)
	first.press("/desk/next", "", nil, http.StatusOK)
	first.propose("false", fogFact)
	editor := s.signIn("en", "editor", claims.RoleEditor)
	editor.open(first.at.Path, http.StatusOK)
	editor.press(first.at.Path, "approve", nil, http.StatusOK)
	s.catchUp()
	result, review := "/en/t/"+string(ticket), "/en/r"+first.at.Path[strings.LastIndexByte(first.at.Path, '/'):]

	asker.open(review, http.StatusOK)
	asker.hides("half a year ago", "Being re-checked")
	asker.open(result, http.StatusOK)
	asker.hides("Earlier finding")

	s.clock.Advance(181 * 24 * time.Hour)
	asker.open(review, http.StatusOK)
	asker.shows("Checked more than half a year ago.", "False")
	asker.hides("Being re-checked")
	asker.open(result, http.StatusOK)
	asker.earlier(t, review, "It is more than half a year old.")

	asker.ask("en", fog)
	asker.shows("It is in the reviewers' queue.")
	asker.earlier(t, review, "It is being looked at again.")
	asker.open(review, http.StatusOK)
	asker.shows("Being re-checked", "False")
	asker.hides("half a year ago")
	for _, language := range []string{"en", "ru", "kk"} {
		asker.look(language, result[3:])
		asker.look(language, review[3:])
	}

	// Who asked in other words may say that it is not theirs, and then it is not offered.
	other := s.visitor()
	otherTicket := other.ask("en", fogAgain)
	other.earlier(t, review, "It is being looked at again.")
	other.press("/feedback", "not_mine", nil, http.StatusOK)
	other.open("/en/t/"+string(otherTicket), http.StatusOK)
	other.hides("Earlier finding", fogFact)
}

// earlier fails unless the page offers an earlier finding, with its review and the sentence, and does not assert it.
func (v *visitor) earlier(t *testing.T, review, why string) {
	t.Helper()
	v.shows("Not settled yet: please do not forward it", "Earlier finding", "False", "2 March 2026: reviewed by two people", why, "do not rely on it alone")
	v.hides("Not checked yet", "Nobody has checked")
	for _, n := range v.all(func(n *html.Node) bool { return strings.HasPrefix(attr(n, "class"), "verdict") }) {
		if strings.Contains(textOf(n), "False") {
			t.Errorf("the verdict stands where the outcome does: %s", textOf(n))
		}
	}
	if links := v.all(func(n *html.Node) bool { return attr(n, "href") == review }); len(links) != 1 {
		t.Errorf("%d links to the review, want 1", len(links))
	}
	if share := v.field("share"); strings.Contains(share, "False") || strings.Contains(share, fogFact) {
		t.Errorf("the text to share is %q", share)
	}
}
