package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dalel/api"
	"dalel/claims"
	"dalel/index"
)

func TestIdempotency(t *testing.T) {
	s := newSite(t, siteOptions{})
	key := map[string]string{"Idempotency-Key": "a-key-of-one-person"}
	var first, second check
	q := call{method: "POST", path: "/v1/checks", body: map[string]any{"text": rumour}, header: key, want: 200}
	s.send(q).into(&first)
	s.send(q).into(&second)
	if first.Ticket != second.Ticket || second.Claim.Requests != 1 {
		t.Errorf("the same request again: ticket %s then %s, %d requests", first.Ticket, second.Ticket, second.Claim.Requests)
	}
	q.body, q.want = map[string]any{"text": rumour + "!"}, 422
	if p := s.send(q).problem(); p.Code != "key_reused" {
		t.Errorf("another request under the key: %+v", p)
	}

	reviewer := s.account("Aigerim", claims.RoleReviewer)
	take := call{method: "POST", path: "/v1/claims/next", token: reviewer, header: key, want: 200}
	var one, two struct{ Claim claim }
	s.send(take).into(&one)
	s.send(take).into(&two)
	if one.Claim.ID != two.Claim.ID || one.Claim.Version != two.Claim.Version {
		t.Errorf("next under one key: %+v, then %+v", one.Claim, two.Claim)
	}
	propose := call{method: "POST", path: "/v1/claims/" + one.Claim.ID + "/review", token: reviewer, body: finding(1, "antibiotics#0"), header: key, want: 200}
	var proposed, again claim
	s.send(propose).into(&proposed)
	s.send(propose).into(&again)
	if proposed.State != "second_review" || again.Version != proposed.Version {
		t.Errorf("proposed at version %d, again at %d", proposed.Version, again.Version)
	}
}

// holding lets one search begin and end when the test says so.
type holding struct {
	claims.Searcher
	begun, end chan struct{}
	once       sync.Once
}

func (h *holding) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	h.once.Do(func() {
		close(h.begun)
		<-h.end
	})
	return h.Searcher.Search(ctx, q)
}

func TestIdempotencyInFlight(t *testing.T) {
	h := &holding{begun: make(chan struct{}), end: make(chan struct{})}
	s := newSite(t, siteOptions{searcher: func(x *index.Index) claims.Searcher { h.Searcher = x; return h }})
	q := call{method: "POST", path: "/v1/checks", body: map[string]any{"text": rumour}, header: map[string]string{"Idempotency-Key": "a-key-of-one-person"}, want: 200}
	answered := make(chan int)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), q.method, s.url+q.path, strings.NewReader(`{"text":"`+rumour+`"}`))
		if err != nil {
			answered <- 0
			return
		}
		r.Header.Set("Idempotency-Key", q.header["Idempotency-Key"])
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			answered <- 0
			return
		}
		response.Body.Close()
		answered <- response.StatusCode
	}()
	<-h.begun
	busy := q
	busy.want = 409
	if p := s.send(busy).problem(); p.Code != "idempotency_in_flight" {
		t.Errorf("while the first is answered: %+v", p)
	}
	close(h.end)
	if got := <-answered; got != 200 {
		t.Errorf("the first request came to %d", got)
	}
	var c check
	s.send(q).into(&c)
	if c.Claim.Requests != 1 {
		t.Errorf("%d requests, want 1", c.Claim.Requests)
	}
}

func TestConditional(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleEditor)
	published := s.publish(first, second, s.queueRumour().Claim.ID)
	for _, path := range []string{"/v1/sources", "/v1/reviews", "/v1/reviews/" + published.ID, "/v1/cases", "/v1/cases.csv", "/v1/search?q=garlic", "/v1/openapi.yaml"} {
		r := s.send(call{method: "GET", path: path, want: 200})
		tag := r.header.Get("ETag")
		if tag == "" || strings.HasPrefix(tag, "W/") || !strings.Contains(r.header.Get("Cache-Control"), "public") || r.header.Get("Vary") != "Accept-Language" {
			t.Errorf("%s: headers %v", path, r.header)
		}
		same := s.send(call{method: "GET", path: path, header: map[string]string{"If-None-Match": `"other", W/` + tag}, want: 304})
		if len(same.body) != 0 || same.header.Get("ETag") != tag {
			t.Errorf("%s: 304 with %d bytes and %v", path, len(same.body), same.header)
		}
		s.send(call{method: "GET", path: path, header: map[string]string{"If-None-Match": `"other"`}, want: 200})
	}
	r := s.send(call{method: "GET", path: "/v1/reviews/" + published.ID, header: map[string]string{"Accept-Language": "kk"}, want: 200})
	if got, want := r.header.Get("ETag"), fmt.Sprintf(`"v%d-kk"`, published.Version); got != want {
		t.Errorf("the review's tag is %s, want %s", got, want)
	}
	retract := call{method: "POST", path: "/v1/claims/" + published.ID + "/retract", token: second, body: map[string]any{"reason": "wrong"},
		header: map[string]string{"If-Match": `"v1"`}, want: 412}
	s.send(retract)
	retract.header["If-Match"], retract.want = r.header.Get("ETag"), 200
	s.send(retract)
}

