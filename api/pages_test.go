package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"dalel/claims"
)

// fog is a rumour that no source of the tests answers; fogAgain is the same in other words.
const (
	fog      = "In Karaganda all schools close on Monday because of a purple fog over the river"
	fogAgain = "Is it right that schools in Karaganda close on Monday because of purple fog?"
	fogFact  = "Schools in Karaganda work as usual. A message says that purple fog closes them on Monday. No such decision exists."
)

// ask checks a message and gives the ticket.
func (v *visitor) ask(language, text string) claims.Ticket {
	v.t.Helper()
	v.open("/"+language, http.StatusOK)
	v.press("/check", "", url.Values{"text": {text}}, http.StatusOK)
	t, err := claims.ParseTicket(v.at.Path[strings.LastIndexByte(v.at.Path, '/')+1:])
	if err != nil {
		v.t.Fatalf("%s is no page of a ticket: %v\n%s", v.at, err, v.text())
	}
	return t
}

// propose fills in the work form of the claim that the visitor has, cites what a search finds first, and proposes.
func (v *visitor) propose(verdict, summary string) {
	v.t.Helper()
	v.press(v.at.Path, "search", url.Values{"verdict": {verdict}, "summary-en": {summary}, "find": {"garlic antimicrobial"}}, http.StatusOK)
	v.press(v.at.Path, "cite:garlic#0", nil, http.StatusOK)
	v.press(v.at.Path, "propose", nil, http.StatusOK)
}

func TestSourcedPage(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	ticket := v.ask("en", "eating garlic prevents the coronavirus, zhanar said")
	v.shows("Trusted sources say", "World Health Organization", "international organisation", "updated: 19 January 2022", "Old source",
		"there is no evidence that eating garlic", string(ticket), "One person has asked about this.", "Compared with", "Words in common")
	if !strings.Contains(v.raw, "<mark>") {
		t.Error("no matched word is marked")
	}
	if got, want := v.header.Get("Cache-Control"), "no-store"; got != want {
		t.Errorf("Cache-Control %q, want %q", got, want)
	}
	share := v.field("share")
	for _, secret := range []string{string(ticket), "zhanar"} {
		if strings.Contains(share, secret) {
			t.Errorf("what is shared has %q:\n%s", secret, share)
		}
	}
	if strings.Count(v.raw, "https://wa.me/?text=") != 1 || strings.Count(v.raw, "https://t.me/share/url?") != 1 {
		t.Error("the links to WhatsApp and Telegram are not there once each")
	}
	v.press("/feedback", "useful", nil, http.StatusOK)
	v.shows("We are glad it helped")
	v.press("/feedback", "not_mine", nil, http.StatusOK)
	v.shows("A reviewer will look at your message by itself", "It is in the reviewers' queue.")
}

// What we say in our own words is never dressed as a quotation.
func TestSummaryIsNoQuotation(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	v.ask("en", "drinking vodka kills the coronavirus")
	v.shows("Our summary of: World Health Organization")
	if strings.Contains(v.raw, "<blockquote") {
		t.Error("a summary stands in a blockquote")
	}
}

func TestQueuedTicketDelete(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	ticket := v.ask("ru", "В Караганде в понедельник закроют школы из-за фиолетового тумана над рекой")
	v.shows("Ещё не проверено: пожалуйста, не пересылайте", "Об этом спросил 1 человек.", "Сообщение в очереди у проверяющих.")

	v.open("/ru/t", http.StatusOK)
	typed := strings.ToLower(strings.ReplaceAll(string(ticket), "-", " "))
	v.press("/t", "", url.Values{"code": {typed}}, http.StatusOK)
	v.shows(string(ticket), "фиолетового тумана")

	v.open(v.at.Path+"/delete", http.StatusOK)
	v.press("/delete", "", nil, http.StatusOK)
	v.shows("Ваш запрос удалён.")
	v.open("/ru/t/"+string(ticket), http.StatusOK)
	v.hides("фиолетового", "/delete")

	v.open("/ru/t/0000-0000-0000-0", http.StatusNotFound)
	v.shows("Запроса с таким кодом нет")
	v.press("/t", "", url.Values{"code": {"nonsense"}}, http.StatusNotFound)
	if got := v.field("code"); got != "nonsense" {
		t.Errorf("the code that was typed is %q now", got)
	}
}

