package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dalel/claims"
)

// likeRumour is much like the rumour, but has a number that the rumour has not: only a person can say whether it is the same.
const likeRumour = "Someone poisoned the tap water in Almaty with mercury, do not drink it for 3 days"

type suggestion struct {
	Claim, Text, Lang, State, Status string
	Requests                         int
	Score                            float64
}

// under gives the answer of a ticket as it stands now.
func (s *site) under(ticket string) check {
	s.t.Helper()
	var c check
	s.send(call{method: "GET", path: "/v1/checks/" + ticket + "?lang=en", want: 200}).into(&c)
	return c
}

func TestMergeAndUnmerge(t *testing.T) {
	s := newSite(t, siteOptions{})
	token := s.account("R", claims.RoleReviewer)
	asked := s.queueRumour()
	s.catchUp()
	var joined, near check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": otherWords}, want: 200}).into(&joined)
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": likeRumour}, want: 200}).into(&near)
	first := "/v1/claims/" + asked.Claim.ID
	var c claim
	s.send(call{method: "GET", path: first, token: token, want: 200}).into(&c)
	if joined.Claim.ID != asked.Claim.ID || c.Requests != 2 || len(c.Wordings) != 1 || len(c.Duplicates) != 1 {
		t.Fatalf("in other words it is counted on %+v, and the claim is %+v", joined.Claim, c)
	}
	duplicate := c.Duplicates[0]
	if duplicate.Text != otherWords || duplicate.Lang != "en" || duplicate.ID != string(claims.IDOf("en", otherWords)) {
		t.Errorf("the duplicate is %+v", duplicate)
	}

	second := "/v1/claims/" + near.Claim.ID
	suggestions := func(at string) []suggestion {
		t.Helper()
		var l list[suggestion]
		s.send(call{method: "GET", path: at + "/suggestions", token: token, want: 200}).into(&l)
		return l.Items
	}
	got := suggestions(second)
	if len(got) != 1 || got[0].Claim != asked.Claim.ID || got[0].Text != rumour || got[0].State != "queued" || got[0].Requests != 2 ||
		got[0].Status != "suggested" || got[0].Score < 0.26 || got[0].Score > 1 {
		t.Fatalf("suggested are %+v", got)
	}
	s.send(call{method: "GET", path: "/v1/claims/aaaaaaaaaaaaaaaa/suggestions", token: token, want: 404})
	for body, code := range map[string]string{`{}`: "required", `{"claim":"x"}`: "unknown", `{"claim":"aaaaaaaaaaaaaaaa"}`: "unknown",
		`{"claim":"` + near.Claim.ID + `"}`: "unknown"} {
		p := s.send(call{method: "POST", path: second + "/reject", token: token, body: body, want: 422}).problem()
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/claim" || p.Errors[0].Code != code {
			t.Errorf("rejecting %s: %+v", body, p.Errors)
		}
	}
	s.send(call{method: "POST", path: second + "/reject", token: token, body: map[string]any{"claim": asked.Claim.ID}, want: 200})
	if got := suggestions(second); len(got) != 1 || got[0].Status != "rejected" {
		t.Errorf("after it was rejected: %+v", got)
	}

	s.send(call{method: "POST", path: second + "/close", token: token, body: map[string]any{"reason": "duplicate", "duplicateOf": asked.Claim.ID}, want: 200})
	if a := s.under(near.Ticket); a.Claim.ID != asked.Claim.ID || a.Claim.Requests != 3 {
		t.Errorf("after the merge the ticket is of %+v", a.Claim)
	}
	if got := suggestions(second); len(got) != 1 || got[0].Status != "confirmed" {
		t.Errorf("after the merge: %+v", got)
	}
	if p := s.send(call{method: "POST", path: second + "/reject", token: token, body: map[string]any{"claim": asked.Claim.ID}, want: 409}).problem(); p.Code != "wrong_state" {
		t.Errorf("rejecting for a closed claim: %+v", p)
	}

	var apart struct{ State, Note string }
	s.send(call{method: "POST", path: second + "/unmerge", token: token, body: map[string]any{"reason": "three days, not tonight"}, want: 200}).into(&apart)
	if apart.State != "queued" || apart.Note != "three days, not tonight" {
		t.Errorf("undone: %+v", apart)
	}
	if p := s.send(call{method: "POST", path: second + "/unmerge", token: token, want: 409}).problem(); p.Code != "wrong_state" {
		t.Errorf("undone twice: %+v", p)
	}
	s.send(call{method: "POST", path: "/v1/claims/" + duplicate.ID + "/unmerge", token: token, want: 200})
	for ticket, want := range map[string]string{asked.Ticket: asked.Claim.ID, near.Ticket: near.Claim.ID, joined.Ticket: duplicate.ID} {
		if a := s.under(ticket); a.Claim.ID != want || a.Claim.Requests != 1 {
			t.Errorf("a ticket of %s is of %+v", want, a.Claim)
		}
	}
	var left claim
	s.send(call{method: "GET", path: first, token: token, want: 200}).into(&left)
	if len(left.Duplicates) != 0 || len(left.Wordings) != 0 {
		t.Errorf("the claim keeps %+v", left)
	}
}

