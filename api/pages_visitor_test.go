package api_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dalel/api"
	"dalel/claims"
)

// newPages is a site whose pages go by the clock of its store, with what people type as the only way in.
func newPages(t testing.TB) *site {
	t.Helper()
	s := newSite(t, siteOptions{})
	server, err := api.New(api.Config{Desk: s.desk, Index: s.index, Sources: sources(), Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(web.Close)
	s.url, s.server = web.URL, server
	return s
}

// A visitor uses the pages as a browser without scripts does: it follows links and sends forms.
type visitor struct {
	t      testing.TB
	client *http.Client
	at     *url.URL
	status int
	header http.Header
	raw    string
	page   *html.Node
}

func (s *site) visitor() *visitor {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	at, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	return &visitor{t: s.t, client: &http.Client{Jar: jar}, at: at}
}

// signIn opens a sign-in link of a new account and presses its button.
func (s *site) signIn(language, name string, roles ...claims.Role) *visitor {
	s.t.Helper()
	inv, err := s.desk.AddAccount(s.t.Context(), name, roles)
	if err != nil {
		s.t.Fatal(err)
	}
	v := s.visitor()
	v.open("/"+language+"/signin?key="+string(inv.Link), http.StatusOK)
	v.press("/signin", "", nil, http.StatusOK)
	return v
}

func (v *visitor) do(r *http.Request, want int) {
	v.t.Helper()
	response, err := v.client.Do(r.WithContext(v.t.Context()))
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.at, v.status, v.header, v.raw = response.Request.URL, response.StatusCode, response.Header, string(b)
	if v.status != want {
		v.t.Fatalf("%s %s: status %d, want %d\n%s", r.Method, r.URL.Path, v.status, want, v.text())
	}
	if v.page, err = html.Parse(strings.NewReader(v.raw)); err != nil {
		v.t.Fatal(err)
	}
}

// open follows an address, or a link of the page.
func (v *visitor) open(address string, want int) {
	v.t.Helper()
	to, err := v.at.Parse(address)
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodGet, to.String(), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	v.do(r, want)
}

// press sends the form whose address ends as given, by its button of a value. Fields are what is typed; all others go as the page has them.
func (v *visitor) press(form, button string, fields url.Values, want int) {
	v.t.Helper()
	forms := v.all(func(n *html.Node) bool { return n.Data == "form" && strings.HasSuffix(attr(n, "action"), form) })
	for _, f := range forms {
		for _, b := range descendants(f, func(n *html.Node) bool { return n.Data == "button" && attr(n, "value") == button }) {
			v.send(f, b, fields, want)
			return
		}
	}
	v.t.Fatalf("%s has no form %q with a button %q\n%s", v.at.Path, form, button, v.text())
}

func (v *visitor) send(form, button *html.Node, fields url.Values, want int) {
	v.t.Helper()
	values := formValues(form)
	for name, typed := range fields {
		if !has(form, name) {
			v.t.Fatalf("the form has no field %q", name)
		}
		values[name] = typed
	}
	if name := attr(button, "name"); name != "" {
		values.Set(name, attr(button, "value"))
	}
	action := attr(form, "action")
	if own := attr(button, "formaction"); own != "" {
		action = own
	}
	to, err := v.at.Parse(action)
	if err != nil {
		v.t.Fatal(err)
	}
	var r *http.Request
	if strings.EqualFold(attr(form, "method"), "post") {
		r, err = http.NewRequest(http.MethodPost, to.String(), strings.NewReader(values.Encode()))
	} else {
		to.RawQuery = values.Encode()
		r, err = http.NewRequest(http.MethodGet, to.String(), nil)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	if r.Method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	v.do(r, want)
}

// formValues are a form's fields as a browser would send them untouched.
func formValues(form *html.Node) url.Values {
	values := url.Values{}
	for _, n := range descendants(form, func(n *html.Node) bool { return attr(n, "name") != "" }) {
		name := attr(n, "name")
		switch n.Data {
		case "input":
			if kind := attr(n, "type"); (kind == "radio" || kind == "checkbox") && !hasAttr(n, "checked") {
				continue
			}
			values.Add(name, attr(n, "value"))
		case "textarea":
			values.Add(name, strings.ReplaceAll(textOf(n), "\n", "\r\n"))
		case "select":
			options := descendants(n, func(n *html.Node) bool { return n.Data == "option" })
			chosen := slices.IndexFunc(options, func(n *html.Node) bool { return hasAttr(n, "selected") })
			if len(options) > 0 {
				values.Add(name, attr(options[max(chosen, 0)], "value"))
			}
		}
	}
	return values
}

// field is the value that a field of the page has now.
func (v *visitor) field(id string) string {
	v.t.Helper()
	found := v.all(func(n *html.Node) bool { return attr(n, "id") == id })
	if len(found) != 1 {
		v.t.Fatalf("%s: %d elements have the id %q", v.at.Path, len(found), id)
	}
	if found[0].Data == "textarea" {
		return strings.TrimPrefix(textOf(found[0]), "\n")
	}
	return attr(found[0], "value")
}

func (v *visitor) all(keep func(*html.Node) bool) []*html.Node { return descendants(v.page, keep) }

// text is what the page says, in one line.
func (v *visitor) text() string {
	if v.page == nil {
		return v.raw
	}
	return strings.Join(strings.Fields(textOf(v.page)), " ")
}

// shows fails unless the page says all of something.
func (v *visitor) shows(parts ...string) {
	v.t.Helper()
	text := v.text()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			v.t.Errorf("%s does not say %q:\n%s", v.at.Path, part, text)
		}
	}
}

// hides fails if the page, its source included, has any of something.
func (v *visitor) hides(parts ...string) {
	v.t.Helper()
	for _, part := range parts {
		if strings.Contains(v.raw, part) {
			v.t.Errorf("%s has %q", v.at.Path, part)
		}
	}
}

func descendants(n *html.Node, keep func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && keep(d) {
			out = append(out, d)
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func has(form *html.Node, name string) bool {
	return len(descendants(form, func(n *html.Node) bool { return attr(n, "name") == name })) > 0
}