func TestWholeWayByForms(t *testing.T) {
	s := newPages(t)
	asker := s.visitor()
	ticket := asker.ask("en", fog)

	first := s.signIn("en", "aigerim", claims.RoleReviewer)
	first.shows("Desk", "purple fog", "waiting: 1")
	first.press("/desk/next", "", nil, http.StatusOK)
	first.shows("It is yours now.", "You have it: 30 minutes left", fog)
	first.press(first.at.Path, "propose", url.Values{"summary-kk": {"Мектептер жұмыс істейді"}}, http.StatusUnprocessableEntity)
	first.shows("Please look at this", "Verdict: This is needed.")
	if got := first.field("summary-kk"); got != "Мектептер жұмыс істейді" {
		t.Errorf("the summary is %q after an error", got)
	}
	first.propose("false", fogFact)
	first.shows("Sent to the second reviewer.", "It waits for another reviewer.", fogFact)
	claimPath := first.at.Path
	if strings.Contains(first.raw, `value="approve"`) {
		t.Error("the author is offered to approve")
	}

	second := s.signIn("kk", "botagoz", claims.RoleReviewer)
	second.open(strings.Replace(claimPath, "/en/", "/kk/", 1), http.StatusOK)
	second.press(claimPath[3:], "return", nil, http.StatusUnprocessableEntity)
	second.shows("Авторға пікір: Мұны толтыру керек.")
	second.press(claimPath[3:], "approve", url.Values{"comment": {"дұрыс"}}, http.StatusOK)
	second.shows("Жарияланды.")

	asker.open("/en/t/"+string(ticket), http.StatusOK)
	asker.shows("False", fogFact, "2 March 2026: reviewed by two people of Dalel's desk.", "refutes it")
	s.catchUp()
	other := s.visitor()
	other.ask("kk", fogAgain)
	other.shows("Жалған", "2026 ж. 2 наурыз", "Бұл туралы 1 адам сұрады.")
	other.open("/kk/r/"+claimPath[strings.LastIndexByte(claimPath, '/')+1:], http.StatusOK)
	other.shows(fog, "Жалған")
	other.hides("aigerim", "botagoz", string(ticket), "u_", fogAgain)
	other.open("/en/cases?verdict=false", http.StatusOK)
	other.shows("purple fog")
	other.open("/en/cases?verdict=true", http.StatusOK)
	other.shows("Nothing has been published with these filters yet.")
}

// A lease that is lost, or somebody who was faster, never costs what was typed.
func TestLostLeaseKeepsInput(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	first := s.signIn("en", "aigerim", claims.RoleReviewer)
	first.press("/desk/next", "", nil, http.StatusOK)
	s.clock.Advance(31 * time.Minute)
	second := s.signIn("en", "botagoz", claims.RoleReviewer)
	second.open(first.at.Path, http.StatusOK)
	second.press(first.at.Path, "take", nil, http.StatusOK)

	first.press(first.at.Path, "save", url.Values{"summary-en": {fogFact}, "verdict": {"false"}}, http.StatusConflict)
	first.shows("What you typed is still below.", "botagoz has it: 30 minutes left")
	if got := first.field("summary-en"); got != fogFact {
		t.Errorf("the summary is %q now", got)
	}
	first.press(first.at.Path, "take", nil, http.StatusConflict)
	second.press(second.at.Path, "release", nil, http.StatusOK)
	second.shows("Given back to the queue.")
	first.press(first.at.Path, "take", nil, http.StatusOK)
	if got := first.field("summary-en"); got != fogFact {
		t.Errorf("the summary is %q after taking the claim again", got)
	}
	first.press(first.at.Path, "save", nil, http.StatusOK)
	first.shows("The draft is saved.")
}

func TestWorkForm(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	v := s.signIn("en", "aigerim", claims.RoleEditor)
	v.press("/desk/next", "", nil, http.StatusOK)
	v.press(v.at.Path, "add", url.Values{"new-url": {"javascript:alert(1)"}, "new-quote": {"x"}}, http.StatusUnprocessableEntity)
	v.shows("Address of the page: This does not have the right form.")
	v.press(v.at.Path, "add", url.Values{"new-url": {"https://krg.example/news"}, "new-publisher": {"Akimat"}, "new-quote": {"Schools are open."},
		"verdict": {"unproven"}}, http.StatusOK)
	v.shows("Akimat")
	v.press(v.at.Path, "propose", url.Values{"summary-en": {fogFact}}, http.StatusUnprocessableEntity)
	v.shows("Look again on: This is needed.")
	v.press(v.at.Path, "enter", url.Values{"find": {"antibiotics bacteria"}}, http.StatusOK) // the key Enter in the search field
	v.shows("Antibiotics cannot prevent or treat COVID-19")
	v.press(v.at.Path, "cite:antibiotics#0", nil, http.StatusOK)
	if got := v.field("evidence-1-quote"); !strings.HasPrefix(got, "Antibiotics work only against bacteria") {
		t.Errorf("the quotation is %q", got)
	}
	v.press(v.at.Path, "propose", url.Values{"validUntil": {"2026-09-01"}, "evidence-1-quote": {"It says something else."}},
		http.StatusUnprocessableEntity)
	v.shows("The quotation does not stand in the passage.")
	if !strings.Contains(v.raw, `href="#evidence-1-quote"`) {
		t.Error("the error does not lead to the quotation")
	}
	v.press(v.at.Path, "remove:1", nil, http.StatusOK)
	v.press(v.at.Path, "save", nil, http.StatusOK)
	if got, want := v.field("evidence-0-quote"), "Schools are open."; got != want {
		t.Errorf("the draft's quotation is %q, want %q", got, want)
	}
	if got, want := v.field("validUntil"), "2026-09-01"; got != want {
		t.Errorf("the draft's date is %q, want %q", got, want)
	}
	v.press(v.at.Path, "close", nil, http.StatusUnprocessableEntity)
	v.shows("Reason for closing: This is needed.")
	v.press(v.at.Path, "escalate", url.Values{"escalateReason": {"a child is named"}}, http.StatusOK)
	v.shows("Passed to the editors.")
	v.press(v.at.Path, "close", url.Values{"closeReason": {"spam"}}, http.StatusOK)
	v.shows("Closed.", "closed: 1")
}

