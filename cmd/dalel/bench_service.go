package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"dalel/claims"
	"dalel/claims/faults"
)

// A drillService is a "dalel serve" of a drill's own, which can be killed and started again at the same address.
type drillService struct {
	self, data, addr string
	args             []string
	running          *faults.Process
	admin, second    *caller // an administrator who may edit and review, and another reviewer
}

// startTimeout is how long a service may take to begin.
const startTimeout = time.Minute

// newDrillService starts the service on an empty data directory, and makes the accounts that decide.
func newDrillService(ctx context.Context, data string, args ...string) (*drillService, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &drillService{self: self, data: data, addr: l.Addr().String(), args: args}
	if err := errors.Join(l.Close(), os.MkdirAll(filepath.Dir(data), 0o700), s.start(ctx)); err != nil {
		return nil, err
	}
	line, err := s.running.Await(ctx, "API token")
	if err != nil {
		return nil, errors.Join(err, s.running.Kill())
	}
	words := strings.Fields(line)
	s.admin = newCaller("http://"+s.addr, words[len(words)-1])
	added, err := s.admin.call(http.MethodPost, "/v1/accounts", "", map[string]any{"name": "Second", "roles": []string{"reviewer"}})
	if err == nil && added.status != http.StatusCreated {
		err = fmt.Errorf("add an account: %d", added.status)
	}
	if err != nil {
		return nil, errors.Join(err, s.running.Kill())
	}
	s.second = newCaller("http://"+s.addr, added.str("token"))
	return s, nil
}

// start starts the service, and waits until it answers.
func (s *drillService) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	args := append([]string{"serve", "--data", s.data, "--addr", s.addr, "--log-level", "error"}, s.args...)
	if s.running, err = faults.StartProcess(exec.Command(s.self, args...)); err != nil {
		return err
	}
	if _, err = s.running.Await(ctx, "Check a rumour"); err != nil {
		err = errors.Join(err, s.running.Kill())
	}
	return err
}

// restart kills the service as kill -9 does and starts it again.
func (s *drillService) restart(ctx context.Context) error {
	return errors.Join(s.running.Kill(), s.start(ctx))
}

// check asks about a text and gives the claim and the ticket.
func (s *drillService) check(key, text string) (claim, ticket string, err error) {
	r, err := s.admin.insist(http.MethodPost, "/v1/checks", key, map[string]any{"text": text})
	if err == nil && r.status != http.StatusOK {
		err = fmt.Errorf("check: %d %s", r.status, r.str("code"))
	}
	return r.str("claim", "id"), r.str("ticket"), err
}

// finding is what reviewers of drills decide.
func finding(token float64, says string) map[string]any {
	return map[string]any{"token": token, "verdict": "false", "summary": map[string]string{"en": says},
		"evidence": []map[string]string{{"url": "https://www.who.int/", "stance": "refutes", "quote": "Nothing of the kind was found."}}}
}

// act is insist for what must be done.
func act(c *caller, path, key string, body any) (reply, error) {
	r, err := c.insist(http.MethodPost, path, key, body)
	if err == nil && r.status != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", path, r.status, r.str("code"))
	}
	return r, err
}

// inspect ends the service and looks its store over.
func (s *drillService) inspect(ctx context.Context, open func() (claims.Store, error)) (string, error) {
	if err := s.running.Kill(); err != nil {
		return "", err
	}
	store, err := open()
	if err != nil {
		return "", err
	}
	found, err := claims.Inspect(ctx, store, false, nil)
	if err = errors.Join(err, store.Close()); err != nil {
		return "", err
	}
	for _, f := range found.Flaws {
		return fmt.Sprintf("%d flaws, the first: %s %s: %s", len(found.Flaws), f.Kind, f.Name, f.Detail), nil
	}
	return "", nil
}
