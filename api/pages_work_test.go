package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dalel/api"
	"dalel/claims"
)

// A page that was typed by its address and not added goes the same way as with the button that adds it, whichever button is pressed.
func TestTypedEvidenceIsNotLost(t *testing.T) {
	for _, button := range []string{"save", "enter", "propose"} {
		t.Run(button, func(t *testing.T) {
			s := newPages(t)
			s.visitor().ask("en", fog)
			v := s.signIn("en", "aigerim", claims.RoleReviewer)
			v.press("/desk/next", "", nil, http.StatusOK)
			at := v.at.Path
			v.press(at, button, url.Values{"verdict": {"false"}, "summary-en": {fogFact}, "new-quote": {"Schools are open."},
				"note": {"half a note"}, "validUntil": {"2026-09-01"}}, http.StatusUnprocessableEntity)
			v.shows("Address of the page: This is needed.")
			if got := v.field("new-quote"); got != "Schools are open." {
				t.Errorf("the quotation that was typed is %q now", got)
			}
			if held := v.claim(s); held.Draft != nil || held.Proposed != nil {
				t.Error("something was stored all the same")
			}
			v.press(at, button, url.Values{"new-url": {"https://krg.example/news"}, "new-publisher": {"Akimat"}}, http.StatusOK)
			held := v.claim(s)
			if button == "propose" {
				if held.Proposed == nil || len(held.Proposed.Evidence) != 1 {
					t.Errorf("proposed is %+v, want one piece of evidence", held.Proposed)
				}
				return
			}
			if held.Draft == nil || len(held.Draft.Evidence) != 1 {
				t.Fatalf("the draft is %+v, want one piece of evidence", held.Draft)
			}
			for id, want := range map[string]string{"evidence-0-quote": "Schools are open.", "new-url": "", "note": "half a note"} {
				if got := v.field(id); got != want {
					t.Errorf("%s is %q, want %q", id, got, want)
				}
			}
			v.shows("The draft is saved.")
		})
	}
}

// claim is the claim whose page is shown, as the store has it.
func (v *visitor) claim(s *site) claims.Claim {
	v.t.Helper()
	found, err := s.desk.Claim(v.t.Context(), claims.Account{ID: "u_test", Roles: []claims.Role{claims.RoleEditor}}, claims.ID(v.at.Path[strings.LastIndexByte(v.at.Path, '/')+1:]))
	if err != nil {
		v.t.Fatal(err)
	}
	return found
}

// enter presses the key Enter in a field: a browser takes the first button of its form.
func (v *visitor) enter(field, typed string, want int) {
	v.t.Helper()
	n := v.all(func(n *html.Node) bool { return attr(n, "name") == field })[0]
	form := n
	for form.Data != "form" {
		form = form.Parent
	}
	v.send(form, descendants(form, tag("button"))[0], url.Values{field: {typed}}, want)
}

func TestEnterInTheSameAs(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	link := v.all(func(n *html.Node) bool { return strings.Contains(attr(n, "href"), "/desk/c/") })
	v.open(attr(link[0], "href"), http.StatusOK)
	for _, state := range []claims.State{claims.StateQueued, claims.StateInReview} {
		if state == claims.StateInReview {
			v.press(v.at.Path, "take", nil, http.StatusOK)
		}
		v.enter("duplicateOf", "aaaaaaaaaaaaaaaa", http.StatusOK)
		if held := v.claim(s); held.State != state || held.Draft != nil {
			t.Errorf("Enter made a claim that was %s %s, with the draft %v", state, held.State, held.Draft)
		}
		if got := v.field("duplicateOf"); got != "aaaaaaaaaaaaaaaa" {
			t.Errorf("the number that was typed is %q now", got)
		}
	}
}

// What the public reads is the reviewer's wording, not the text of whoever asked.
func TestStatementIsWhatThePublicReads(t *testing.T) {
	const statement = "Purple fog closes the schools of Karaganda on Monday"
	s := newPages(t)
	s.visitor().ask("en", fog)
	first := s.signIn("en", "aigerim", claims.RoleReviewer)
	first.press("/desk/next", "", nil, http.StatusOK)
	if got := first.field("statement"); got != fog {
		t.Errorf("the wording begins as %q, want the claim's text", got)
	}
	first.press(first.at.Path, "propose", url.Values{"verdict": {"false"}, "statement": {strings.Repeat("ә", 501)}}, http.StatusUnprocessableEntity)
	first.shows("The rumour in your own words: Too long")
	first.press(first.at.Path, "save", url.Values{"statement": {statement}}, http.StatusOK)
	first.propose("false", fogFact)
	second := s.signIn("en", "botagoz", claims.RoleReviewer)
	second.open(first.at.Path, http.StatusOK)
	second.shows("The rumour, as everyone will read it", statement)
	second.press(first.at.Path, "approve", nil, http.StatusOK)
	s.catchUp()
	anyone := s.visitor()
	for _, path := range []string{"/en/r" + first.at.Path[strings.LastIndexByte(first.at.Path, '/'):], "/en/cases"} {
		anyone.open(path, http.StatusOK)
		anyone.shows(statement)
		anyone.hides(fog)
	}
	anyone.ask("en", fogAgain)
	anyone.shows("Compared with " + statement)
	anyone.hides(fog)
}

