package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"dalel/claims/claimstest"
)

// rumours are one in each language that the starter guidance answers.
var rumours = map[string]string{
	"en": "Eating a lot of garlic protects you from the coronavirus",
	"ru": "5G вышки распространяют коронавирус",
	"kk": "Екпе арқылы адамдарға чип салып жатыр",
}

// unheard is a rumour that nothing answers, and the same in other words.
const (
	unheard      = "Sleeping next to a rusty samovar chases the coronavirus out of the whole yurt within one night"
	unheardAgain = "Friends say a rusty samovar next to your bed chases the coronavirus out of the yurt in one night!"
)

// TestWholeWay goes the whole way on both stores: checks are answered from sources, an unknown rumour is queued, taken, decided, seconded, and
// the finding answers the next person who asks in other words.
func TestWholeWay(t *testing.T) {
	t.Run("bolt", func(t *testing.T) { wholeWay(t) })
	t.Run("redis", func(t *testing.T) {
		url, _, _ := claimstest.StartRedis(t)
		wholeWay(t, "--store", url)
	})
}

func wholeWay(t *testing.T, args ...string) {
	data := t.TempDir()
	s := serve(t, data, freeAddr(t), args...)
	anyone, admin := newCaller(s.base, ""), newCaller(s.base, s.token)
	if s.link == "" || s.token == "" {
		t.Fatal("the first start printed no sign-in link or no token")
	}

	for lang, text := range rumours {
		r := anyone.want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": text})
		if r.str("outcome") != "sourced" || r.str("lang") != lang {
			t.Errorf("%q: outcome %q in %q, want sourced in %q", text, r.str("outcome"), r.str("lang"), lang)
			continue
		}
		if r.str("ticket") == "" || !strings.HasPrefix(r.str("matches", "0", "url"), "http") || r.str("matches", "0", "fetched") == "" ||
			r.str("matches", "0", "source", "name") == "" || r.str("matches", "0", "passage", "text") == "" {
			t.Errorf("%q: the first match lacks ticket, address, date, source or passage: %v", text, r.at("matches", "0"))
		}
	}

	asked := anyone.want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": unheard})
	if asked.str("outcome") != "queued" {
		t.Fatalf("an unknown rumour is %q, want queued: %v", asked.str("outcome"), asked.body)
	}
	ticket, id := asked.str("ticket"), asked.str("claim", "id")

	_, stderr, code := dalel(t, "", append([]string{"user", "add", "--role", "reviewer", "--data", data, "Aru"}, args...)...)
	if code != 0 {
		t.Fatalf("user add on a running server: exit %d: %s", code, stderr)
	}
	added := admin.want(t, http.StatusCreated, "POST", "/v1/accounts", map[string]any{"name": "Bek", "roles": []string{"reviewer"}})
	second := newCaller(s.base, added.str("token"))

	next := admin.want(t, http.StatusOK, "POST", "/v1/claims/next", map[string]any{"langs": []string{"en"}})
	if next.str("claim", "id") != id {
		t.Fatalf("next gave %s, want %s", next.str("claim", "id"), id)
	}
	finding := map[string]any{"token": next.num("lease", "token"), "verdict": "false",
		"summary":  map[string]string{"en": "A samovar does nothing against a virus.", "ru": "Самовар не действует на вирус.", "kk": "Самауыр вирусқа әсер етпейді."},
		"evidence": []map[string]string{{"url": "https://www.who.int/emergencies/diseases/novel-coronavirus-2019/advice-for-public/myth-busters", "stance": "refutes", "quote": "There is no medicine that prevents it."}}}
	admin.want(t, http.StatusOK, "POST", "/v1/claims/"+id+"/review", finding)
	if r := admin.want(t, http.StatusForbidden, "POST", "/v1/claims/"+id+"/approve", map[string]any{}); r.str("code") != "own_review" {
		t.Errorf("approving one's own: code %q", r.str("code"))
	}
	second.want(t, http.StatusOK, "POST", "/v1/claims/"+id+"/approve", map[string]any{})

	eventually(t, 2*time.Second, "the same rumour in other words gets the verdict", func() bool {
		r := anyone.want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": unheardAgain})
		return r.str("outcome") == "reviewed" && r.str("review", "verdict") == "false"
	})
	if r := anyone.want(t, http.StatusOK, "GET", "/v1/checks/"+ticket, nil); r.str("outcome") != "reviewed" || r.str("review", "verdict") != "false" {
		t.Errorf("the ticket shows %q, %q", r.str("outcome"), r.str("review", "verdict"))
	}
	if r := anyone.want(t, http.StatusOK, "GET", "/v1/cases", nil); r.str("items", "0", "verdict") != "false" {
		t.Errorf("the finding is no case: %v", r.body)
	}

	// A second start finds everything, and makes no second first account.
	s.kill()
	again := serve(t, data, freeAddr(t), args...)
	if again.link != "" {
		t.Error("a second start printed a sign-in link")
	}
	if r := newCaller(again.base, "").want(t, http.StatusOK, "GET", "/v1/checks/"+ticket, nil); r.str("outcome") != "reviewed" {
		t.Errorf("after a restart the ticket shows %q", r.str("outcome"))
	}
}
