package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"dalel/claims/claimstest"
)

// TestRefusals starts the program wrongly in every way that people do: it says what is wrong and what to do, with the right exit code, and quickly.
func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse := t.TempDir()
	serve(t, inUse, freeAddr(t))

	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a flag that does not exist", []string{"serve", "--prot", "80"}, exitUsage, "--prot"},
		{"a command that does not exist", []string{"sevre"}, exitUsage, "sevre"},
		{"an address without a port", []string{"serve", "--addr", "localhost"}, exitUsage, "HOST:PORT"},
		{"a store that is none", []string{"serve", "--data", t.TempDir(), "--store", "mysql://x"}, exitUsage, "redis://"},
		{"a role that is none", []string{"user", "add", "--role", "king", "A"}, exitUsage, "role"},
		{"an account without a role", []string{"user", "add", "A"}, exitUsage, "--role"},
		{"a register that is not there", []string{"crawl", "--sources", "/nowhere.yaml"}, exitUsage, "/nowhere.yaml"},
		{"a source that is not in the register", []string{"crawl", "--data", t.TempDir(), "nobody"}, exitUsage, "nobody"},
		{"a port in use", []string{"serve", "--data", t.TempDir(), "--addr", taken.Addr().String()}, exitFailure, "--addr"},
		{"an address of another machine", []string{"serve", "--data", t.TempDir(), "--addr", "192.0.2.1:8080"}, exitFailure, "cannot listen on 192.0.2.1:8080: listen tcp"},
		{"a public address that is none", []string{"user", "link", "--data", t.TempDir(), "--base-url", "dalel.example", "A"}, exitUsage, "https://dalel.example.org"},
		{"a public address with a path", []string{"serve", "--data", t.TempDir(), "--base-url", "https://dalel.example/a"}, exitUsage, "https://dalel.example.org"},
		{"a data directory in use", []string{"serve", "--data", inUse, "--addr", freeAddr(t)}, exitFailure, "in use by another dalel"},
		{"crawling beside the server", []string{"crawl", "--data", inUse}, exitFailure, "in use by another dalel"},
		{"Redis that is down", []string{"serve", "--data", t.TempDir(), "--addr", freeAddr(t), "--store", "redis://127.0.0.1:1/0"}, exitFailure, "127.0.0.1:1"},
		{"a data directory that cannot be made", []string{"serve", "--data", "/dev/null/x", "--addr", freeAddr(t)}, exitFailure, "/dev/null/x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			_, stderr, code := dalel(t, "", tt.args...)
			if code != tt.code || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit %d, want %d; says %q, want something of %q", code, tt.code, stderr, tt.says)
			}
			if strings.Contains(stderr, "panic") || strings.Contains(stderr, "goroutine ") {
				t.Errorf("it crashed: %s", stderr)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %s to say so", took)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"serve", "--help"}, {"check", "--help"}, {"user", "add", "--help"}, {"queue", "list", "--help"}, {"backup", "--help"}} {
		stdout, stderr, code := dalel(t, "", args...)
		if code != 0 || !strings.Contains(stdout, "Usage: dalel") {
			t.Errorf("dalel %v: exit %d, %q %q", args, code, stdout, stderr)
		}
	}
	if stdout, _, code := dalel(t, "", "version"); code != 0 || !strings.HasPrefix(stdout, "dalel ") {
		t.Errorf("version: exit %d, %q", code, stdout)
	}
}

func TestPrintConfigHidesSecrets(t *testing.T) {
	for store, shown := range map[string]string{
		"redis://:hunter2@127.0.0.1:6379/0":                          "redis://:xxxxx@127.0.0.1:6379/0",
		"redis+sentinel://dalel:hunter2@a:1,b:2/0?master=main":       "redis+sentinel://dalel:xxxxx@a:1,b:2/0?master=main",
		"rediss+cluster://dalel:hunter2@a:1,b:2,c:3":                 "rediss+cluster://dalel:xxxxx@a:1,b:2,c:3",
		"redis+sentinel://dalel:hun/ter@2/hunter2@a:1/0?master=main": "redis+sentinel://xxxxx@a:1/0?master=main",
	} {
		stdout, _, code := dalel(t, "", "serve", "--print-config", "--store", store, "--store-replicas", "2")
		if code != 0 || strings.Contains(stdout, "hunter2") || !strings.Contains(stdout, "DALEL_STORE="+shown+"\n") || !strings.Contains(stdout, "DALEL_STORE_REPLICAS=2\n") {
			t.Errorf("exit %d:\n%s", code, stdout)
		}
	}
}

