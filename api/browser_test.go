package api_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"dalel/claims"
)

const chromium = "/usr/bin/chromium"

// A browser is a real one, with the size of a small phone.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T, scripts bool) *browser {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Skipf("no browser: %v", err)
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir())}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	b := &browser{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(360, 740))
	if !scripts {
		disabled := emulation.SetScriptExecutionDisabledParams{Value: true}
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, disabled); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// do takes the steps, or fails after half a minute.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if len(steps) == 1 && chromedp.FromContext(b.ctx).Target == nil { // the first one starts the browser, which lives as long as its context
		if err := chromedp.Do(b.ctx, steps...); err != nil {
			b.t.Fatal(err)
		}
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		at, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.t.Fatalf("at %s: %v", at, err)
	}
}

// text is what an element shows, once it is there.
func (b *browser) text(selector string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(selector))
	if err != nil {
		b.t.Fatalf("%s: %v", selector, err)
	}
	return text
}

func (b *browser) location() string {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	return at
}

// The main journey with fingers on a phone, without scripts: a question, the desk, a finding, a second reviewer, and the answer.
func TestJourneyInABrowser(t *testing.T) {
	s := newPages(t)
	b := newBrowser(t, false)
	link := func(name string) string {
		inv, err := s.desk.AddAccount(t.Context(), name, []claims.Role{claims.RoleReviewer})
		if err != nil {
			t.Fatal(err)
		}
		return s.url + "/en/signin?key=" + string(inv.Link)
	}
	b.do(chromedp.Navigate(s.url+"/en"), chromedp.SendKeys("#text", fog), chromedp.Click(`form[action$="/check"] button`),
		chromedp.WaitVisible(".code"))
	ticket := b.location()
	if got := b.text("h1"); !strings.Contains(got, "Not checked yet") {
		t.Fatalf("the answer begins with %q", got)
	}

	b.do(chromedp.Navigate(link("aigerim")), chromedp.Click(`form[action$="/signin"] button`), chromedp.WaitVisible(".tabs"),
		chromedp.Click(`form[action$="/desk/next"] button`), chromedp.WaitVisible("#work"))
	claim := strings.TrimSuffix(b.location(), "?said=taken")
	b.do(chromedp.Click(`input[value="false"]`), chromedp.SendKeys("#summary-en", fogFact), chromedp.SendKeys("#find", "garlic antimicrobial"),
		chromedp.Click(`button[value="search"]`), chromedp.WaitVisible(`button[value="cite:garlic#0"]`),
		chromedp.Click(`button[value="cite:garlic#0"]`), chromedp.WaitVisible("#evidence-0-quote"),
		chromedp.Click(`button[value="propose"]`), chromedp.WaitVisible(".note.good"))
	b.do(chromedp.Click(".tabs form button"), chromedp.WaitVisible("#text"), chromedp.Navigate(link("botagoz")),
		chromedp.Click(`form[action$="/signin"] button`), chromedp.WaitVisible(".tabs"), chromedp.Navigate(claim),
		chromedp.Click(`button[value="approve"]`), chromedp.WaitVisible(".note.good"))

	b.do(chromedp.Navigate(ticket), chromedp.WaitVisible(".verdict"))
	if got := b.text(".verdict"); !strings.Contains(got, "False") || !strings.Contains(got, "Schools in Karaganda work as usual") {
		t.Errorf("the ticket shows %q", got)
	}
}

// No page is wider than a phone, in any language: 320 px are the smallest, 360 px the usual.
func TestPagesFitAPhone(t *testing.T) {
	s := newPages(t)
	w := newTour(t, s)
	b := newBrowser(t, true)
	inv, err := s.desk.AddAccount(t.Context(), "phone", []claims.Role{claims.RoleEditor, claims.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(s.url+"/en/signin?key="+string(inv.Link)), chromedp.Click(`form[action$="/signin"] button`),
		chromedp.WaitVisible(".tabs"))
	paths := append(append(append([]string{}, w.public...), w.desk...), w.admin...)
	for _, language := range []string{"en", "ru", "kk"} {
		for _, path := range paths {
			b.do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(s.url+"/"+language+path))
			b.fits(language + path)
			b.do(chromedp.EmulateViewport(320, 640))
			b.fits(language + path)
		}
	}
}

// On paper a case keeps its verdict and loses the forms.
func TestPrint(t *testing.T) {
	s := newPages(t)
	newTour(t, s)
	b := newBrowser(t, true)
	b.do(chromedp.Navigate(s.url + "/en/cases"))
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]bool{".card .tag": true, "main form": false, "footer": false} {
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.querySelector('`+selector+`').checkVisibility()`))
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s is printed: %t, want %t", selector, got, want)
		}
	}
}

// measured is the page's width, the screen's, the elements that stick out, and those to press that are too small for a finger.
type measured struct {
	Page   int    `json:"page"`
	Screen int    `json:"screen"`
	Wide   string `json:"wide"`
	Small  string `json:"small"`
}

const measure = `(() => {
	const shown = e => e.checkVisibility() && !e.closest('.hidden, .skip');
	const name = e => e.tagName + '.' + e.className + '#' + e.id + ' ' + e.textContent.trim().slice(0, 30);
	const small = e => Math.round(e.getBoundingClientRect().height) < 44;
	return {
		page: document.scrollingElement.scrollWidth, screen: innerWidth,
		wide: [...document.querySelectorAll('body *')].filter(e => shown(e) && e.getBoundingClientRect().right > innerWidth + 1).map(name).slice(0, 3).join('; '),
		small: [...document.querySelectorAll('button, select, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), label.pick, summary, .button, nav a')]
			.filter(e => shown(e) && small(e)).map(name).slice(0, 3).join('; '),
	};
})()`

func (b *browser) fits(at string) {
	b.t.Helper()
	m, err := chromedp.Run(b.ctx, chromedp.Evaluate[measured](measure))
	if err != nil {
		b.t.Fatal(err)
	}
	if m.Screen != 320 && m.Screen != 360 {
		b.t.Fatalf("%s: the screen is %d px wide", at, m.Screen)
	}
	if m.Page > m.Screen || m.Wide != "" {
		b.t.Errorf("%s is %d px wide on a screen of %d px: %s", at, m.Page, m.Screen, m.Wide)
	}
	if m.Small != "" {
		b.t.Errorf("%s: too small for a finger: %s", at, m.Small)
	}
}
