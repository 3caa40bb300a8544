package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"dalel/claims"
)

func TestRolesAndRoutes(t *testing.T) {
	s := newSite(t, siteOptions{})
	accounts := map[string]string{
		"nobody":    "",
		"stranger":  "dlr_not-a-token-of-anybody",
		"volunteer": s.account("V", claims.RoleVolunteer),
		"reviewer":  s.account("R", claims.RoleReviewer),
		"editor":    s.account("E", claims.RoleEditor),
		"trainer":   s.account("T", claims.RoleTrainer),
		"admin":     s.account("A", claims.RoleAdmin),
		"operator":  string(control),
	}
	may := map[string][]string{ // by the words of the table
		"volunteer or reviewer": {"volunteer", "reviewer", "editor"},
		"reviewer":              {"reviewer", "editor"},
		"editor":                {"editor"},
		"editor or admin":       {"editor", "admin", "operator"},
		"admin":                 {"admin", "operator"},
	}
	open := 0
	for _, r := range s.server.Routes() {
		path := strings.NewReplacer(":id", "aaaaaaaaaaaaaaaa", ":ticket", "0000-0000-0000-0", ":name", "nobody").Replace(r.Path)
		for name, token := range accounts {
			request, err := http.NewRequestWithContext(t.Context(), r.Method, s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if token != "" {
				request.Header.Set("Authorization", "Bearer "+token)
			}
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			got := response.StatusCode
			switch {
			case r.Who == "anyone" || r.Who == "ticket":
				open++
				if got == 401 || got == 403 || got >= 500 {
					t.Errorf("%s %s by %s: %d, but it is for %s", r.Method, r.Path, name, got, r.Who)
				}
			case may[r.Who] == nil:
				t.Fatalf("%s %s is for %q, which the test does not know", r.Method, r.Path, r.Who)
			case name == "nobody" || name == "stranger":
				if got != http.StatusUnauthorized || response.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s %s by %s: %d, want 401 with WWW-Authenticate", r.Method, r.Path, name, got)
				}
			case slices.Contains(may[r.Who], name):
				if got == 401 || got == 403 || got >= 500 {
					t.Errorf("%s %s by %s: %d, but it is for %s", r.Method, r.Path, name, got, r.Who)
				}
			case got != http.StatusForbidden:
				t.Errorf("%s %s by %s: %d, want 403: it is for %s", r.Method, r.Path, name, got, r.Who)
			}
		}
	}
	if open == 0 {
		t.Error("no route is open to anyone")
	}
}

func TestAccounts(t *testing.T) {
	s := newSite(t, siteOptions{})
	admin := string(control)
	var made struct {
		Account     struct{ ID, Name string }
		Link, Token string
	}
	s.send(call{method: "POST", path: "/v1/accounts", token: admin, body: `{"name":"Әлия / ночь","roles":["reviewer"]}`, want: 201}).into(&made)
	if !strings.HasPrefix(made.Link, s.url+"/en/signin?key=dlr_") || !strings.HasPrefix(made.Token, "dlr_") {
		t.Fatalf("made %+v", made)
	}
	s.send(call{method: "GET", path: "/v1/claims", token: made.Token, want: 200})

	session := func(link string) string {
		t.Helper()
		_, key, _ := strings.Cut(link, "key=")
		_, secret, err := s.desk.SignIn(t.Context(), claims.Secret(key))
		if err != nil {
			t.Fatal(err)
		}
		return "dalel_session=" + string(secret)
	}
	cookie := session(made.Link)
	s.send(call{method: "GET", path: "/v1/claims", cookie: cookie, want: 200})
	s.send(call{method: "GET", path: "/v1/claims", cookie: cookie, token: "dlr_wrong", want: 401}) // a wrong token does not fall back

	escaped := "%D3%98%D0%BB%D0%B8%D1%8F%20%2F%20%D0%BD%D0%BE%D1%87%D1%8C"
	var again struct{ Link, Token string }
	s.send(call{method: "POST", path: "/v1/accounts/" + escaped + "/link", token: admin, want: 201}).into(&again)
	if again.Link == made.Link || again.Token != "" {
		t.Errorf("the new link is %+v", again)
	}
	other := session(again.Link)
	s.send(call{method: "DELETE", path: "/v1/accounts/" + escaped, token: admin, want: 204})
	for _, q := range []call{{token: made.Token}, {cookie: cookie}, {cookie: other}} {
		q.method, q.path, q.want = "GET", "/v1/claims", 401
		s.send(q)
	}
	var all list[struct {
		Name     string
		Disabled bool
	}]
	r := s.send(call{method: "GET", path: "/v1/accounts", token: admin, want: 200})
	r.into(&all)
	if len(all.Items) != 1 || !all.Items[0].Disabled || strings.Contains(string(r.body), "dlr_") {
		t.Errorf("the accounts are %s", r.body)
	}
}

