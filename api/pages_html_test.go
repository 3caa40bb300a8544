package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dalel/claims"
)

// A tour is every page that there is, with somebody who may see it.
type tour struct {
	public, desk, admin []string // paths behind the language
	reviewer, boss      *visitor
}

// newTour fills a site so that every page has something to show: claims in every state, with and without evidence.
func newTour(t *testing.T, s *site) tour {
	t.Helper()
	var w tour
	v := s.visitor()
	sourced := v.ask("en", "eating garlic prevents the coronavirus")
	summary := v.ask("en", "drinking vodka kills the coronavirus")
	queued := v.ask("en", "A green cloud stops the buses of Taraz until Friday evening")
	ticket := v.ask("en", fog)

	w.reviewer = s.signIn("en", "aigerim", claims.RoleReviewer)
	first := w.reviewer
	link := regexp.MustCompile(`<a href="/en/desk/c/([a-z0-9]{16})">In Karaganda`).FindStringSubmatch(first.raw)
	if link == nil {
		t.Fatal("the desk does not list the rumour of the fog")
	}
	published := "/desk/c/" + link[1]
	first.open("/en"+published, http.StatusOK)
	first.press(published, "take", nil, http.StatusOK)
	first.press(published, "search", url.Values{"find": {"garlic antimicrobial"}, "verdict": {"false"}, "summary-en": {fogFact},
		"techniques": {"scam", "fake_quote"}, "topic": {"lockdown-rumour"}, "validUntil": {"2027-01-01"}}, http.StatusOK)
	first.press(published, "cite:garlic#0", nil, http.StatusOK)
	first.press(published, "search", url.Values{"find": {"drinking alcohol vodka"}}, http.StatusOK)
	first.press(published, "cite:summary-alcohol#0", nil, http.StatusOK)
	first.press(published, "propose", nil, http.StatusOK)
	w.boss = s.signIn("en", "botagoz", claims.RoleEditor, claims.RoleAdmin)
	w.boss.open("/en"+published, http.StatusOK)
	w.boss.press(published, "approve", nil, http.StatusOK)

	first.open("/en/desk", http.StatusOK)
	first.press("/desk/next", "", nil, http.StatusOK)
	working := strings.TrimPrefix(first.at.Path, "/en")
	first.press(working, "search", url.Values{"find": {"bath"}}, http.StatusOK)
	first.press(working, "cite:hot-bath#0", nil, http.StatusOK)
	first.press(working, "save", nil, http.StatusOK)

	w.public = []string{"", "?text=a%22b", "/t", "/t?said=deleted", "/t/" + string(sourced), "/t/" + string(summary), "/t/" + string(queued),
		"/t/" + string(ticket), "/t/" + string(ticket) + "/delete", strings.Replace(published, "/desk/c/", "/r/", 1), "/cases",
		"/cases?verdict=true", "/sources", "/about", "/signin", "/signin?key=dlr_nothing", "/no/such/page", "/t/nonsense"}
	w.desk = []string{"/desk", "/desk?state=published", "/desk?state=mine&q=nothing", published, working}
	w.admin = []string{"/desk/accounts"}
	return w
}

// Every page in every language is whole: it parses, says its language, has one heading of its own, and no message is missing.
func TestEveryPageInEveryLanguage(t *testing.T) {
	s := newPages(t)
	w := newTour(t, s)
	for _, language := range []string{"en", "ru", "kk"} {
		for _, path := range w.public {
			s.visitor().look(language, path)
		}
		for _, path := range w.desk {
			w.reviewer.look(language, path)
			w.boss.look(language, path)
		}
		for _, path := range w.admin {
			w.boss.look(language, path)
		}
	}
}

var missing = regexp.MustCompile(`\[[a-z]+[a-z0-9_.-]*\]|<no value>|%!|ZgotmplZ`)

// look opens a page and checks what holds for all.
func (v *visitor) look(language, path string) {
	v.t.Helper()
	want := http.StatusOK
	if strings.Contains(path, "/no/such") || strings.Contains(path, "/nonsense") {
		want = http.StatusNotFound
	}
	v.open("/"+language+path, want)
	at := language + path
	if found := missing.FindString(v.raw); found != "" {
		v.t.Errorf("%s: %s in the page", at, found)
	}
	if n := len(v.all(tag("h1"))); n != 1 {
		v.t.Errorf("%s: %d first headings", at, n)
	}
	if got := attr(v.all(tag("html"))[0], "lang"); got != language {
		v.t.Errorf("%s: lang %q", at, got)
	}
	if len(v.all(tag("main"))) != 1 || len(v.all(func(n *html.Node) bool { return attr(n, "name") == "viewport" })) != 1 {
		v.t.Errorf("%s: no main or no viewport", at)
	}
	for _, forbidden := range []string{"script", "style", "img", "iframe"} {
		if len(v.all(tag(forbidden))) > 0 {
			v.t.Errorf("%s: has <%s>", at, forbidden)
		}
	}
	v.balanced(at)
	v.headings(at)
	v.labelled(at)
	v.addresses(at)
}

func tag(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == name }
}

