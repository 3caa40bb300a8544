package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"dalel/claims"
)

// FuzzRequest sends what nobody should: the server never fails, answers every refusal with a problem, and does not repeat what it was sent.
func FuzzRequest(f *testing.F) {
	s := newSite(f, siteOptions{})
	asked := s.queueRumour()
	tokens := []string{"", s.account("R", claims.RoleReviewer), s.account("E", claims.RoleEditor), string(control)}
	routes := s.server.Routes()
	fill := strings.NewReplacer(":id", asked.Claim.ID, ":ticket", asked.Ticket, ":name", "nobody")
	for i := range routes {
		f.Add(byte(i), byte(i), "limit=2&cursor=b1&lang=ru&q=garlic", "key-key-key", `"v1"`, "kk,ru;q=0.5", []byte(`{"token":1,"reason":"spam","text":"x y z"}`))
	}
	f.Add(byte(0), byte(0), "", "", "", "", []byte("{\"text\":\"\xff\"}"))
	f.Add(byte(4), byte(0), "q=%00&since=0000-00-00&cursor=____&kind=\xff", "\x7f", "*", "*;q=9", []byte(nil))
	f.Fuzz(func(t *testing.T, route, who byte, query, key, match, languages string, body []byte) {
		r := routes[int(route)%len(routes)]
		request := httptest.NewRequest(r.Method, fill.Replace(r.Path), strings.NewReader(string(body)))
		request.URL.RawQuery = query
		request.Header.Set("Idempotency-Key", key)
		request.Header.Set("If-Match", match)
		request.Header.Set("If-None-Match", match)
		request.Header.Set("Accept-Language", languages)
		if token := tokens[int(who)%len(tokens)]; token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		s.server.Handler().ServeHTTP(w, request)
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", r.Method, r.Path, w.Code, w.Body)
		}
		if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d as %s", r.Method, r.Path, w.Code, w.Header().Get("Content-Type"))
		}
		if text := string(body); w.Code >= 400 && len(text) > 12 && strings.Contains(w.Body.String(), text) {
			t.Errorf("%s %s repeats what it was sent: %s", r.Method, r.Path, w.Body)
		}
	})
}