func TestCrossOrigin(t *testing.T) {
	s := newSite(t, siteOptions{})
	body := map[string]any{"text": rumour}
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}} {
		p := s.send(call{method: "POST", path: "/v1/checks", body: body, cookie: "dalel_session=x", header: header, want: 403}).problem()
		if p.Code != "cross_origin" {
			t.Errorf("%v gives %+v", header, p)
		}
	}
	for _, header := range []map[string]string{{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": s.url}} {
		s.send(call{method: "POST", path: "/v1/checks", body: body, header: header, want: 200})
	}
	s.send(call{method: "GET", path: "/v1/sources", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 200})
}

func TestCrossOriginBehindAProxy(t *testing.T) {
	s := newSite(t, siteOptions{baseURL: "https://dalel.example/"})
	s.send(call{method: "POST", path: "/v1/checks", body: map[string]any{"text": rumour}, header: map[string]string{"Origin": "https://dalel.example"}, want: 200})
	r := s.send(call{method: "GET", path: "/v1/sources", want: 200})
	if r.header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security over TLS")
	}
	token := s.account("R", claims.RoleReviewer)
	s.send(call{method: "GET", path: "/v1/claims", cookie: "dalel_session=" + token, want: 401})
	s.send(call{method: "GET", path: "/v1/claims", cookie: "__Host-dalel_session=" + token, want: 200})
}

func TestHeaders(t *testing.T) {
	s := newSite(t, siteOptions{})
	for _, q := range []call{
		{method: "GET", path: "/v1/sources", want: 200},
		{method: "GET", path: "/v1/nothing", want: 404},
		{method: "GET", path: "/v1/claims", want: 401},
		{method: "POST", path: "/v1/checks", body: `{"text":""}`, want: 422},
	} {
		h := s.send(q).header
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
			"X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; " +
				"base-uri 'none'; frame-ancestors 'none'"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", q.method, q.path, name, got, want)
			}
		}
		if h.Get("X-Request-Id") == "" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: headers %v", q.method, q.path, h)
		}
		if q.want != 200 && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be kept: %q", q.method, q.path, h.Get("Cache-Control"))
		}
	}
}

func TestLogTellsNothing(t *testing.T) {
	s := newSite(t, siteOptions{})
	token := s.account("Aigerim", claims.RoleReviewer)
	asked := s.queueRumour()
	s.send(call{method: "GET", path: "/v1/checks/" + asked.Ticket, want: 200})
	s.send(call{method: "GET", path: "/v1/search?q=mercury+in+the+water", want: 200})
	s.send(call{method: "PUT", path: "/v1/claims/" + asked.Claim.ID + "/lease", token: token, want: 200})
	s.send(call{method: "GET", path: "/v1/nothing/mercury", want: 404})
	s.store.Off()
	s.send(call{method: "GET", path: "/v1/claims", token: token, want: 503})
	log := s.log.String()
	for _, word := range []string{"mercury", asked.Ticket, strings.ReplaceAll(asked.Ticket, "-", ""), token, "Aigerim", "127.0.0.1"} {
		if strings.Contains(log, word) {
			t.Errorf("the log has %q:\n%s", word, log)
		}
	}
	for _, line := range []string{`"route":"/v1/checks/:ticket"`, `"route":"none"`, `"status":503`, `"level":"WARN"`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log does not have %s:\n%s", line, log)
		}
	}
}
