package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"dalel/claims"
	"dalel/claims/claimstest"
)

// operator runs a command in this process and gives what it printed and its exit code.
func operator(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(program{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}, args)
	return out.String(), errs.String(), code
}

// openHomeOn opens a home on a store, in a data directory of the test's own.
func openHomeOn(t *testing.T, store string) (Common, *home) {
	t.Helper()
	c := Common{Data: t.TempDir(), Store: store}
	h, err := openHome(t.Context(), c, deskOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return c, h
}

// onStores runs a test on both stores.
func onStores(t *testing.T, f func(t *testing.T, store string)) {
	t.Run("bolt", func(t *testing.T) { f(t, "bolt") })
	t.Run("redis", func(t *testing.T) {
		url, _, _ := claimstest.StartRedis(t)
		f(t, url)
	})
}

// A ground is where an operator works: a store with a few claims, and a server on it or none.
type ground struct {
	flags           []string
	queued, sourced claims.ID // one of each
	other           claims.ID // queued, asked by two people
	held            claims.ID // leased to Aru
}

// run gives an operator's command its place and runs it.
func (g ground) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return operator(t, append(args, g.flags...)...)
}

// done is run for commands that must succeed.
func (g ground) done(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := g.run(t, args...)
	if code != 0 {
		t.Fatalf("dalel %v: exit %d: %s%s", args, code, stdout, stderr)
	}
	return stdout
}

// onGrounds runs a test on both stores, each without a server and beside one.
func onGrounds(t *testing.T, f func(t *testing.T, g ground)) {
	t.Run("alone", func(t *testing.T) {
		onStores(t, func(t *testing.T, store string) {
			c, h := openHomeOn(t, store)
			g := settle(t, c, h)
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			f(t, g)
		})
	})
	t.Run("beside a server", func(t *testing.T) {
		onStores(t, func(t *testing.T, store string) {
			c, h := openHomeOn(t, store)
			g := settle(t, c, h)
			s, end := serveIn(t, c, h)
			<-s.begun // by then it can be reached
			f(t, g)
			if log, _, err := end(); err != nil || strings.Contains(log, "level=ERROR") {
				t.Errorf("the server ended with %v: %s", err, log)
			}
		})
	})
}

// settle fills a home with a few claims.
func settle(t *testing.T, c Common, h *home) ground {
	t.Helper()
	if err := h.fill(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	aru, err := h.desk.AddAccount(t.Context(), "Aru", []claims.Role{claims.RoleReviewer})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(text string) claims.ID {
		a, err := h.desk.Check(t.Context(), claims.Question{Text: text})
		if err != nil || a.Claim == nil {
			t.Fatalf("%q: %v, %v", text, a.Claim, err)
		}
		return a.Claim.ID
	}
	g := ground{flags: []string{"--data", c.Data, "--store", c.Store}}
	g.sourced, g.queued, g.other, g.held = ask(rumours["en"]), ask(unheard), ask(brides), ask(goats)
	if again := ask(brides); again != g.other {
		t.Fatalf("the same rumour is %s and %s", g.other, again)
	}
	if _, err := h.desk.Take(t.Context(), g.held, claims.Act{By: aru.Account}, 0); err != nil {
		t.Fatal(err)
	}
	return g
}

// Rumours that nothing answers, and that are nothing like each other.
const (
	brides = "From Friday the registry office marries only couples who bring a certified carp to the ceremony"
	goats  = "Painting the horns of goats blue keeps lightning from every kiosk in the street, says the bus driver"
)
