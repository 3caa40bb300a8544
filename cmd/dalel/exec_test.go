package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dalel/claims"
)

// TestExecIsForTheOperator asks a server to carry out commands, without its token and beyond what it carries out.
func TestExecIsForTheOperator(t *testing.T) {
	c, h := openTestHome(t)
	reviewer, err := h.desk.AddAccount(t.Context(), "Aru", []claims.Role{claims.RoleReviewer, claims.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := serveIn(t, c, h)
	<-s.begun
	left, err := readControl(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	list := order{Args: []string{"queue", "list"}}
	for name, token := range map[string]string{"nobody": "", "an account": string(reviewer.Token), "another run": string(newToken())} {
		if r, err := newCaller(s.base, token).call(http.MethodPost, execPath, "", list); err != nil || r.status != http.StatusNotFound {
			t.Errorf("%s is answered with %d, %v", name, r.status, err)
		}
	}
	ours := newCaller(s.base, string(left.Token))
	if r, err := ours.call(http.MethodGet, execPath, "", nil); err != nil || r.status != http.StatusNotFound {
		t.Errorf("GET is answered with %d, %v", r.status, err)
	}
	if r, err := ours.call(http.MethodPost, execPath, "", "no order"); err != nil || r.status != http.StatusBadRequest {
		t.Errorf("what is no order is answered with %d, %v", r.status, err)
	}
	conn := &client{http: ours.http, base: s.base, token: left.Token}
	for _, tt := range []struct {
		line []string
		code exitError
		says string
	}{
		{[]string{"restore", "--", "/etc/passwd"}, exitUsage, "restore"},
		{[]string{"serve"}, exitUsage, "serve"},
		{[]string{"user", "list"}, exitUsage, "user"},
		{[]string{"backup", "--", t.TempDir() + "/b"}, exitUsage, "a server writes no files"},
		{[]string{"queue", "list", "--help"}, exitUsage, "--help"},
		{[]string{}, exitUsage, "expected"},
	} {
		var out, errs bytes.Buffer
		if err := conn.exec(program{ctx: t.Context(), stdout: &out, stderr: &errs, line: tt.line}); err != tt.code || !strings.Contains(errs.String(), tt.says) {
			t.Errorf("%v: %v: %s%s", tt.line, err, &out, &errs)
		}
	}
}

// officeOf is a server that carries out commands on a gated store, with deadlines that are much shorter than the commands.
func officeOf(t *testing.T, ctx context.Context, gate chan struct{}) *client {
	t.Helper()
	_, h := openTestHome(t)
	h.put(gated{h.store, gate})
	token := newToken()
	site := httptest.NewUnstartedServer(office{home: h, token: token, log: slog.New(slog.DiscardHandler)}.before(ctx, http.NotFoundHandler()))
	site.Config.ReadTimeout, site.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	site.Start()
	t.Cleanup(site.Close)
	return &client{http: &http.Client{}, base: site.URL, token: token}
}

// verifyOn has a server verify its log.
func verifyOn(ctx context.Context, conn *client) (said string, err error) {
	var out bytes.Buffer
	err = conn.exec(program{ctx: ctx, stdout: &out, stderr: &out, progress: func(string, int64, int64) {}, line: []string{"queue", "verify"}})
	return out.String(), err
}

// TestExecOutlastsTheServersDeadlines carries out a command that takes longer than a request may.
func TestExecOutlastsTheServersDeadlines(t *testing.T) {
	gate := make(chan struct{})
	conn := officeOf(t, t.Context(), gate)
	time.AfterFunc(300*time.Millisecond, func() { close(gate) })
	if said, err := verifyOn(t.Context(), conn); err != nil || !strings.Contains(said, "event log is empty") {
		t.Errorf("%v: %s", err, said)
	}
}

// TestExecEndsWithWhoAsked goes away from a command, and stops the server of another one: both end.
func TestExecEndsWithWhoAsked(t *testing.T) {
	t.Run("the client goes", func(t *testing.T) {
		conn := officeOf(t, t.Context(), nil)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if said, err := verifyOn(ctx, conn); err == nil {
			t.Errorf("it has an answer: %s", said)
		}
	}) // closing the test's server waits for its requests: a command that went on would hold the test up
	t.Run("the server stops", func(t *testing.T) {
		stopping, stop := context.WithCancel(t.Context())
		conn := officeOf(t, stopping, nil)
		time.AfterFunc(100*time.Millisecond, stop)
		if said, err := verifyOn(t.Context(), conn); err != exitError(exitFailure) || !strings.Contains(said, "context canceled") {
			t.Errorf("%v: %s", err, said)
		}
	})
}

// TestHear reads what a server sends of a command, whole and cut short.
func TestHear(t *testing.T) {
	for _, tt := range []struct{ sent, out, errs, err string }{
		{`{"out":"YQ=="}` + "\n" + `{"err":"Yg=="}` + "\n" + `{"step":{"stage":"s","done":1}}` + "\n" + `{"out":"Yw=="}` + "\n" + `{"exit":0}`, "ac", "b", ""},
		{`{"err":"Yg=="}` + "\n" + `{"exit":2}`, "", "b", "exit code 2"},
		{`{"out":"YQ=="}` + "\n", "a", "", "the server ended before the command did"},
		{`{"out":"YQ==`, "", "", "the server ended before the command did"},
		{`not JSON`, "", "", "the server ended before the command did"},
	} {
		var out, errs bytes.Buffer
		err := hear(strings.NewReader(tt.sent), program{ctx: t.Context(), stdout: &out, stderr: &errs, progress: func(string, int64, int64) {}})
		if out.String() != tt.out || errs.String() != tt.errs || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q gives %q, %q, %v", tt.sent, &out, &errs, err)
		}
	}
}
