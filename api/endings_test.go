package api_test

import (
	"net/http"
	"strings"
	"testing"

	"dalel/claims"
)

func TestErase(t *testing.T) {
	s := newSite(t, siteOptions{})
	c := s.queueRumour()
	s.send(call{method: "DELETE", path: "/v1/checks/" + c.Ticket, want: 204})
	s.send(call{method: "DELETE", path: "/v1/checks/" + c.Ticket, want: 204})
	var now check
	s.send(call{method: "GET", path: "/v1/checks/" + c.Ticket, want: 200}).into(&now)
	if now.Outcome != "closed" || now.Reason != "withdrawn" || !strings.Contains(now.Advice, "deleted") {
		t.Errorf("after it was erased the ticket gives %+v", now)
	}
}

func TestEndings(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer, editor := s.account("Aigerim", claims.RoleReviewer), s.account("Erlan", claims.RoleEditor)
	asked := s.queueRumour()
	at := "/v1/claims/" + asked.Claim.ID

	var c claim
	s.send(call{method: "POST", path: at + "/close", token: reviewer, body: map[string]any{"reason": "spam"}, want: 200}).into(&c)
	if c.State != "closed" || c.Closing.Reason != "spam" {
		t.Fatalf("closed: %+v", c)
	}
	var told check
	s.send(call{method: "GET", path: "/v1/checks/" + asked.Ticket, want: 200}).into(&told)
	if told.Outcome != "closed" || told.Reason != "spam" || told.Advice == "" {
		t.Errorf("the ticket of a closed claim gives %+v", told)
	}
	s.send(call{method: "POST", path: at + "/reopen", token: reviewer, body: map[string]any{"reason": "looked again"}, want: 403})
	s.send(call{method: "POST", path: at + "/reopen", token: editor, body: map[string]any{"reason": "looked again"}, want: 200}).into(&c)
	if c.State != "queued" {
		t.Fatalf("reopened: %s", c.State)
	}

	s.publish(reviewer, editor, c.ID)
	s.send(call{method: "POST", path: at + "/retract", token: editor, body: map[string]any{"reason": "the report was wrong"}, want: 200})
	if p := s.send(call{method: "GET", path: "/v1/reviews/" + c.ID, want: 410}).problem(); p.Code != "retracted" || p.Reason != "the report was wrong" {
		t.Errorf("a retracted review gives %+v", p)
	}
	s.send(call{method: "GET", path: "/v1/checks/" + asked.Ticket, want: 200}).into(&told)
	if told.Outcome != "closed" || told.Reason != "retracted" || told.ShareText != "" {
		t.Errorf("the ticket of a retracted review gives %+v", told)
	}

	var one, two check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "Schools in Shymkent will close for the whole winter"}, want: 200}).into(&one)
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "In Shymkent no school opens until spring, says a teacher"}, want: 200}).into(&two)
	s.send(call{method: "POST", path: "/v1/claims/" + one.Claim.ID + "/close", token: reviewer,
		body: map[string]any{"reason": "duplicate", "duplicateOf": two.Claim.ID}, want: 200}).into(&c)
	if c.State != "closed" || c.Closing.DuplicateOf != two.Claim.ID {
		t.Fatalf("merged: %+v", c)
	}
	s.send(call{method: "GET", path: "/v1/checks/" + one.Ticket, want: 200}).into(&told)
	if told.Claim.ID != two.Claim.ID || told.Claim.Requests != 2 {
		t.Errorf("the ticket of a duplicate gives %+v", told.Claim)
	}
	s.publish(reviewer, editor, two.Claim.ID)
	r := s.send(call{method: "GET", path: "/v1/reviews/" + one.Claim.ID, want: http.StatusMovedPermanently})
	if got, want := r.header.Get("Location"), "/v1/reviews/"+two.Claim.ID; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
}

func TestEscalation(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer, editor := s.account("Aigerim", claims.RoleReviewer), s.account("Erlan", claims.RoleEditor)
	volunteer := s.account("Dana", claims.RoleVolunteer)
	var c claim
	var third check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "A man near school number nine threatens the pupils"}, want: 200}).into(&third)
	if third.Outcome != "queued" {
		t.Fatalf("the threat came to %+v, want queued", third)
	}
	at := "/v1/claims/" + third.Claim.ID
	s.send(call{method: "POST", path: at + "/escalate", token: volunteer, body: map[string]any{"reason": "a threat"}, want: 204})
	s.send(call{method: "GET", path: at, token: reviewer, want: 403})
	s.send(call{method: "GET", path: at, token: editor, want: 200}).into(&c)
	s.send(call{method: "GET", path: "/v1/claims?escalated=true", token: reviewer, want: 403})
	var escalated list[claim]
	s.send(call{method: "GET", path: "/v1/claims?escalated=true", token: editor, want: 200}).into(&escalated)
	if len(escalated.Items) != 1 || escalated.Items[0].ID != third.Claim.ID {
		t.Errorf("escalated: %+v", escalated.Items)
	}
	var l lease
	s.send(call{method: "PUT", path: at + "/lease", token: editor, want: 200}).into(&l)
	s.send(call{method: "DELETE", path: at + "/lease", token: editor, body: map[string]any{"token": l.Token, "note": "not mine"}, want: 204})
	if p := s.send(call{method: "DELETE", path: at + "/lease", token: editor, body: map[string]any{"token": l.Token}, want: 409}).problem(); p.Code != "lease_lost" {
		t.Errorf("releasing twice: %+v", p)
	}
}

func TestRelatedReviewDoesNotTakeTheQuestion(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer, editor := s.account("Aigerim", claims.RoleReviewer), s.account("Erlan", claims.RoleEditor)
	var one, other check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "In Shymkent no school opens until spring, says a teacher"}, want: 200}).into(&one)
	s.publish(reviewer, editor, one.Claim.ID)
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "A man near school number nine threatens the pupils"}, want: 200}).into(&other)
	if other.Outcome != "queued" || len(other.Matches) == 0 || other.Matches[0].Kind != "related" {
		t.Fatalf("got %s with %+v, want queued with a related review", other.Outcome, other.Matches)
	}
	if other.Claim.ID == one.Claim.ID || other.Claim.State != "queued" {
		t.Errorf("the question was filed under the claim %s (%s) of a review that is only related; want a claim of its own in the queue", other.Claim.ID, other.Claim.State)
	}
}
