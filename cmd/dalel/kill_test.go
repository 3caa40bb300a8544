package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dalel/claims/claimstest"
)

// TestKilledAtRandom kills the service with SIGKILL at random moments during 200 checks and 50 reviews and starts it again each time. All that was
// acknowledged is there afterwards, none twice.
func TestKilledAtRandom(t *testing.T) {
	t.Run("bolt", func(t *testing.T) { killedAtRandom(t) })
	t.Run("redis", func(t *testing.T) {
		url, _, _ := claimstest.StartRedis(t)
		killedAtRandom(t, "--store", url)
	})
}

const (
	manyChecks  = 200
	manyReviews = 50
)

func killedAtRandom(t *testing.T, args ...string) {
	data, addr := t.TempDir(), freeAddr(t)
	s := serve(t, data, addr, args...)
	admin := newCaller(s.base, s.token)
	added := admin.want(t, http.StatusCreated, "POST", "/v1/accounts", map[string]any{"name": "Second", "roles": []string{"reviewer"}})
	second, anyone := newCaller(s.base, added.str("token")), newCaller(s.base, "")

	var done atomic.Bool
	var kills atomic.Int64
	killer := make(chan struct{})
	go func() {
		defer close(killer)
		for !done.Load() {
			<-time.After(time.Duration(30+rand.IntN(220)) * time.Millisecond) // the random moment
			s.kill()
			kills.Add(1)
			again, err := start(data, addr, args...)
			if err != nil {
				t.Error(err)
				return
			}
			s = again
		}
	}()

	var mu sync.Mutex
	tickets, claimOf := map[string]string{}, map[int]string{} // acknowledged: ticket → its claim, and the claims to review
	fail := func(format string, args ...any) { t.Errorf(format, args...) }

	var people sync.WaitGroup
	for worker := range 4 {
		people.Go(func() {
			for i := worker; i < manyChecks; i += 4 {
				r, err := anyone.insist("POST", "/v1/checks", fmt.Sprintf("check-key-%04d", i), map[string]any{"text": odd(i)})
				if err != nil || r.status != http.StatusOK || r.str("ticket") == "" {
					fail("check %d: %d %v %v", i, r.status, err, r.body)
					continue
				}
				mu.Lock()
				tickets[r.str("ticket")] = r.str("claim", "id")
				claimOf[i] = r.str("claim", "id")
				mu.Unlock()
			}
		})
	}
	people.Wait()

	published := map[string]bool{}
	for i := range manyReviews {
		id := reviewed(t, admin, second, i)
		if id == "" {
			continue
		}
		if published[id] {
			fail("claim %s was decided twice", id)
		}
		published[id] = true
	}
	done.Store(true)
	<-killer
	t.Cleanup(s.kill)
	t.Logf("killed %d times; %d tickets, %d reviews acknowledged", kills.Load(), len(tickets), len(published))

	if kills.Load() < 5 {
		fail("the service was killed only %d times: that shows nothing", kills.Load())
	}
	if len(tickets) != manyChecks {
		fail("%d different tickets for %d checks", len(tickets), manyChecks)
	}
	requests := map[string]int{}
	for ticket, id := range tickets {
		r, err := anyone.insist("GET", "/v1/checks/"+ticket, "", nil)
		if err != nil || r.status != http.StatusOK || r.str("claim", "id") != id {
			fail("an acknowledged check is gone or elsewhere: %d %v, claim %q, want %q", r.status, err, r.str("claim", "id"), id)
		}
		requests[id]++
	}
	for id, want := range requests {
		r := admin.want(t, http.StatusOK, "GET", "/v1/claims/"+id, nil)
		if got := r.num("requests"); got != float64(want) {
			fail("claim %s counts %v requests, %d were acknowledged", id, got, want)
		}
		history := admin.want(t, http.StatusOK, "GET", "/v1/claims/"+id+"/history", nil)
		times := 0
		items, _ := history.body["items"].([]any)
		for _, item := range items {
			if e, ok := item.(map[string]any); ok && e["kind"] == "published" {
				times++
			}
		}
		if want := map[bool]int{true: 1}[published[id]]; times != want {
			fail("claim %s was published %d times, want %d", id, times, want)
		}
		if published[id] && r.str("state") != "published" {
			fail("an acknowledged review is gone: claim %s is %s", id, r.str("state"))
		}
	}
}

// reviewed takes the most urgent claim, decides and seconds it, insisting over every crash, and gives its ID.
func reviewed(t *testing.T, admin, second *caller, i int) string {
	next, err := admin.insist("POST", "/v1/claims/next", fmt.Sprintf("next-key-%04d", i), map[string]any{})
	if err != nil || next.status != http.StatusOK {
		t.Errorf("next %d: %d %v %v", i, next.status, err, next.body)
		return ""
	}
	id := next.str("claim", "id")
	r, err := admin.insist("POST", "/v1/claims/"+id+"/review", fmt.Sprintf("review-key-%04d", i), map[string]any{
		"token": next.num("lease", "token"), "verdict": "false", "summary": map[string]string{"en": "Gates turn nothing purple."},
		"evidence": []map[string]string{{"url": "https://www.who.int/", "stance": "refutes", "quote": "Paint is paint."}}})
	if err != nil || r.status != http.StatusOK {
		t.Errorf("review %d: %d %v %v", i, r.status, err, r.body)
		return ""
	}
	r, err = second.insist("POST", "/v1/claims/"+id+"/approve", fmt.Sprintf("approve-key-%04d", i), map[string]any{})
	if err != nil || r.status != http.StatusOK || r.str("state") != "published" {
		t.Errorf("approve %d: %d %v %v", i, r.status, err, r.body)
		return ""
	}
	return id
}
