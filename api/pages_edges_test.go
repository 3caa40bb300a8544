package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dalel/claims"
)

// When the store goes down under a reviewer's hands, the page keeps what was typed and offers to send it again.
func TestDeskFormSurvivesAnOutage(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	v.press("/desk/next", "", nil, http.StatusOK)
	at := v.at.Path
	s.store.Off()
	v.press(at, "save", url.Values{"summary-en": {fogFact}, "verdict": {"false"}}, http.StatusServiceUnavailable)
	v.shows("Not available just now", "Send again")
	if got, want := v.header.Get("Retry-After"), "30"; got != want {
		t.Errorf("Retry-After %q, want %q", got, want)
	}
	v.press(at, "", nil, http.StatusServiceUnavailable)
	s.store.On()
	v.press(at, "", nil, http.StatusOK)
	v.shows("The draft is saved.")
	if got := v.field("summary-en"); got != fogFact {
		t.Errorf("the draft's summary is %q", got)
	}
}

func TestPagesOfErrors(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	for _, c := range []struct {
		path   string
		status int
		says   string
	}{
		{"/kk/no/such/page", 404, "мекенжай"},
		{"/ru/r/aaaaaaaaaaaaaaaa", 404, ""},
		{"/en/desk/c/aaaaaaaaaaaaaaaa", 404, "Not found"},
		{"/en/desk/accounts", 403, "Your account may not do this."},
		{"/en/check", 405, "Method not allowed"},
		{"/en/t/7ZK4-9QW2-M0TD-8", 404, "There is no request with this code"},
		{"/static/dalel.css", 404, ""},
		{"/en/cases?topic=" + strings.Repeat("x", 3000) + "&verdict=nothing", 200, "Nothing has been published"},
		{"/en/desk?state=nothing&lang=xx&band=P9&q=%FF%00", 200, "purple fog"},
		{"/en?text=%FF%00%3Cscript%3E", 200, "What did you see or hear?"},
	} {
		v.open(c.path, c.status)
		v.shows(c.says)
		if kind := v.header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", c.path, kind)
		}
		if n := len(v.all(tag("h1"))); n != 1 {
			t.Errorf("%s: %d first headings", c.path, n)
		}
	}
}

// A cursor that nobody gave is an error of whoever made it up, never ours.
func TestMadeUpCursor(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	for _, path := range []string{"/en/cases?cursor=", "/en/desk?cursor="} {
		for _, cursor := range []string{"zzz", "%00%FF", "../..", "1"} {
			r, err := http.NewRequest(http.MethodGet, s.url+path+cursor, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := v.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode >= 500 {
				t.Errorf("%s%s answers %d", path, cursor, response.StatusCode)
			}
		}
	}
}

// What is nothing to check is said so, and the text is kept to be mended.
func TestNothingToCheck(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	v.open("/ru", http.StatusOK)
	v.press("/check", "", url.Values{"text": {"привет"}}, http.StatusOK)
	v.shows("На это сообщение ответа не будет")
	if got := v.field("text"); got != "привет" {
		t.Errorf("the text is %q now", got)
	}
}

// Whoever says that a review is about something else is heard: the question goes to the reviewers, and its page says so.
func TestNotMineOfAReview(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	first := s.signIn("en", "aigerim", claims.RoleReviewer)
	first.press("/desk/next", "", nil, http.StatusOK)
	first.propose("false", fogFact)
	second := s.signIn("en", "botagoz", claims.RoleReviewer)
	second.open(first.at.Path, http.StatusOK)
	second.press(first.at.Path, "approve", nil, http.StatusOK)
	s.catchUp()
	v := s.visitor()
	v.ask("en", fogAgain)
	v.shows("False")
	v.press("/feedback", "not_mine", nil, http.StatusOK)
	v.shows("A reviewer will look at your message by itself.", "It is in the reviewers' queue.")
}

// Nothing that somebody sends becomes part of a page.
func TestTextIsNeverMarkup(t *testing.T) {
	s := newPages(t)
	evil := `<script>alert(1)</script> "><img src=x onerror=alert(1)> {{.Lang}} purple fog closes schools in Taraz`
	v := s.visitor()
	v.ask("en", evil)
	v.shows(evil)
	v.hides("<script", "<img")
	desk := s.signIn("en", "aigerim", claims.RoleReviewer)
	desk.shows("purple fog closes schools")
	desk.hides("<script", "<img")
	desk.press("/desk/next", "", nil, http.StatusOK)
	desk.shows(evil)
	desk.hides("<script", "<img")
}

// A form without the finding, sent to a claim that one works on, does not empty the form of the finding.
func TestOtherFormLeavesTheDraft(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	v.press("/desk/next", "", nil, http.StatusOK)
	v.press(v.at.Path, "save", url.Values{"summary-en": {fogFact}, "verdict": {"false"}}, http.StatusOK)
	for action, status := range map[string]int{"approve": http.StatusConflict, "nonsense": http.StatusBadRequest} {
		r, err := http.NewRequest(http.MethodPost, s.url+v.at.Path, strings.NewReader("action="+action))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		v.do(r, status)
		if got := v.field("summary-en"); got != fogFact {
			t.Errorf("after %s the form's summary is %q", action, got)
		}
	}
}

func BenchmarkResultPage(b *testing.B) {
	s := newPages(b)
	v := s.visitor()
	v.ask("en", "eating garlic prevents the coronavirus")
	at := v.at.String()
	for b.Loop() {
		v.open(at, http.StatusOK)
	}
}
