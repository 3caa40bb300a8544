package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"dalel/claims"
)

// A client asks the service, for the commands that need no service of their own to run: over HTTP where a server has the data directory, else
// in this process, which then opens the directory itself. Both ways go through the same routes, so they give the same answers.
type client struct {
	http   *http.Client
	base   string
	token  claims.Secret
	lang   string
	closes func() error
}

// connect gives the client for a data directory.
func (c Common) connect(p program, lang string) (*client, error) {
	log := c.quietly(p.stderr)
	if conn := c.running(p.ctx, log); conn != nil {
		conn.lang = lang
		return conn, nil
	}
	h, err := openHome(p.ctx, c, deskOptions{}, log)
	if err != nil {
		return nil, err
	}
	conn, err := h.local(p.ctx, cmp.Or(c.public(), "http://"+defaultAddr), log)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	conn.lang = lang
	return conn, nil
}

// quietly logs only what needs somebody to act, unless more was asked for.
func (c Common) quietly(w io.Writer) *slog.Logger {
	if c.LogLevel == "info" {
		c.LogLevel = "warn"
	}
	return c.logger(w)
}

// local is a client of this process's own house, with its index filled. Links begin with base.
func (h *home) local(ctx context.Context, base string, log *slog.Logger) (*client, error) {
	if err := h.fill(ctx, log); err != nil {
		return nil, err
	}
	token := newToken()
	site, err := h.server(base, token, log)
	if err != nil {
		return nil, err
	}
	return &client{http: &http.Client{Transport: inProcess{site.Handler()}}, base: base, token: token, closes: h.Close}, nil
}

// Close ends the client, and the house it opened.
func (c *client) Close() error { return c.closes() }

// A problem is what the service says when it did not do what was asked (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	} `json:"errors"`
	Check json.RawMessage `json:"check"`
}

func (p *problem) Error() string {
	s := p.Title
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	for _, e := range p.Errors {
		s += fmt.Sprintf("\n  %s: %s", e.Pointer, e.Message)
	}
	return s
}

// do makes a request and gives the body of a success; anything else is a *problem.
func (c *client) do(ctx context.Context, method, path string, query url.Values, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+string(c.token))
	req.Header.Set("Accept-Language", c.lang)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return b, nil
	}
	p := &problem{Status: resp.StatusCode, Title: resp.Status}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return nil, p
}

// inProcess is a transport to a handler in the same process.
type inProcess struct{ handler http.Handler }

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	served := req.Clone(req.Context())
	served.RequestURI, served.RemoteAddr = req.URL.RequestURI(), "127.0.0.1:0"
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	w := &recorder{header: make(http.Header), status: http.StatusOK}
	t.handler.ServeHTTP(w, served)
	return &http.Response{Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req}, nil
}

// recorder keeps what a handler answers.
type recorder struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
