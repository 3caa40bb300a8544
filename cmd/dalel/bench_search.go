package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"dalel/claims/faults"
)

// The bounds of the drill answers: how long a question may take while Redis stands still, and how soon questions are counted again behind it.
const (
	answerWithin  = 2500 * time.Millisecond
	recoverWithin = 3 * time.Second
)

// known is a rumour that the starter guidance answers.
const known = "Eating a lot of garlic protects you from the coronavirus"

// answersMeanwhile is the drill answers.
func answersMeanwhile(ctx context.Context, set faults.Settings, say func(string, ...any)) (result faults.Result, err error) {
	still := time.Duration(cmp.Or(set.Seconds, 12)) * time.Second
	dir := filepath.Join(set.Dir, "answers")
	server, err := faults.StartRedis(ctx, filepath.Join(dir, "redis"))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	s, err := newDrillService(ctx, filepath.Join(dir, "data"), "--store", server.URL())
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.running.Kill()) }()
	if err := server.Stop(); err != nil {
		return result, err
	}
	say("Redis stands still for %v", still)
	var t tally
	var slowest time.Duration
	asked := 0
	for end := time.Now().Add(still); time.Now().Before(end); asked++ {
		took, err := s.stillAnswers(&t)
		if err != nil {
			return result, err
		}
		slowest = max(slowest, took)
	}
	if err := server.Continue(); err != nil {
		return result, err
	}
	began := time.Now()
	back, err := s.countsAgain(ctx, began)
	if err != nil {
		return result, err
	}
	t.figure("asked_meanwhile", float64(asked), "")
	t.figure("slowest_answer", slowest.Seconds(), "s")
	t.figure("counted_again_after", back.Seconds(), "s")
	if slowest > answerWithin {
		t.problem("a question took %v", slowest)
	}
	if back > recoverWithin {
		t.problem("questions were counted again after %v", back)
	}
	return t.result("search and sources answered all the time"), nil
}

// stillAnswers searches and asks about a known rumour, and gives how long the slower of them took.
func (s *drillService) stillAnswers(t *tally) (time.Duration, error) {
	began := time.Now()
	found, err := s.admin.call(http.MethodGet, "/v1/search?q=garlic", "", nil)
	if err != nil {
		return 0, err
	}
	searched := time.Since(began)
	began = time.Now()
	answer, err := newCaller(s.admin.base, "").call(http.MethodPost, "/v1/checks", "", map[string]any{"text": known})
	if err != nil {
		return 0, err
	}
	if found.status != http.StatusOK || answer.status != http.StatusOK || answer.str("outcome") != "sourced" {
		t.problem("search answers %d, a check %d %s", found.status, answer.status, answer.str("outcome"))
	}
	return max(searched, time.Since(began)), nil
}

// countsAgain waits until a question gets a ticket, and gives the time since a moment.
func (s *drillService) countsAgain(ctx context.Context, since time.Time) (time.Duration, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for time.Since(since) < time.Minute {
		r, err := s.admin.call(http.MethodPost, "/v1/checks", "", map[string]any{"text": known})
		if err != nil {
			return 0, err
		}
		if r.str("ticket") != "" {
			return time.Since(since), nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return 0, errors.New("questions were not counted again within a minute")
}
