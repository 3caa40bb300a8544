package api_test

import (
	"strings"
	"testing"

	"dalel/claims"
)

// finding is what a reviewer of the tests proposes.
func finding(token int64, passage string) map[string]any {
	return map[string]any{"token": token, "verdict": "false", "topic": "water-poisoned", "techniques": []string{"fake_expert"},
		"summary": map[string]string{"en": "Tap water in Almaty is tested every day and is safe to drink.",
			"ru": "Водопроводную воду в Алматы проверяют каждый день, её можно пить.",
			"kk": "Алматыда ауыз су күн сайын тексеріледі, оны ішуге болады."},
		"evidence": []map[string]any{{"passage": passage, "stance": "context"},
			{"url": "https://water.example/report", "title": "Daily report", "stance": "refutes", "quote": "All samples met the standard."}}}
}

const (
	rumour     = "Someone poisoned the tap water in Almaty with mercury, do not drink it tonight"
	otherWords = "do not drink the tap water in Almaty tonight, someone has poisoned it with mercury!"
)

// queueRumour asks the rumour that nothing settles.
func (s *site) queueRumour() check {
	s.t.Helper()
	var c check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": rumour, "seenIn": "whatsapp", "forwarded": true}, want: 200}).into(&c)
	if c.Outcome != "queued" || c.Ticket == "" || !c.Stored {
		s.t.Fatalf("the rumour came to %+v, want queued with a ticket", c)
	}
	return c
}

// publish takes the rumour the whole way and gives its claim.
func (s *site) publish(first, second string, id string) claim {
	s.t.Helper()
	var l lease
	s.send(call{method: "PUT", path: "/v1/claims/" + id + "/lease", token: first, want: 200}).into(&l)
	s.send(call{method: "POST", path: "/v1/claims/" + id + "/review", token: first, body: finding(l.Token, "antibiotics#0"), want: 200})
	var c claim
	s.send(call{method: "POST", path: "/v1/claims/" + id + "/approve", token: second, body: map[string]any{"comment": "agreed-comment"}, want: 200}).into(&c)
	s.catchUp()
	return c
}

func TestWholeWay(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleReviewer)

	asked := s.queueRumour()
	if !strings.Contains(asked.Advice, "not forward") || asked.Claim.State != "queued" {
		t.Errorf("queued with the advice %q and the claim %+v", asked.Advice, asked.Claim)
	}
	if strings.Contains(asked.ShareText, "mercury") || strings.Contains(asked.ShareText, asked.Ticket) {
		t.Errorf("the text to share has the person's words or the ticket: %q", asked.ShareText)
	}

	var waiting list[claim]
	s.send(call{method: "GET", path: "/v1/claims", token: first, want: 200}).into(&waiting)
	if len(waiting.Items) != 1 || waiting.Counts["queued"] != 1 || len(waiting.Items[0].Priority.Why) == 0 {
		t.Fatalf("the queue is %+v", waiting)
	}

	var taken struct {
		Claim claim
		Lease lease
	}
	s.send(call{method: "POST", path: "/v1/claims/next", token: first, body: map[string]any{"langs": []string{"en"}}, want: 200}).into(&taken)
	if taken.Claim.Text != rumour || !taken.Lease.Mine || taken.Lease.Token != 1 {
		t.Fatalf("next gave %+v", taken)
	}
	s.send(call{method: "POST", path: "/v1/claims/next", token: second, want: 204})
	at := "/v1/claims/" + taken.Claim.ID
	if p := s.send(call{method: "PUT", path: at + "/lease", token: second, want: 409}).problem(); p.Code != "lease_held" {
		t.Errorf("taking another's claim: %+v", p)
	}

	var saved claim
	s.send(call{method: "PUT", path: at + "/draft", token: first, body: map[string]any{"token": 1, "verdict": "false",
		"summary": map[string]string{"en": "The water is safe."}}, want: 200}).into(&saved)
	if saved.Draft == nil || saved.Draft.Summary["en"] != "The water is safe." {
		t.Errorf("the draft is %+v", saved.Draft)
	}
	var proposed claim
	s.send(call{method: "POST", path: at + "/review", token: first, body: finding(1, "antibiotics#0"), want: 200}).into(&proposed)
	if proposed.State != "second_review" {
		t.Fatalf("proposed: %s", proposed.State)
	}
	if p := s.send(call{method: "POST", path: at + "/approve", token: first, want: 403}).problem(); p.Code != "own_review" {
		t.Errorf("approving one's own: %+v", p)
	}
	var returned claim
	s.send(call{method: "POST", path: at + "/return", token: second, body: map[string]any{"comment": "say who tests"}, want: 200}).into(&returned)
	if returned.State != "in_review" || returned.Lease == nil || returned.Lease.Mine || returned.Lease.Token != 0 {
		t.Fatalf("returned: %+v", returned)
	}
	var mine claim
	s.send(call{method: "GET", path: at, token: first, want: 200}).into(&mine)
	s.send(call{method: "POST", path: at + "/review", token: first, body: finding(mine.Lease.Token, "antibiotics#0"), want: 200})
	var published claim
	s.send(call{method: "POST", path: at + "/approve", token: second, body: map[string]any{}, want: 200}).into(&published)
	if published.State != "published" || published.Review.Version != 1 || published.Topic != "water-poisoned" {
		t.Fatalf("approved: %+v", published)
	}
	s.catchUp()

	for name, q := range map[string]call{
		"the ticket":                {method: "GET", path: "/v1/checks/" + asked.Ticket, want: 200},
		"the ticket, badly typed":   {method: "GET", path: "/v1/checks/" + strings.ToLower(strings.ReplaceAll(asked.Ticket, "-", "")), want: 200},
		"the rumour in other words": {method: "POST", path: "/v1/checks", body: map[string]any{"text": otherWords}, want: 200},
	} {
		var c check
		s.send(q).into(&c)
		if c.Outcome != "reviewed" || c.Review == nil || c.Review.Verdict != "false" || c.Review.VerdictLabel != "False" {
			t.Errorf("%s gives %+v, want the verdict", name, c)
			continue
		}
		if !strings.HasPrefix(c.ShareText, "Tap water in Almaty is tested every day") || !strings.Contains(c.ShareText, "False") ||
			!strings.Contains(c.ShareText, "https://water.example/report") || !strings.Contains(c.ShareText, s.url+"/en/r/"+published.ID) {
			t.Errorf("%s has the text to share %q", name, c.ShareText)
		}
		if len(c.Review.Evidence) != 2 || !strings.Contains(c.Review.Evidence[0].Quote, "Antibiotics work only against bacteria") {
			t.Errorf("%s has the evidence %+v", name, c.Review.Evidence)
		}
	}
	var russian check
	s.send(call{method: "GET", path: "/v1/checks/" + asked.Ticket + "?lang=ru", want: 200}).into(&russian)
	if russian.Review.VerdictLabel != "Неправда" || !strings.HasPrefix(russian.ShareText, "Водопроводную воду") {
		t.Errorf("in Russian: %+v", russian)
	}

	var events list[struct{ Kind, By, Role string }]
	s.send(call{method: "GET", path: at + "/history", token: second, want: 200}).into(&events)
	var kinds []string
	for _, e := range events.Items {
		kinds = append(kinds, e.Kind)
	}
	if got, want := strings.Join(kinds, " "), "submitted taken saved proposed returned proposed published submitted"; got != want {
		t.Errorf("the history is %q, want %q", got, want)
	}
}

