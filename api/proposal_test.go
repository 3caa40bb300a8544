package api_test

import (
	"testing"

	"dalel/claims"
)

// TestDecisionIsOnTheFindingThatWasSeen returns a finding and proposes another one: who still looks at the first cannot publish the second.
func TestDecisionIsOnTheFindingThatWasSeen(t *testing.T) {
	s := newSite(t, siteOptions{})
	author, second, third := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleReviewer), s.account("Erlan", claims.RoleEditor)
	one := s.queueRumour()
	at := "/v1/claims/" + one.Claim.ID
	finding := func(token int64, verdict string) map[string]any {
		return map[string]any{"token": token, "verdict": verdict, "summary": map[string]string{"en": "Nothing supports it."},
			"evidence": []map[string]string{{"url": "https://www.who.int/", "stance": "refutes", "quote": "No."}}}
	}
	var l lease
	s.send(call{method: "PUT", path: at + "/lease", token: author, body: map[string]any{}, want: 200}).into(&l)
	var first, now struct {
		Proposed struct{ Proposal int64 }
		Lease    struct{ Token int64 }
	}
	s.send(call{method: "POST", path: at + "/review", token: author, body: finding(l.Token, "false"), want: 200}).into(&first)
	s.send(call{method: "POST", path: at + "/return", token: third, body: map[string]any{"comment": "look again", "proposal": first.Proposed.Proposal}, want: 200})
	s.send(call{method: "GET", path: at, token: author, want: 200}).into(&now)
	s.send(call{method: "POST", path: at + "/review", token: author, body: finding(now.Lease.Token, "true"), want: 200}).into(&now)

	p := s.send(call{method: "POST", path: at + "/approve", token: second, body: map[string]any{"proposal": first.Proposed.Proposal}, want: 409}).problem()
	if p.Code != "other_proposal" {
		t.Errorf("approving what was returned: code %q", p.Code)
	}
	s.send(call{method: "POST", path: at + "/approve", token: second, body: map[string]any{"proposal": now.Proposed.Proposal}, want: 200})
}

// TestHarmRaisesPriority lets a reviewer say that a claim endangers people.
func TestHarmRaisesPriority(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer := s.account("Aigerim", claims.RoleReviewer)
	one := s.queueRumour()
	at := "/v1/claims/" + one.Claim.ID
	var l lease
	s.send(call{method: "PUT", path: at + "/lease", token: reviewer, body: map[string]any{}, want: 200}).into(&l)
	var c struct {
		Priority struct {
			Band string
			Harm int
		}
	}
	s.send(call{method: "PUT", path: at + "/draft", token: reviewer, body: map[string]any{"token": l.Token, "harm": map[string]any{"physicalDanger": true}}, want: 200}).into(&c)
	p := s.send(call{method: "PUT", path: at + "/draft", token: reviewer, body: map[string]any{"token": l.Token, "harm": map[string]any{"likelihood": 1.5}}, want: 400}).problem()
	if p.Code != "malformed" {
		t.Errorf("a share above one: code %q", p.Code)
	}
	if c.Priority.Band != "P1" || c.Priority.Harm < 80 {
		t.Errorf("danger to the body gives %s with harm %d, want P1 with at least 80", c.Priority.Band, c.Priority.Harm)
	}
}