// offers fails unless an answer offers the verdict of the rumour and asserts nothing.
func (c check) offers(t *testing.T, outcome, advice string) {
	t.Helper()
	if c.Outcome != outcome || c.Review != nil {
		t.Errorf("%s with the review %v, want %s without", c.Outcome, c.Review, outcome)
	}
	var found []match
	for _, m := range c.Matches {
		if m.Offered {
			found = append(found, m)
		}
	}
	if len(found) != 1 || found[0].Kind != "review" || found[0].Verdict != "false" || !strings.Contains(found[0].URL, "/r/") {
		t.Errorf("offered are %+v", found)
	}
	if !strings.Contains(c.Advice, advice) || strings.Contains(c.Advice, "Nobody has checked") {
		t.Errorf("the advice is %q, want %q in it", c.Advice, advice)
	}
	if c.ShareText == "" || strings.Contains(c.ShareText, "False") || strings.Contains(c.ShareText, "tested every day") {
		t.Errorf("the text to share is %q", c.ShareText)
	}
}

func TestOldReviewIsOffered(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("A", claims.RoleReviewer), s.account("B", claims.RoleReviewer)
	asked := s.queueRumour()
	s.publish(first, second, asked.Claim.ID)
	if c := s.under(asked.Ticket); c.Outcome != "reviewed" || c.Matches[0].Offered {
		t.Fatalf("published: %+v", c)
	}
	s.clock.Advance(181 * 24 * time.Hour)
	var found list[match]
	s.send(call{method: "GET", path: "/v1/search?kind=review&q=" + url.QueryEscape(rumour), want: 200}).into(&found)
	if len(found.Items) == 0 || !found.Items[0].Offered {
		t.Errorf("the search gives %+v", found.Items)
	}
	const aged, again = "An earlier finding is shown too, but it is more than half a year old: please do not rely on it alone.",
		"An earlier finding is shown too, but it is being looked at again: please do not rely on it alone."
	s.under(asked.Ticket).offers(t, "queued", aged)

	s.store.Off()
	p := s.send(call{method: "POST", path: "/v1/checks?lang=en", body: map[string]any{"text": rumour}, want: 503}).problem()
	if p.Check == nil {
		t.Fatalf("without the store: %+v", p)
	}
	p.Check.offers(t, "queued", aged)
	s.store.On()

	var c check
	s.send(call{method: "POST", path: "/v1/checks?lang=en", body: map[string]any{"text": rumour}, want: 200}).into(&c)
	c.offers(t, "queued", "It now waits for a reviewer")
	if c.Claim.State != "needs_update" {
		t.Errorf("asked again, the claim is %s", c.Claim.State)
	}
	s.under(c.Ticket).offers(t, "queued", again)
}

// A review that is looked at again is offered behind what trusted sources say, and what is passed on has the sources alone.
func TestSourcedOffersAReview(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("A", claims.RoleReviewer), s.account("B", claims.RoleReviewer)
	var asked check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "eating garlic prevents the coronavirus"}, want: 200}).into(&asked)
	s.publish(first, second, asked.Claim.ID)
	inv, err := s.desk.AddAccount(t.Context(), "E", []claims.Role{claims.RoleEditor})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.desk.Recheck(t.Context(), claims.ID(asked.Claim.ID), claims.Act{By: inv.Account}, "new guidance"); err != nil {
		t.Fatal(err)
	}
	c := s.under(asked.Ticket)
	c.offers(t, "sourced", "Trusted sources have written about this.")
	c.offers(t, "sourced", "being looked at again")
	if last := c.Matches[len(c.Matches)-1]; !last.Offered || c.Matches[0].Kind != "guidance" {
		t.Errorf("the matches are %+v", c.Matches)
	}
	v := s.visitor()
	v.open("/en/t/"+asked.Ticket, http.StatusOK)
	v.shows("Trusted sources say", "Earlier finding", "False", "It is being looked at again.")
	v.hides("Not settled yet", "Not checked yet")
}