// TestNoPasswordInRefusals names stores that cannot be opened: what is said shows the password of none.
func TestNoPasswordInRefusals(t *testing.T) {
	for _, store := range []string{"redis://:hunter2@127.0.0.1:1/0", "redis+sentinel://:hunter2@127.0.0.1:1,127.0.0.1:2/0?master=main",
		"redis+sentinel://:hunter2@127.0.0.1:1/0", "redis+cluster://:hunter2@127.0.0.1:1,127.0.0.1:2", "redis+cluster://:hunter2@127.0.0.1", "redis+ring://:hunter2@127.0.0.1:1",
		"redis://:hun%ter2@hunter2@127.0.0.1:1/0"} {
		stdout, stderr, code := operator(t, "queue", "list", "--store", store)
		if code == 0 || strings.Contains(stdout+stderr, "hunter2") || !strings.Contains(stderr, "redis") {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	}
}

// TestRedisGoesDown takes Redis away from a running service: checks still answer from the index and say that queueing is not possible just now; when
// Redis is back all goes on.
func TestRedisGoesDown(t *testing.T) {
	url, stop, restart := claimstest.StartRedis(t)
	data := t.TempDir()
	s := serve(t, data, freeAddr(t), "--store", url)
	anyone, admin := newCaller(s.base, ""), newCaller(s.base, s.token)
	before := anyone.want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": unheard})

	stop()
	sourced := anyone.want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": rumours["en"]})
	if sourced.str("outcome") != "sourced" || sourced.at("stored") != false || sourced.str("ticket") != "" || sourced.header.Get("Retry-After") == "" {
		t.Errorf("without Redis: %v", sourced.body)
	}
	queued := anyone.want(t, http.StatusServiceUnavailable, "POST", "/v1/checks", map[string]any{"text": unheard + " and so on"})
	if queued.header.Get("Retry-After") == "" || queued.str("check", "outcome") != "queued" || queued.str("check", "ticket") != "" {
		t.Errorf("without Redis: %v", queued.body)
	}
	admin.want(t, http.StatusServiceUnavailable, "POST", "/v1/claims/next", map[string]any{})
	anyone.want(t, http.StatusServiceUnavailable, "GET", "/readyz", nil)
	anyone.want(t, http.StatusOK, "GET", "/healthz", nil)
	anyone.want(t, http.StatusOK, "GET", "/v1/search?q=garlic", nil)
	stdout, stderr, code := dalel(t, "", "check", "--data", data, "--store", url, rumours["en"])
	if code != 0 || !strings.Contains(stdout, "summary of") {
		t.Errorf("check without Redis: exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code = dalel(t, "", "check", "--data", data, "--store", url, "--json", unheard)
	if code != exitFailure || !strings.Contains(stdout, `"outcome": "queued"`) || !strings.HasPrefix(stderr, "dalel: ") {
		t.Errorf("check of what cannot be queued: exit %d: %s%s", code, stdout, stderr)
	}

	restart()
	eventually(t, 10*time.Second, "the service is ready again", func() bool {
		r, err := anyone.call("GET", "/readyz", "", nil)
		return err == nil && r.status == http.StatusOK
	})
	anyone.want(t, http.StatusOK, "GET", "/v1/checks/"+before.str("ticket"), nil)
	if r := anyone.want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": unheard}); r.num("claim", "requests") != 2 {
		t.Errorf("after Redis is back the claim counts %v requests, want 2", r.num("claim", "requests"))
	}
}

// TestCheckInTheTerminal asks in the terminal: without a server, from standard input, as JSON, and through a running server.
func TestCheckInTheTerminal(t *testing.T) {
	data := t.TempDir()
	stdout, stderr, code := dalel(t, "", "check", "--data", data, rumours["en"])
	if code != 0 || !strings.Contains(stdout, "https://") || !strings.Contains(stdout, "summary of") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code = dalel(t, rumours["kk"]+"\n", "check", "--data", data, "--json", "--lang", "kk", "-")
	if code != 0 || !strings.Contains(stdout, `"outcome": "sourced"`) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if _, stderr, code = dalel(t, "", "check", "--data", data, strings.Repeat("ж", 5001)); code != exitFailure || !strings.Contains(stderr, "5000") && !strings.Contains(stderr, "5,000") {
		t.Errorf("5,001 characters: exit %d: %s", code, stderr)
	}
	serve(t, data, freeAddr(t))
	stdout, stderr, code = dalel(t, "", "check", "--data", data, "--json", rumours["en"])
	if code != 0 || !strings.Contains(stdout, `"requests": 2`) {
		t.Errorf("through the server: exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code = dalel(t, "", "search", "--data", data, "masks and oxygen")
	if code != 0 || !strings.Contains(stdout, "https://") {
		t.Errorf("search: exit %d: %s%s", code, stdout, stderr)
	}
}