func TestPaging(t *testing.T) {
	s := newSite(t, siteOptions{})
	token := s.account("Aigerim", claims.RoleReviewer)
	words := []string{"alpha bravo", "charlie delta", "echo foxtrot", "golf hotel", "india juliet"}
	for _, w := range words {
		s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "secret tunnels under " + w + " street", "lang": "en"}, want: 200})
	}
	seen := make(map[string]bool)
	path := "/v1/claims?limit=2&lang=en"
	pages := 0
	for path != "" {
		var page list[claim]
		r := s.send(call{method: "GET", path: path, token: token, want: 200})
		r.into(&page)
		for _, c := range page.Items {
			if seen[c.ID] {
				t.Errorf("%s was given twice", c.ID)
			}
			seen[c.ID] = true
		}
		path = ""
		if page.NextCursor != "" {
			link := r.header.Get("Link")
			next, rest, _ := strings.Cut(strings.TrimPrefix(link, "<"+s.url), ">")
			if rest != `; rel="next"` || !strings.Contains(next, "limit=2") || !strings.Contains(next, page.NextCursor) {
				t.Fatalf("Link is %q", link)
			}
			path = next
		}
		if pages++; pages > 10 {
			t.Fatal("the list does not end")
		}
	}
	if len(seen) != len(words) {
		t.Errorf("%d claims in %d pages, want %d", len(seen), pages, len(words))
	}

	var one, two list[match]
	s.send(call{method: "GET", path: "/v1/search?q=covid+coronavirus+virus&limit=2", want: 200}).into(&one)
	if len(one.Items) != 2 || one.NextCursor == "" {
		t.Fatalf("the search gives %+v", one)
	}
	s.send(call{method: "GET", path: "/v1/search?q=covid+coronavirus+virus&limit=2&cursor=" + one.NextCursor, want: 200}).into(&two)
	if len(two.Items) == 0 || two.Items[0].ID == one.Items[0].ID {
		t.Errorf("the second page of the search is %+v", two)
	}
}

func TestSearchFilters(t *testing.T) {
	s := newSite(t, siteOptions{})
	ids := func(query string) string {
		t.Helper()
		var l list[match]
		s.send(call{method: "GET", path: "/v1/search?" + query, want: 200}).into(&l)
		var out []string
		for _, m := range l.Items {
			out = append(out, m.ID)
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"q=magnetic+vaccine&source=cdc": "magnets#0",
		"q=alcohol&kind=summary":        "summary-alcohol#0",
		"q=garlic&since=2022-01-01":     "garlic#0",
		"q=garlic&since=2023-01-01":     "",
		"q=garlic&kind=review":          "",
		"q=" + "%D0%B0%D0%BD%D1%82%D0%B8%D0%B1%D0%B8%D0%BE%D1%82%D0%B8%D0%BA%D0%B8" + "&lang=ru": "antibiotics-ru#0",
	} {
		if got := ids(query); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
}

// failing is an index that is gone.
type failing struct{ *index.Index }

func (failing) Count(context.Context) (map[index.Kind]map[string]int, error) {
	return nil, index.ErrClosed
}

func TestHealth(t *testing.T) {
	s := newSite(t, siteOptions{})
	var h struct{ Status, Version string }
	s.send(call{method: "GET", path: "/healthz", want: 200}).into(&h)
	if h.Status != "ok" || h.Version != "test" {
		t.Errorf("healthz: %+v", h)
	}
	s.send(call{method: "GET", path: "/readyz", want: 200})
	s.store.Off()
	s.send(call{method: "GET", path: "/healthz", want: 200})
	p := s.send(call{method: "GET", path: "/readyz", want: 503}).problem()
	if p.Code != "not_ready" || p.Parts["store"] != "failed" || p.Parts["index"] != "ok" {
		t.Errorf("readyz without a store: %+v", p)
	}
	s = newSite(t, siteOptions{api: func(x *index.Index) api.Index { return failing{x} }})
	if p := s.send(call{method: "GET", path: "/readyz", want: 503}).problem(); p.Parts["index"] != "failed" {
		t.Errorf("readyz without an index: %+v", p)
	}
}

// panicking is an index that breaks.
type panicking struct{ *index.Index }

func (panicking) Count(context.Context) (map[index.Kind]map[string]int, error) {
	panic("a secret text")
}

func TestPanic(t *testing.T) {
	s := newSite(t, siteOptions{api: func(x *index.Index) api.Index { return panicking{x} }})
	p := s.send(call{method: "GET", path: "/readyz", want: 500}).problem()
	if p.Code != "internal" || p.Instance == "" {
		t.Errorf("a panic gives %+v", p)
	}
	log := s.log.String()
	if !strings.Contains(log, p.Instance) || !strings.Contains(log, "panicking") || strings.Contains(log, "a secret text") {
		t.Errorf("the log of a panic is %s", log)
	}
	s.send(call{method: "GET", path: "/healthz", want: 200})
}