func TestDeescalate(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	v.press("/desk/next", "", nil, http.StatusOK)
	at := v.at.Path
	v.press(at, "escalate", url.Values{"escalateReason": {"a child is named"}}, http.StatusOK)
	editor := s.signIn("en", "editor", claims.RoleEditor)
	editor.open(at, http.StatusOK)
	editor.press(at, "deescalate", nil, http.StatusUnprocessableEntity)
	editor.shows("Reason: This is needed.")
	if open := editor.all(func(n *html.Node) bool { return n.Data == "details" && hasAttr(n, "open") }); len(open) != 1 || !has(open[0], "reason") {
		t.Error("the part of the page with the error is not open, or others are")
	}
	editor.press(at, "deescalate", url.Values{"reason": {"nobody is named"}}, http.StatusOK)
	editor.shows("Given back to the reviewers.", "nobody is named")
	v.open(at, http.StatusOK)
}

// newSinglePages is newPages where no finding waits for a second reviewer.
func newSinglePages(t *testing.T) *site {
	t.Helper()
	s := newSite(t, siteOptions{})
	s.desk = claims.NewDesk(s.store, s.index, claims.Options{SingleReview: true, Now: s.clock.Now})
	server, err := api.New(api.Config{Desk: s.desk, Index: s.index, Sources: sources(), Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(web.Close)
	s.url, s.server = web.URL, server
	return s
}

func TestSingleReviewInWords(t *testing.T) {
	s := newSinglePages(t)
	asker := s.visitor()
	ticket := asker.ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	v.press("/desk/next", "", nil, http.StatusOK)
	v.shows("It is published at once")
	v.hides("second reviewer")
	v.propose("false", fogFact)
	v.shows("Published. Everyone who asked can see it now.")
	asker.open("/en/t/"+string(ticket), http.StatusOK)
	asker.shows("reviewed by one person of Dalel's desk")
	asker.open("/en/about", http.StatusOK)
	asker.shows("The review is published at once")
	asker.hides("second person")
}

// What is downloaded is what the page shows, page by page.
func TestDownloadsWhatIsShown(t *testing.T) {
	s := newSinglePages(t)
	inv, err := s.desk.AddAccount(t.Context(), "aigerim", []claims.Role{claims.RoleReviewer})
	if err != nil {
		t.Fatal(err)
	}
	act := claims.Act{By: inv.Account}
	for i := range 27 {
		a, err := s.desk.Check(t.Context(), claims.Question{Text: fmt.Sprintf("In town %s a fog of colour %x stops the buses", strings.Repeat(string(rune('a'+i)), 6), i)})
		if err != nil {
			t.Fatal(err)
		}
		held, err := s.desk.Take(t.Context(), a.Claim.ID, act, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.desk.Propose(t.Context(), held.ID, act, held.Lease.Token, claims.Finding{Verdict: claims.VerdictFalse,
			Summary: map[string]string{"en": fogFact}, Evidence: []claims.Evidence{{Passage: "garlic#0", Stance: claims.StanceRefutes,
				Quote: "there is no evidence that eating garlic has protected people"}}}); err != nil {
			t.Fatal(err)
		}
	}
	v := s.visitor()
	shown := func() (found []string) {
		for _, n := range v.all(func(n *html.Node) bool { return n.Data == "a" && strings.Contains(attr(n, "href"), "/r/") }) {
			found = append(found, attr(n, "href")[strings.LastIndexByte(attr(n, "href"), '/')+1:])
		}
		return found
	}
	v.open("/en/cases?verdict=false&lang=en", http.StatusOK)
	for _, want := range []int{25, 2} {
		page, ids := v.page, shown()
		if len(ids) != want {
			t.Fatalf("the page shows %d cases, want %d", len(ids), want)
		}
		csv := descendants(page, func(n *html.Node) bool { return strings.HasPrefix(attr(n, "href"), "/v1/cases.csv") })[0]
		next := descendants(page, func(n *html.Node) bool { return attr(n, "rel") == "next" })
		raw := s.visitor()
		raw.open(attr(csv, "href"), http.StatusOK)
		var got []string
		for line := range strings.SplitSeq(strings.TrimSpace(raw.raw), "\r\n") {
			id, _, _ := strings.Cut(line, ",")
			got = append(got, id)
		}
		if !slices.Equal(got[1:], ids) {
			t.Errorf("the table has %v, the page %v", got[1:], ids)
		}
		if len(next) > 0 {
			v.open(attr(next[0], "href"), http.StatusOK)
		}
	}
}

// Who is signed in and has no work at the desk is told so, and can leave.
func TestSignedInWithoutADesk(t *testing.T) {
	s := newPages(t)
	v := s.signIn("en", "dana", claims.RoleTrainer)
	for path, status := range map[string]int{"/en/signin": http.StatusOK, "/en/desk": http.StatusForbidden, "/en/no/such": http.StatusNotFound} {
		v.open(path, status)
		v.shows("Signed in: trainer")
		v.hides("dana")
	}
	v.press("/signout", "", nil, http.StatusOK)
	v.open("/en/signin", http.StatusOK)
	v.hides("Signed in", "/signout")
	admin := s.signIn("en", "boss", claims.RoleAdmin)
	admin.hides(`value="volunteer"`)
}
