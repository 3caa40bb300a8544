package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dalel/claims"
)

func TestOutage(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleReviewer)
	asked := s.queueRumour()
	s.publish(first, second, asked.Claim.ID)
	s.store.Off()

	for name, test := range map[string]struct{ text, outcome string }{
		"reviewed": {otherWords, "reviewed"},
		"sourced":  {"eating garlic prevents the coronavirus", "sourced"},
	} {
		var c check
		r := s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": test.text}, want: 200})
		r.into(&c)
		if c.Outcome != test.outcome || c.Stored || c.Ticket != "" || c.RetryAfter != 30 || r.header.Get("Retry-After") != "30" || !strings.Contains(c.Advice, "could not be saved") {
			t.Errorf("%s without a store: %+v", name, c)
		}
		if test.outcome == "reviewed" && (c.Review == nil || c.Review.VerdictLabel != "False" || c.Review.Summary == "" || !strings.Contains(c.ShareText, "False")) {
			t.Errorf("the verdict without a store: %+v, to share %q", c.Review, c.ShareText)
		}
	}
	r := s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "Secret tunnels under Abay street are full of garlic"}, want: 503})
	p := r.problem()
	if p.Code != "not_stored" || r.header.Get("Retry-After") != "30" || p.Check == nil || p.Check.Outcome != "queued" || p.Check.Stored || p.Check.Advice == "" {
		t.Errorf("queued without a store: %+v", p)
	}
	if p.Check != nil && strings.Contains(p.Check.Advice, "keep the code") {
		t.Errorf("the advice promises a code: %q", p.Check.Advice)
	}
	for _, q := range []call{{method: "GET", path: "/v1/checks/" + asked.Ticket}, {method: "GET", path: "/v1/reviews"},
		{method: "POST", path: "/v1/claims/next", token: first}, {method: "GET", path: "/v1/accounts", token: first}} {
		q.want = 503
		if p := s.send(q).problem(); p.Code != "unavailable" {
			t.Errorf("%s without a store: %+v", q.path, p)
		}
	}
	s.send(call{method: "GET", path: "/v1/search?q=garlic", want: 200})
	var found list[match]
	s.send(call{method: "GET", path: "/v1/search?q=tap+water+in+Almaty&kind=review", want: 200}).into(&found)
	if len(found.Items) == 0 || found.Items[0].Kind != "review" {
		t.Errorf("the search for reviews without a store: %+v", found.Items)
	}

	s.store.On()
	var c check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "Secret tunnels under Abay street are full of garlic"}, want: 200}).into(&c)
	if !c.Stored || c.Claim.Requests != 1 {
		t.Errorf("after the outage: %+v", c)
	}
}

func TestCases(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleReviewer)
	text := "=HYPERLINK(\"https://evil.example\") the mayor, they say, sells oxygen"
	var c check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": text, "lang": "en"}, want: 200}).into(&c)
	s.publish(first, second, c.Claim.ID)

	r := s.send(call{method: "GET", path: "/v1/cases.csv?verdict=false&topic=water-poisoned&technique=fake_expert&lang=kk", want: 200})
	if got, want := r.header.Get("Content-Type"), "text/csv; charset=utf-8"; got != want {
		t.Errorf("Content-Type %q, want %q", got, want)
	}
	body, bom := strings.CutPrefix(string(r.body), "\ufeff")
	if !bom {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 {
		t.Fatalf("%d rows, want a header and a case", len(rows))
	}
	got := make(map[string]string)
	for i, column := range rows[0] {
		got[column] = rows[1][i]
	}
	if got["claim"] != "'"+text || got["verdict"] != "false" || got["verdict_label"] != "Жалған" || !strings.HasPrefix(got["summary_kk"], "Алматыда") ||
		got["sources"] != "https://who.example/antibiotics https://water.example/report" || got["url"] != s.url+"/kk/r/"+c.Claim.ID || got["techniques"] != "fake_expert" {
		t.Errorf("the case is %v", got)
	}
	for _, query := range []string{"verdict=true", "topic=5g", "technique=scam"} {
		var none list[struct{ ID string }]
		s.send(call{method: "GET", path: "/v1/cases?" + query, want: 200}).into(&none)
		if len(none.Items) != 0 {
			t.Errorf("%s gives %+v", query, none.Items)
		}
	}
	var seeded list[struct {
		ID        string
		Summaries map[string]string
	}]
	s.send(call{method: "GET", path: "/v1/cases?n=1&seed=7", want: 200}).into(&seeded)
	if len(seeded.Items) != 1 || len(seeded.Items[0].Summaries) != 3 {
		t.Errorf("with a seed: %+v", seeded)
	}
}

