package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestAnotherServerAtTheOldPort kills a server and starts one of another data directory at its port: commands on the first directory keep to it.
func TestAnotherServerAtTheOldPort(t *testing.T) {
	ours, addr := t.TempDir(), freeAddr(t)
	serve(t, ours, addr).kill()
	if _, err := os.Stat(filepath.Join(ours, controlFile)); err != nil {
		t.Fatalf("the killed server left no control file: %v", err)
	}
	other := serve(t, t.TempDir(), addr)

	if _, stderr, code := dalel(t, "", "check", "--data", ours, unheard); code != 0 {
		t.Errorf("check: exit %d: %s", code, stderr)
	}
	if _, stderr, code := dalel(t, "", "user", "add", "--data", ours, "--role", "reviewer", "Aru"); code != 0 {
		t.Errorf("user add: exit %d: %s", code, stderr)
	}
	if r := newCaller(other.base, "").want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": unheard}); r.num("claim", "requests") != 1 {
		t.Errorf("the other server counts %v requests, want 1", r.num("claim", "requests"))
	}
	accounts := newCaller(other.base, other.token).want(t, http.StatusOK, "GET", "/v1/accounts", nil)
	if items, _ := accounts.at("items").([]any); len(items) != 1 {
		t.Errorf("the other server has %d accounts, want 1", len(items))
	}
}

// TestDamagedControlFile runs a command beside a control file that the power has cut short.
func TestDamagedControlFile(t *testing.T) {
	data := t.TempDir()
	for _, left := range []string{"", `{"url":"http://127.0.`, "null", "{}", "\x00\x00\x00"} {
		if err := os.WriteFile(filepath.Join(data, controlFile), []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr, code := dalel(t, "", "user", "list", "--data", data)
		if code != 0 || !strings.Contains(stderr, "level=WARN") || !strings.Contains(stderr, controlFile) {
			t.Errorf("%q: exit %d: %s", left, code, stderr)
		}
	}
}

// TestNoProxyOnTheWay reaches a server on this machine while the environment names a proxy. The address is one that Go does not take for loopback.
func TestNoProxyOnTheWay(t *testing.T) {
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	data := t.TempDir()
	_, port, _ := strings.Cut(freeAddr(t), ":")
	if err := (control{URL: "http://0.0.0.0:" + port, Token: "dlr_run_x"}).write(data); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := dalel(t, "", "user", "list", "--data", data); code != 0 || asked.Load() != 0 {
		t.Errorf("exit %d, and the proxy was asked %d times: %s", code, asked.Load(), stderr)
	}
}

func FuzzParseControl(f *testing.F) {
	f.Add([]byte(`{"url":"http://localhost:8080","token":"dlr_run_x"}`))
	f.Add([]byte(`{"url":"http://localhost:8080","to`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseControl(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parseControl(again); err != nil || got != c {
			t.Errorf("%q is %v, written again %v: %v", b, c, got, err)
		}
	})
}