func TestEditorsButtons(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	first := s.signIn("en", "aigerim", claims.RoleReviewer)
	first.press("/desk/next", "", nil, http.StatusOK)
	first.propose("false", fogFact)
	editor := s.signIn("en", "editor", claims.RoleEditor)
	editor.open(first.at.Path, http.StatusOK)
	editor.press(first.at.Path, "approve", nil, http.StatusOK)
	editor.press(first.at.Path, "retract", nil, http.StatusUnprocessableEntity)
	editor.press(first.at.Path, "recheck", url.Values{"reason": {"new guidance"}}, http.StatusOK)
	public := "/en/r" + first.at.Path[strings.LastIndexByte(first.at.Path, '/'):]
	anyone := s.visitor()
	anyone.open(public, http.StatusOK)
	anyone.shows("Being re-checked", "False")
	editor.press(first.at.Path, "retract", url.Values{"retractReason": {"It was our mistake."}}, http.StatusOK)
	anyone.open(public, http.StatusOK)
	anyone.shows("This review has been withdrawn.", "It was our mistake.")
	editor.press(first.at.Path, "reopen", url.Values{"reason": {"once more"}}, http.StatusOK)
	anyone.open(public, http.StatusNotFound)
	first.open(first.at.Path, http.StatusOK)
	if strings.Contains(first.raw, `value="retract"`) {
		t.Error("a reviewer is offered what editors may")
	}
}

func TestDuplicateByAddress(t *testing.T) {
	s := newPages(t)
	s.visitor().ask("en", fog)
	ticket := s.visitor().ask("en", "A green cloud stops the buses of Taraz until Friday evening")
	v := s.signIn("en", "aigerim", claims.RoleReviewer)
	paths := regexp.MustCompile(`/en/desk/c/[a-z0-9]{16}`).FindAllString(v.raw, -1)
	if len(paths) != 2 {
		t.Fatalf("the desk lists %d claims, want 2", len(paths))
	}
	v.open(paths[1], http.StatusOK)
	v.press(paths[1], "duplicate", url.Values{"duplicateOf": {"https://dalel.example" + paths[0] + "?said=taken"}}, http.StatusOK)
	v.shows("Its requests have moved over.")
	asker := s.visitor()
	asker.open("/en/t/"+string(ticket), http.StatusOK)
	asker.shows("2 people have asked about this.")
}

