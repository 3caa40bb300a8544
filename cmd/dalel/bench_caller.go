package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A caller talks to the service as a program does: what drills and tests ask it with.
type caller struct {
	base, token string
	http        *http.Client
}

func newCaller(base, token string) *caller {
	return &caller{base: base, token: token, http: &http.Client{Timeout: 20 * time.Second}}
}

// reply is a status and the decoded body.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// str is the text at a path of keys, or empty.
func (r reply) str(path ...string) string {
	v, _ := r.at(path...).(string)
	return v
}

// num is the number at a path of keys, or -1.
func (r reply) num(path ...string) float64 {
	if v, ok := r.at(path...).(float64); ok {
		return v
	}
	return -1
}

func (r reply) at(path ...string) any {
	var v any = r.body
	for _, key := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			if key != "0" || len(in) == 0 {
				return nil
			}
			v = in[0]
		default:
			return nil
		}
	}
	return v
}

// call makes one request; key is the idempotency key, where there is one.
func (c *caller) call(method, path, key string, body any) (reply, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, c.base+path, content)
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return reply{}, err
	}
	r := reply{status: resp.StatusCode, header: resp.Header}
	if len(b) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(b, &r.body); err != nil {
			return reply{}, fmt.Errorf("%s %s: %w: %s", method, path, err, b)
		}
	}
	return r, nil
}

// insist calls until the service answers, over its crashes; the idempotency key makes that one request.
func (c *caller) insist(method, path, key string, body any) (reply, error) {
	var r reply
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		r, err = c.call(method, path, key, body)
		if err == nil && r.status != http.StatusServiceUnavailable && (r.status != http.StatusConflict || r.str("code") != "idempotency_in_flight") {
			return r, nil
		}
		<-time.After(20 * time.Millisecond) // the service is being restarted
	}
	return r, fmt.Errorf("%s %s: no answer in a minute: %d, %w", method, path, r.status, err)
}
