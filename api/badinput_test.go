package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"dalel/claims"
)

// secretWord stands in every bad request of the table. No answer may repeat it.
const secretWord = "Қарлығаш"

func TestBadInput(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer, other := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleReviewer)
	asked := s.queueRumour()
	at := "/v1/claims/" + asked.Claim.ID
	var l lease
	s.send(call{method: "PUT", path: at + "/lease", token: reviewer, want: 200}).into(&l)

	finding := func(change func(map[string]any)) map[string]any {
		f := finding(l.Token, "antibiotics#0")
		change(f)
		return f
	}
	tests := []struct {
		name  string
		q     call
		code  string
		fault fault // but for its message
	}{
		{"empty text", call{method: "POST", path: "/v1/checks", body: `{"text":""}`, want: 422}, "invalid", fault{Pointer: "/text", Code: "required"}},
		{"no body", call{method: "POST", path: "/v1/checks", want: 422}, "invalid", fault{Pointer: "/text", Code: "required"}},
		{"only spaces", call{method: "POST", path: "/v1/checks", body: `{"text":"  \n "}`, want: 422}, "invalid", fault{Pointer: "/text", Code: "required"}},
		{"5,001 characters", call{method: "POST", path: "/v1/checks", body: map[string]any{"text": strings.Repeat("ы", 5001)}, want: 422}, "invalid",
			fault{Pointer: "/text", Code: "too_long"}},
		{"invalid UTF-8", call{method: "POST", path: "/v1/checks", body: []byte("{\"text\":\"" + secretWord + "\xff\xfe\"}"), want: 400}, "malformed", fault{Code: "not_utf8"}},
		{"NUL", call{method: "POST", path: "/v1/checks", body: `{"text":"` + secretWord + `\u0000"}`, want: 400}, "malformed", fault{Pointer: "/text", Code: "control_characters"}},
		{"a control character", call{method: "POST", path: "/v1/checks", body: `{"text":"` + secretWord + `\u0007"}`, want: 422}, "invalid", fault{Pointer: "/text", Code: "control_characters"}},
		{"1 MB", call{method: "POST", path: "/v1/checks", body: bytes.Repeat([]byte("a"), 1<<20), want: 413}, "too_large", fault{}},
		{"65 KiB", call{method: "POST", path: "/v1/checks", body: `{"text":"` + strings.Repeat("a", 65<<10) + `"}`, want: 413}, "too_large", fault{}},
		{"unknown field", call{method: "POST", path: "/v1/checks", body: `{"text":"x y","colour":"` + secretWord + `"}`, want: 400}, "malformed",
			fault{Pointer: "/colour", Code: "unknown_field"}},
		{"an odd field", call{method: "POST", path: "/v1/checks", body: `{"text":"x y","` + secretWord + `":1}`, want: 400}, "malformed", fault{Pointer: "/?", Code: "unknown_field"}},
		{"wrong type", call{method: "POST", path: "/v1/checks", body: `{"text":["` + secretWord + `"]}`, want: 400}, "malformed", fault{Pointer: "/text", Code: "not_a_string"}},
		{"wrong type, again", call{method: "POST", path: "/v1/checks", body: `{"text":"x y","forwarded":"` + secretWord + `"}`, want: 400}, "malformed",
			fault{Pointer: "/forwarded", Code: "not_a_boolean"}},
		{"not JSON", call{method: "POST", path: "/v1/checks", body: `{"text": ` + secretWord, want: 400}, "malformed", fault{Code: "syntax"}},
		{"a form", call{method: "POST", path: "/v1/checks", body: "text=" + secretWord, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			want: 415}, "unsupported_media_type", fault{}},
		{"unknown language", call{method: "POST", path: "/v1/checks", body: `{"text":"x y","lang":"` + secretWord + `"}`, want: 422}, "invalid", fault{Pointer: "/lang", Code: "unknown"}},
		{"unknown channel", call{method: "POST", path: "/v1/checks", body: `{"text":"x y","seenIn":"` + secretWord + `"}`, want: 422}, "invalid", fault{Pointer: "/seenIn", Code: "unknown"}},
		{"text and address", call{method: "POST", path: "/v1/checks", body: `{"text":"x y","url":"https://a.example"}`, want: 422}, "invalid", fault{Pointer: "/url", Code: "too_many"}},
		{"an address of a script", call{method: "POST", path: "/v1/checks", body: `{"url":"javascript:` + secretWord + `"}`, want: 422}, "invalid", fault{Pointer: "/url", Code: "format"}},
		{"a short key", call{method: "POST", path: "/v1/checks", body: `{"text":"x y"}`, header: map[string]string{"Idempotency-Key": "abc"}, want: 400},
			"invalid_header", fault{Header: "Idempotency-Key", Code: "not_a_key"}},
		{"an unknown ticket", call{method: "GET", path: "/v1/checks/0000-0000-0000-0", want: 404}, "unknown_ticket", fault{}},
		{"no ticket at all", call{method: "GET", path: "/v1/checks/" + "hello", want: 404}, "unknown_ticket", fault{}},
		{"erasing under an unknown ticket", call{method: "DELETE", path: "/v1/checks/0000-0000-0000-0", want: 404}, "unknown_ticket", fault{}},
		{"feedback without an opinion", call{method: "POST", path: "/v1/checks/" + asked.Ticket + "/feedback", body: `{"match":"x"}`, want: 422}, "invalid",
			fault{Pointer: "/useful", Code: "required"}},
		{"feedback with another opinion", call{method: "POST", path: "/v1/checks/" + asked.Ticket + "/feedback", body: `{"match":"x","useful":"` + secretWord + `"}`, want: 400},
			"malformed", fault{Pointer: "/useful", Code: "not_an_opinion"}},
		{"search for nothing", call{method: "GET", path: "/v1/search?q=+", want: 400}, "invalid_parameter", fault{Parameter: "q", Code: "required"}},
		{"search in invalid UTF-8", call{method: "GET", path: "/v1/search?q=%ff", want: 400}, "invalid_parameter", fault{Parameter: "q", Code: "not_utf8"}},
		{"search with NUL", call{method: "GET", path: "/v1/search?q=a%00", want: 400}, "invalid_parameter", fault{Parameter: "q", Code: "control_characters"}},
		{"an unknown kind", call{method: "GET", path: "/v1/search?q=a&kind=page", want: 400}, "invalid_parameter", fault{Parameter: "kind", Code: "unknown"}},
		{"a limit of none", call{method: "GET", path: "/v1/reviews?limit=0", want: 400}, "invalid_parameter", fault{Parameter: "limit", Code: "out_of_range"}},
		{"a limit of many", call{method: "GET", path: "/v1/reviews?limit=101", want: 400}, "invalid_parameter", fault{Parameter: "limit", Code: "out_of_range"}},
		{"a cursor of one's own", call{method: "GET", path: "/v1/reviews?cursor=abcd", want: 400}, "invalid_parameter", fault{Parameter: "cursor", Code: "format"}},
		{"a cursor that is no code", call{method: "GET", path: "/v1/search?q=a&cursor=%21", want: 400}, "invalid_parameter", fault{Parameter: "cursor", Code: "format"}},
		{"a verdict of one's own", call{method: "GET", path: "/v1/cases?verdict=fake", want: 400}, "invalid_parameter", fault{Parameter: "verdict", Code: "unknown"}},
		{"a day that is none", call{method: "GET", path: "/v1/reviews?since=2026-02-30", want: 400}, "invalid_parameter", fault{Parameter: "since", Code: "not_a_time"}},
		{"an unknown review", call{method: "GET", path: "/v1/reviews/aaaaaaaaaaaaaaaa", want: 404}, "not_found", fault{}},
		{"no ID at all", call{method: "GET", path: "/v1/reviews/..%2F..%2Fetc", want: 404}, "not_found", fault{}},
		{"an unknown claim", call{method: "GET", path: "/v1/claims/aaaaaaaaaaaaaaaa", token: reviewer, want: 404}, "not_found", fault{}},
		{"a stale lease token", call{method: "POST", path: at + "/review", token: reviewer, body: finding(func(f map[string]any) { f["token"] = l.Token + 1 }), want: 409}, "lease_lost", fault{}},
		{"another's lease token", call{method: "POST", path: at + "/review", token: other, body: finding(func(map[string]any) {}), want: 409}, "lease_lost", fault{}},
		{"a finding without a verdict", call{method: "POST", path: at + "/review", token: reviewer, body: finding(func(f map[string]any) { delete(f, "verdict") }), want: 422}, "invalid",
			fault{Pointer: "/verdict", Code: "required"}},
		{"a finding without evidence", call{method: "POST", path: at + "/review", token: reviewer, body: finding(func(f map[string]any) { delete(f, "evidence") }), want: 422}, "invalid",
			fault{Pointer: "/evidence", Code: "required"}},
		{"a finding in another language", call{method: "POST", path: at + "/review", token: reviewer,
			body: finding(func(f map[string]any) { f["summary"] = map[string]string{secretWord: "x"} }), want: 422}, "invalid", fault{Pointer: "/summary/?", Code: "unknown"}},
		{"a passage that is none", call{method: "POST", path: at + "/review", token: reviewer,
			body: finding(func(f map[string]any) {
				f["evidence"] = []map[string]any{{"passage": "nothing#1", "stance": "refutes"}}
			}), want: 422}, "invalid",
			fault{Pointer: "/evidence/0/passage", Code: "unknown"}},
		{"a quotation of one's own", call{method: "POST", path: at + "/review", token: reviewer,
			body: finding(func(f map[string]any) {
				f["evidence"] = []map[string]any{{"passage": "garlic#0", "stance": "refutes", "quote": secretWord}}
			}), want: 422}, "invalid", fault{Pointer: "/evidence/0/quote", Code: "quote_not_in_passage"}},
		{"a date of one's own", call{method: "POST", path: at + "/review", token: reviewer,
			body: finding(func(f map[string]any) {
				f["evidence"] = []map[string]any{{"url": "https://a.example", "quote": "x", "stance": "refutes", "published": secretWord}}
			}), want: 422}, "invalid", fault{Pointer: "/evidence/0/published", Code: "format"}},
		{"an endless title", call{method: "PUT", path: at + "/draft", token: reviewer,
			body: finding(func(f map[string]any) { f["evidence"] = []map[string]any{{"title": strings.Repeat("a", 301)}} }), want: 422}, "invalid",
			fault{Pointer: "/evidence/0/title", Code: "too_long"}},
		{"an endless topic", call{method: "PUT", path: at + "/draft", token: reviewer, body: finding(func(f map[string]any) { f["topic"] = strings.Repeat("a", 65) }), want: 422},
			"invalid", fault{Pointer: "/topic", Code: "too_long"}},
		{"closing without a reason", call{method: "POST", path: at + "/close", token: reviewer, body: map[string]any{"token": l.Token}, want: 422}, "invalid",
			fault{Pointer: "/reason", Code: "required"}},
		{"a duplicate of nothing", call{method: "POST", path: at + "/close", token: reviewer, body: map[string]any{"token": l.Token, "reason": "duplicate"}, want: 422},
			"invalid", fault{Pointer: "/duplicateOf", Code: "required"}},
		{"a duplicate of itself", call{method: "POST", path: at + "/close", token: reviewer, body: map[string]any{"token": l.Token, "reason": "duplicate", "duplicateOf": asked.Claim.ID},
			want: 422}, "invalid", fault{Pointer: "/duplicateOf", Code: "unknown"}},
		{"spam of another", call{method: "POST", path: at + "/close", token: reviewer, body: map[string]any{"token": l.Token, "reason": "spam", "duplicateOf": asked.Claim.ID},
			want: 422}, "invalid", fault{Pointer: "/duplicateOf", Code: "only_with_duplicate"}},
		{"approving what nobody proposed", call{method: "POST", path: at + "/approve", token: other, want: 409}, "wrong_state", fault{}},
		{"an unknown band", call{method: "POST", path: "/v1/claims/next", token: other, body: `{"band":"P9"}`, want: 422}, "invalid", fault{Pointer: "/band", Code: "unknown"}},
		{"an old version", call{method: "PUT", path: at + "/lease", token: reviewer, body: map[string]any{"token": l.Token}, header: map[string]string{"If-Match": `"v1"`}, want: 412},
			"precondition_failed", fault{}},
		{"a tag of one's own", call{method: "PUT", path: at + "/lease", token: reviewer, header: map[string]string{"If-Match": `W/"v2"`}, want: 412}, "precondition_failed", fault{}},
		{"an account without a name", call{method: "POST", path: "/v1/accounts", token: string(control), body: `{"roles":["reviewer"]}`, want: 422}, "invalid",
			fault{Pointer: "/name", Code: "required"}},
		{"a name that is taken", call{method: "POST", path: "/v1/accounts", token: string(control), body: `{"name":"aigerim","roles":["reviewer"]}`, want: 422}, "invalid",
			fault{Pointer: "/name", Code: "taken"}},
		{"an unknown role", call{method: "POST", path: "/v1/accounts", token: string(control), body: `{"name":"x","roles":["king"]}`, want: 422}, "invalid",
			fault{Pointer: "/roles", Code: "unknown"}},
		{"an unknown account", call{method: "DELETE", path: "/v1/accounts/nobody", token: string(control), want: 404}, "not_found", fault{}},
		{"no such address", call{method: "GET", path: "/v1/nothing/" + secretWord, want: 404}, "not_found", fault{}},
		{"no such method", call{method: "PATCH", path: "/v1/checks", want: 405}, "method_not_allowed", fault{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := *s
			s.t = t
			for _, language := range []string{"en", "ru", "kk"} {
				q := test.q
				q.header = map[string]string{"Accept-Language": language}
				for k, v := range test.q.header {
					q.header[k] = v
				}
				r := s.send(q)
				p := r.problem()
				if p.Code != test.code || p.Status != q.want || p.Instance == "" || p.Type != "/v1/openapi.yaml#"+test.code {
					t.Errorf("%s: got %+v, want the code %s", language, p, test.code)
				}
				if bytes.Contains(r.body, []byte(secretWord)) {
					t.Errorf("%s: the answer repeats what was sent: %s", language, r.body)
				}
				if bytes.Contains(r.body, []byte("[problem.")) || bytes.Contains(r.body, []byte("[field.")) || bytes.Contains(r.body, []byte("<no value>")) {
					t.Errorf("%s: a message is missing: %s", language, r.body)
				}
				if test.fault == (fault{}) {
					continue
				}
				if len(p.Errors) != 1 {
					t.Fatalf("%s: %d faults, want 1: %s", language, len(p.Errors), r.body)
				}
				got := p.Errors[0]
				if got.Message == "" {
					t.Errorf("%s: a fault without a message", language)
				}
				if got.Message = ""; got != test.fault {
					t.Errorf("%s: fault %+v, want %+v", language, got, test.fault)
				}
			}
		})
	}
	if r := s.send(call{method: "PATCH", path: "/v1/claims/next", want: 405}); r.header.Get("Allow") == "" {
		t.Error("405 without Allow")
	}
	var c claim
	s.send(call{method: "GET", path: at, token: reviewer, want: 200}).into(&c)
	if c.State != "in_review" || c.Requests != 1 {
		t.Errorf("after all that the claim is %+v, want it untouched", c)
	}
}

func TestLeaseRunsOut(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer := s.account("Aigerim", claims.RoleReviewer)
	at := "/v1/claims/" + s.queueRumour().Claim.ID
	var l lease
	s.send(call{method: "PUT", path: at + "/lease", token: reviewer, want: 200}).into(&l)
	s.clock.Advance(31 * time.Minute)
	p := s.send(call{method: "POST", path: at + "/review", token: reviewer, body: finding(l.Token, "antibiotics#0"), want: 409}).problem()
	if p.Code != "lease_lost" || !strings.Contains(p.Detail, "Nothing was written") {
		t.Errorf("a lease that ran out gives %+v", p)
	}
	s.send(call{method: "PUT", path: at + "/lease", token: reviewer, want: 200}).into(&l)
	if l.Token != 2 {
		t.Errorf("the second lease has the token %d, want 2", l.Token)
	}
}

func TestHead(t *testing.T) {
	s := newSite(t, siteOptions{})
	r := s.send(call{method: "HEAD", path: "/v1/sources", want: http.StatusOK})
	if len(r.body) != 0 || r.header.Get("ETag") == "" {
		t.Errorf("HEAD gives %d bytes and the tag %q", len(r.body), r.header.Get("ETag"))
	}
}
