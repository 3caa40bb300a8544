package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dalel/claims"
)

// A store without room takes no new submissions and says so; what sources answer is answered, and reviewers go on.
func TestFullStore(t *testing.T) {
	var w *watched
	s := newSite(t, siteOptions{store: watch(&w)})
	token := s.account("R", claims.RoleReviewer)
	asked := s.queueRumour()
	w.full.Store(true)

	for language, words := range map[string]string{"en": "no room", "ru": "нет места", "kk": "орын жоқ"} {
		r := s.send(call{method: "POST", path: "/v1/checks?lang=" + language, body: map[string]any{"text": otherWords}, want: 503})
		p := r.problem()
		if p.Code != "full" || r.header.Get("Retry-After") != "300" || p.Check == nil || p.Check.Stored || p.Check.Outcome != "queued" || p.Check.RetryAfter != 300 {
			t.Errorf("nothing settles it: %+v, %v", p, r.header)
		}
		if p.Check != nil && !strings.Contains(strings.ToLower(p.Check.Advice), words[:strings.IndexByte(words, ' ')]) || !strings.Contains(strings.ToLower(p.Title), words[:strings.IndexByte(words, ' ')]) {
			t.Errorf("in %s: %q, %q", language, p.Title, p.Check.Advice)
		}
	}
	var sourced check
	r := s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "garlic cures covid"}, want: 200})
	r.into(&sourced)
	if sourced.Outcome != "sourced" || sourced.Stored || sourced.Ticket != "" || len(sourced.Matches) == 0 || sourced.RetryAfter != 300 || r.header.Get("Retry-After") != "300" {
		t.Errorf("sources answer: %+v, %v", sourced, r.header)
	}
	if !strings.Contains(sourced.Advice, "no room") {
		t.Errorf("the advice is %q", sourced.Advice)
	}
	s.send(call{method: "PUT", path: "/v1/claims/" + asked.Claim.ID + "/lease", token: token, want: 200})
	if w.failingCommits.Load() < 4 {
		t.Errorf("%d submissions came to the store", w.failingCommits.Load())
	}

	for language, words := range map[string][2]string{
		"en": {"no room for new requests", "in a few minutes"},
		"ru": {"Для новых запросов сейчас нет места", "через несколько минут"},
		"kk": {"жаңа сұраныстарға орын жоқ", "Бірнеше минуттан кейін"},
	} {
		v := s.visitor()
		v.open("/"+language, http.StatusOK)
		v.press("/check", "", url.Values{"text": {otherWords}}, http.StatusServiceUnavailable)
		v.shows(words[0], words[1])
		if got, want := v.header.Get("Retry-After"), "300"; got != want {
			t.Errorf("Retry-After %q, want %q", got, want)
		}
		if got := v.field("text"); got != otherWords {
			t.Errorf("the text to send again is %q", got)
		}
		v.press("/check", "", url.Values{"text": {"garlic cures covid"}}, http.StatusOK)
		v.shows(words[0])
	}
	w.full.Store(false)
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": otherWords}, want: 200})
}