func TestSourcedAnswer(t *testing.T) {
	s := newSite(t, siteOptions{})
	var c check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "eating garlic prevents the coronavirus"}, want: 200}).into(&c)
	if c.Outcome != "sourced" || len(c.Matches) == 0 || c.Matches[0].Source.Name != "World Health Organization" {
		t.Fatalf("garlic gives %+v", c)
	}
	m := c.Matches[0]
	if m.Passage == nil || m.Passage.ID != m.ID || len(m.Passage.Highlights) == 0 || m.Summary {
		t.Fatalf("the match is %+v", m)
	}
	text := []rune(m.Passage.Text)
	for _, h := range m.Passage.Highlights {
		if h[0] < 0 || h[0] >= h[1] || h[1] > len(text) {
			t.Errorf("highlight %v of a text of %d characters", h, len(text))
		}
	}
	if !strings.Contains(c.ShareText, "World Health Organization, 19 January 2022") || !strings.Contains(c.ShareText, m.URL) {
		t.Errorf("the text to share is %q", c.ShareText)
	}

	for _, opinion := range []any{true, false, "notMine"} {
		s.send(call{method: "POST", path: "/v1/checks/" + c.Ticket + "/feedback", body: map[string]any{"match": m.ID, "useful": opinion}, want: 204})
	}
	s.send(call{method: "GET", path: "/v1/checks/" + c.Ticket, want: 200}).into(&c)
	if c.Claim.State != "queued" {
		t.Errorf("after notMine the claim is %s, want queued", c.Claim.State)
	}

	var summary check
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": "drinking vodka kills the coronavirus, drink alcohol"}, want: 200}).into(&summary)
	if summary.Outcome != "sourced" || !summary.Matches[0].Summary {
		t.Fatalf("vodka gives %+v", summary)
	}
	if strings.Contains(summary.ShareText, "“") || !strings.Contains(summary.ShareText, "our summary") {
		t.Errorf("a summary is shared as a quotation: %q", summary.ShareText)
	}
}

func TestReaderLanguage(t *testing.T) {
	s := newSite(t, siteOptions{})
	for _, test := range []struct{ query, accept, advice, date string }{
		{"", "", "сенімді дереккөздер", "2022 ж. 19 қаңтар"}, // that of the text
		{"", "de", "сенімді дереккөздер", "2022 ж. 19 қаңтар"},
		{"", "ru-RU,ru;q=0.9,en;q=0.8", "надёжные источники", "19 января 2022 г."},
		{"?lang=en", "ru", "Trusted sources", "19 January 2022"},
	} {
		var c check
		s.send(call{method: "POST", path: "/v1/checks" + test.query, body: map[string]any{"text": "маска кисең оттегі жетпей қаласың"},
			header: map[string]string{"Accept-Language": test.accept}, want: 200}).into(&c)
		if c.Outcome != "sourced" || c.Lang != "kk" || !strings.Contains(c.Advice, test.advice) || !strings.Contains(c.ShareText, test.date) {
			t.Errorf("%q with Accept-Language %q gives %s in %s: %q, to share %q", test.query, test.accept, c.Outcome, c.Lang, c.Advice, c.ShareText)
		}
		text := []rune(c.Matches[0].Passage.Text)
		for _, h := range c.Matches[0].Passage.Highlights {
			if word := string(text[h[0]:h[1]]); word != strings.TrimSpace(word) || word == "" || h[0] > 0 && text[h[0]-1] != ' ' {
				t.Errorf("highlight %v is %q, want a word", h, word)
			}
		}
	}
}
