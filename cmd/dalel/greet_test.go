package main

import (
	"bytes"
	"strings"
	"testing"

	"dalel/claims"
)

// TestGreetingSaysHowToSignIn greets on an empty store, with the first account there, and with another when that one has ended.
func TestGreetingSaysHowToSignIn(t *testing.T) {
	c, h := openTestHome(t)
	greets := func(want ...string) {
		t.Helper()
		var said bytes.Buffer
		if err := (serveCmd{Common: c}).greet(t.Context(), &said, h, "https://dalel.example"); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(said.String(), w) {
				t.Errorf("it says\n%s\nwant something of %q", said.String(), w)
			}
		}
	}
	onData := " --data " + c.Data
	greets("https://dalel.example/en/signin?key=dlr_", "API token")
	greets("dalel user link"+onData+" admin ", "dalel user add"+onData+" --role reviewer NAME")

	if _, err := h.desk.AddAccount(t.Context(), "Dana O'Neil", []claims.Role{claims.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := h.desk.RemoveAccount(t.Context(), "admin"); err != nil {
		t.Fatal(err)
	}
	greets("dalel user link" + onData + ` 'Dana O'\''Neil' `)
}

// TestGreetingWithoutAdmin greets on a store whose only account was added before the first start.
func TestGreetingWithoutAdmin(t *testing.T) {
	c, h := openTestHome(t)
	if _, err := h.desk.AddAccount(t.Context(), "Aru", []claims.Role{claims.RoleReviewer}); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := (serveCmd{Common: c}).greet(t.Context(), &said, h, "https://dalel.example"); err != nil {
		t.Fatal(err)
	}
	if want := "dalel user add --data " + c.Data + " --role admin NAME"; !strings.Contains(said.String(), want) {
		t.Errorf("it says\n%s\nwant something of %q", said.String(), want)
	}
}

// TestDefaultDataNeedsNoFlag starts where the default data directory is used.
func TestDefaultDataNeedsNoFlag(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for data, want := range map[string]string{dir + "/dalel-data": "", dir + "/other": " --data " + dir + "/other", dir + "/a b": " --data '" + dir + "/a b'"} {
		if got := (Common{Data: data}).onData(); got != want {
			t.Errorf("%s: got %q, want %q", data, got, want)
		}
	}
}

// TestLinksOfAStoppedServer makes accounts without a server: the links lead to the public address, else to where a server listens unless told otherwise.
func TestLinksOfAStoppedServer(t *testing.T) {
	data := t.TempDir()
	stdout, stderr, code := dalel(t, "", "user", "add", "--data", data, "--base-url", "https://dalel.example/", "--role", "admin", "Aru")
	if code != 0 || !strings.Contains(stdout, " https://dalel.example/en/signin?key=") {
		t.Errorf("--base-url: exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code = dalel(t, "", "user", "link", "--data", data, "Aru")
	if code != 0 || !strings.HasPrefix(stdout, "http://localhost:8080/en/signin?key=") {
		t.Errorf("by default: exit %d: %s%s", code, stdout, stderr)
	}
	t.Setenv("DALEL_BASE_URL", "https://dalel.example:8443")
	stdout, stderr, code = dalel(t, "", "user", "link", "--data", data, "Aru")
	if code != 0 || !strings.HasPrefix(stdout, "https://dalel.example:8443/en/signin?key=") {
		t.Errorf("DALEL_BASE_URL: exit %d: %s%s", code, stdout, stderr)
	}
}