func TestPublicAnswersTellOfNobody(t *testing.T) {
	s := newSite(t, siteOptions{})
	one, err := s.desk.AddAccount(t.Context(), "Aigerim Sarsenova", []claims.Role{claims.RoleReviewer})
	if err != nil {
		t.Fatal(err)
	}
	two, err := s.desk.AddAccount(t.Context(), "Bolat Omarov", []claims.Role{claims.RoleReviewer})
	if err != nil {
		t.Fatal(err)
	}
	asked := s.queueRumour()
	var again check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": rumour + " ???", "seenIn": "telegram"}, want: 200}).into(&again)
	s.publish(string(one.Token), string(two.Token), asked.Claim.ID)
	var worded check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": otherWords}, want: 200}).into(&worded)
	if worded.Outcome != "reviewed" {
		t.Fatalf("other words come to %+v", worded)
	}
	secrets := []string{one.Account.ID, two.Account.ID, "Aigerim", "Bolat", "agreed-comment", "someone has poisoned it", "???", "whatsapp"}
	for _, ticket := range []string{asked.Ticket, again.Ticket, worded.Ticket} {
		secrets = append(secrets, ticket, strings.ReplaceAll(ticket, "-", ""))
	}
	paths := []string{"/v1/reviews", "/v1/reviews/" + asked.Claim.ID, "/v1/cases", "/v1/cases.csv", "/v1/cases?seed=3", "/v1/sources",
		"/v1/search?q=tap+water+Almaty", "/v1/search?q=garlic"}
	for _, language := range []string{"en", "ru", "kk"} {
		for _, path := range paths {
			r := s.send(call{method: "GET", path: path, header: map[string]string{"Accept-Language": language}, want: 200})
			for _, secret := range secrets {
				if strings.Contains(string(r.body), secret) {
					t.Errorf("%s in %s has %q: %s", path, language, secret, r.body)
				}
			}
		}
		// What one person gets has that person's ticket, and nothing of the others.
		r := s.send(call{method: "GET", path: "/v1/checks/" + asked.Ticket + "?lang=" + language, want: 200})
		for _, secret := range secrets {
			if secret != asked.Ticket && strings.Contains(string(r.body), secret) {
				t.Errorf("the ticket in %s has %q: %s", language, secret, r.body)
			}
		}
		var c check
		r.into(&c)
		if strings.Contains(c.ShareText, asked.Ticket) || strings.Contains(c.ShareText, "mercury") {
			t.Errorf("the text to share in %s is %q", language, c.ShareText)
		}
	}
}

func TestSources(t *testing.T) {
	s := newSite(t, siteOptions{})
	var l list[struct {
		ID, Name, State, LastCrawl string
		Pages, Summaries           int
	}]
	s.send(call{method: "GET", path: "/v1/sources?lang=kk", want: 200}).into(&l)
	if len(l.Items) != 2 || l.Items[0].Name != "Дүниежүзілік денсаулық сақтау ұйымы" || l.Items[0].Pages != 6 || l.Items[0].Summaries != 1 ||
		l.Items[0].LastCrawl != "2026-03-01T00:00:00Z" || l.Items[1].LastCrawl != "" || l.Items[1].Pages != 1 {
		t.Errorf("the sources are %+v", l.Items)
	}
}

func BenchmarkCheck(b *testing.B) {
	s := newSite(b, siteOptions{})
	client := &http.Client{}
	n := 0
	for b.Loop() {
		n++
		r, err := client.Post(s.url+"/v1/checks", "application/json", strings.NewReader(fmt.Sprintf(`{"text":"eating garlic prevents the coronavirus, says neighbour %d"}`, n)))
		if err != nil {
			b.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 200 {
			b.Fatal(r.Status)
		}
	}
}