// balanced checks that every element is closed, in order: a parser of HTML mends what is not and says nothing.
func (v *visitor) balanced(at string) {
	v.t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(v.raw))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				v.t.Errorf("%s: not closed: %v", at, open)
			}
			return
		case html.StartTagToken:
			name, _ := z.TagName()
			if !slices.Contains([]string{"meta", "link", "input", "br"}, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				v.t.Errorf("%s: </%s> closes %v", at, name, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

// headings checks that no level is jumped.
func (v *visitor) headings(at string) {
	v.t.Helper()
	level := 0
	for _, n := range v.all(func(n *html.Node) bool {
		return len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'
	}) {
		next := int(n.Data[1] - '0')
		if next > level+1 {
			v.t.Errorf("%s: heading %q jumps from level %d to %d", at, textOf(n), level, next)
		}
		level = next
	}
}

// labelled checks that every field has a label, every id is there once, and every reference to one leads somewhere.
func (v *visitor) labelled(at string) {
	v.t.Helper()
	ids := map[string]int{}
	for _, n := range v.all(func(n *html.Node) bool { return hasAttr(n, "id") }) {
		ids[attr(n, "id")]++
	}
	for id, n := range ids {
		if n != 1 || id == "" {
			v.t.Errorf("%s: id %q is there %d times", at, id, n)
		}
	}
	labels := map[string]bool{}
	for _, n := range v.all(tag("label")) {
		labels[attr(n, "for")] = true
	}
	for _, n := range v.all(func(n *html.Node) bool { return n.Data == "input" || n.Data == "select" || n.Data == "textarea" }) {
		within := false
		for p := n.Parent; p != nil; p = p.Parent {
			within = within || p.Data == "label"
		}
		if attr(n, "type") != "hidden" && !within && !labels[attr(n, "id")] {
			v.t.Errorf("%s: the field %q has no label", at, attr(n, "name"))
		}
	}
	for _, n := range v.all(func(*html.Node) bool { return true }) {
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby"} {
			if ref := attr(n, name); ref != "" && ids[ref] == 0 {
				v.t.Errorf("%s: %s=%q leads nowhere", at, name, ref)
			}
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				v.t.Errorf("%s: <%s %s>", at, n.Data, a.Key)
			}
		}
	}
}

// addresses checks that what the page loads is ours, and that its links to us exist.
func (v *visitor) addresses(at string) {
	v.t.Helper()
	for _, n := range v.all(tag("link")) {
		href := attr(n, "href")
		if !strings.HasPrefix(href, "/static/") {
			v.t.Errorf("%s: loads %s", at, href)
			continue
		}
		r, err := v.client.Get(v.at.Scheme + "://" + v.at.Host + href)
		if err != nil {
			v.t.Fatal(err)
		}
		r.Body.Close()
		if cache := r.Header.Get("Cache-Control"); r.StatusCode != http.StatusOK || !strings.Contains(cache, "immutable") {
			v.t.Errorf("%s: %s answers %d, Cache-Control %q", at, href, r.StatusCode, cache)
		}
	}
	for _, n := range v.all(func(n *html.Node) bool { return n.Data == "a" && strings.HasPrefix(attr(n, "href"), "#") }) {
		id := attr(n, "href")[1:]
		if len(v.all(func(n *html.Node) bool { return attr(n, "id") == id })) != 1 {
			v.t.Errorf("%s: #%s leads nowhere", at, id)
		}
	}
}

// All that the public pages link to among themselves is there.
func TestLinksLeadSomewhere(t *testing.T) {
	s := newPages(t)
	w := newTour(t, s)
	seen := map[string]bool{}
	for _, path := range w.public[:len(w.public)-2] {
		v := s.visitor()
		v.open("/ru"+path, http.StatusOK)
		for _, n := range v.all(tag("a")) {
			href, _, _ := strings.Cut(attr(n, "href"), "#")
			if !strings.HasPrefix(href, "/") || seen[href] {
				continue
			}
			seen[href] = true
			s.visitor().open(href, http.StatusOK)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d links were found", len(seen))
	}
}

// A page for everybody has no cookie, no account and no ticket in it; it may be kept. Nobody else's pages may.
func TestPublicPagesArePrivate(t *testing.T) {
	s := newPages(t)
	w := newTour(t, s)
	for _, path := range w.public {
		v := s.visitor()
		want := http.StatusOK
		if strings.Contains(path, "/no/such") || strings.Contains(path, "/nonsense") {
			want = http.StatusNotFound
		}
		v.open("/en"+path, want)
		v.hides("aigerim", "botagoz", "u_")
		if got := v.header.Get("Set-Cookie"); got != "" {
			t.Errorf("%s sets a cookie", path)
		}
		cache := v.header.Get("Cache-Control")
		if kept := strings.HasPrefix(cache, "public"); kept && (strings.HasPrefix(path, "/t") || path == "" || want != http.StatusOK) {
			t.Errorf("%s: Cache-Control %q", path, cache)
		}
	}
}

// The sheet stays small enough for a bad connection.
func TestSheetIsSmall(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	v.open("/en", http.StatusOK)
	sheet := attr(v.all(func(n *html.Node) bool { return attr(n, "rel") == "stylesheet" })[0], "href")
	v.open(sheet, http.StatusOK)
	if n := len(v.raw); n > 10_000 {
		t.Errorf("the sheet has %d bytes", n)
	}
	v.open("/static/dalel.css", http.StatusNotFound)
}