func TestSignIn(t *testing.T) {
	s := newPages(t)
	inv, err := s.desk.AddAccount(t.Context(), "dana", []claims.Role{claims.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	link := "/kk/signin?key=" + string(inv.Link)
	for range 3 { // messengers open links to preview them
		s.visitor().open(link, http.StatusOK)
	}
	v := s.visitor()
	v.open("/ru/desk", http.StatusOK)
	if v.at.Path != "/ru/signin" {
		t.Errorf("the desk leads to %s without a session", v.at.Path)
	}
	v.shows("нужна личная ссылка")
	v.open(link, http.StatusOK)
	v.press("/signin", "", nil, http.StatusOK)
	if v.at.Path != "/kk/desk/accounts" {
		t.Errorf("an administrator begins at %s", v.at.Path)
	}
	v.press("/desk/accounts", "add", url.Values{"name": {"dana"}, "roles": {"reviewer"}}, http.StatusUnprocessableEntity)
	v.shows("Аты: Бұл ат бос емес.")
	v.press("/desk/accounts", "add", url.Values{"name": {"erlan"}, "roles": {"reviewer", "trainer"}}, http.StatusOK)
	v.shows("erlan үшін", "тексеруші, тренер")
	secret := v.field("link")
	if !strings.HasPrefix(v.field("token"), "dlr_") {
		t.Error("no token is shown")
	}
	v.open("/kk/desk", http.StatusForbidden)

	again := s.visitor()
	again.open(link, http.StatusOK)
	again.press("/signin", "", nil, http.StatusForbidden)
	again.shows("Бұл сілтеме бұрын қолданылған")

	erlan := s.visitor()
	erlan.open(secret, http.StatusOK)
	erlan.press("/signin", "", nil, http.StatusOK)
	erlan.shows("Тексеру кезегі")
	erlan.open("/kk/desk/accounts", http.StatusForbidden)
	v.open("/kk/desk/accounts", http.StatusOK)
	v.press("/desk/accounts", "remove", nil, http.StatusOK)
	erlan.open("/kk/desk", http.StatusOK)
	if erlan.at.Path != "/kk/signin" {
		t.Errorf("an account that was removed still sees %s", erlan.at.Path)
	}
	v.press("/signout", "", nil, http.StatusOK)
	v.open("/kk/desk/accounts", http.StatusOK)
	if v.at.Path != "/kk/signin" {
		t.Errorf("%s is shown after signing out", v.at.Path)
	}
}

func TestBadInputOnPages(t *testing.T) {
	s := newPages(t)
	for _, c := range []struct {
		name, text string
		status     int
		says       string
	}{
		{"empty", "", 422, "Тексеретін хабарламаны жазыңыз"},
		{"spaces", " \r\n ", 422, "Тексеретін хабарламаны жазыңыз"},
		{"5,001 characters", strings.Repeat("ә", 5001), 422, "ең көбі 5000 таңба"},
		{"not UTF-8", "garlic \xff\xfe", 422, "UTF-8"},
		{"NUL", "garlic\x00", 422, "басқару таңбалары"},
		{"1 MB", strings.Repeat("a", 1<<20), 413, "5000"},
	} {
		v := s.visitor()
		v.open("/kk", http.StatusOK)
		v.press("/check", "", url.Values{"text": {c.text}}, c.status)
		v.shows(c.says)
		if c.status == 422 && c.name != "spaces" && v.field("text") != strings.ToValidUTF8(strings.ReplaceAll(c.text, "\x00", ""), "�") {
			t.Errorf("%s: the text is not kept", c.name)
		}
	}
}

// A double press is one request; a text that was changed under the same form is another.
func TestDoublePress(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	v.open("/en", http.StatusOK)
	key := v.all(func(n *html.Node) bool { return attr(n, "name") == "key" })
	form := url.Values{"key": {attr(key[0], "value")}, "text": {fog}}
	send := func() string {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, s.url+"/en/check", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		v.do(r, http.StatusOK)
		return v.at.Path
	}
	first := send()
	if again := send(); again != first {
		t.Errorf("the second press gives %s, the first %s", again, first)
	}
	v.shows("One person has asked about this.")
	form.Set("text", fogAgain)
	if other := send(); other == first {
		t.Error("another text gives the first one's ticket")
	}
}

func TestStoreOutageOnPages(t *testing.T) {
	s := newPages(t)
	v := s.visitor()
	v.open("/en", http.StatusOK)
	s.store.Off()
	v.press("/check", "", url.Values{"text": {fog}}, http.StatusServiceUnavailable)
	v.shows("Your message could not be put in the queue just now.", "please do not forward it", "send it again in half a minute")
	v.hides("waits for a reviewer", "keep the code", "Your code")
	if got, want := v.header.Get("Retry-After"), "30"; got != want {
		t.Errorf("Retry-After %q, want %q", got, want)
	}
	if got := v.field("text"); got != fog {
		t.Errorf("the text to send again is %q", got)
	}
	v.press("/check", "", url.Values{"text": {"garlic cures covid"}}, http.StatusOK)
	v.shows("Trusted sources say", "could not be put in the queue")
	v.open("/en/cases", http.StatusServiceUnavailable)
	s.store.On()
	v.open("/en", http.StatusOK)
	v.press("/check", "", url.Values{"text": {fog}}, http.StatusOK)
	v.shows("One person has asked about this.")
}

func TestLanguageOfTheFirstVisit(t *testing.T) {
	s := newPages(t)
	for header, want := range map[string]string{"": "/kk", "de": "/kk", "ru-RU,ru;q=0.9,en;q=0.8": "/ru", "en-GB": "/en", "kk": "/kk", "fr,ru;q=0.5": "/ru"} {
		r, err := http.NewRequest(http.MethodGet, s.url+"/?text=a+b", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", header)
		v := s.visitor()
		v.do(r, http.StatusOK)
		if got := v.at.Path; got != want {
			t.Errorf("Accept-Language %q leads to %s, want %s", header, got, want)
		}
		if got := v.field("text"); got != "a b" {
			t.Errorf("the prefilled text is %q", got)
		}
	}
}
