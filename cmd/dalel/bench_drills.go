package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"dalel/claims"
	"dalel/claims/faults"
	"dalel/index"
)

// serviceDrills are the drills of the desk and of the whole service.
func serviceDrills() []faults.Drill {
	return []faults.Drill{
		{Name: "server-kill", What: "the server is killed while a reviewer decides: nothing acknowledged is lost, and the lease ends in its time", Run: killServer},
		{Name: "late-reviewer", What: "a reviewer's program stands still past its lease: it is refused, the other's verdict stands, the draft is kept", Run: lateReviewer},
		{Name: "clocks", What: "the clocks of two replicas are 10 minutes off: leases last their time", Run: wrongClocks},
		{Name: "answers", What: "Redis stands still: search and trusted sources answer all the time, and questions count again soon after", Run: answersMeanwhile},
		{Name: "full", What: "Redis has no memory left: new questions are refused, decisions go on", Run: fullRedis},
	}
}

// leaseTime is the shortest lease that serve gives.
const leaseTime = time.Minute

// A tally collects what a drill finds.
type tally struct {
	problems []string
	figures  []faults.Figure
}

func (t *tally) problem(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
}

func (t *tally) figure(name string, value float64, unit string) {
	t.figures = append(t.figures, faults.Figure{Name: name, Value: value, Unit: unit})
}

func (t *tally) result(held string) faults.Result {
	if len(t.problems) > 0 {
		return faults.Result{Reason: strings.Join(t.problems, "; "), Figures: t.figures}
	}
	return faults.Result{Passed: true, Reason: held, Figures: t.figures}
}

// odd is a rumour that nothing answers, in words of its own for each number.
func odd(n int) string {
	syllables := strings.Fields("ba ke di mo tu ra zhe shi lo pu gan fer nil sok vad")
	dice := rand.New(rand.NewPCG(uint64(n), 11))
	words := make([]string, 9)
	for i := range words {
		for range 3 {
			words[i] += syllables[dice.IntN(len(syllables))]
		}
	}
	return strings.Join(words, " ")
}

// killServer is the drill server-kill.
func killServer(ctx context.Context, set faults.Settings, say func(string, ...any)) (result faults.Result, err error) {
	times := cmp.Or(set.Times, 20)
	data := filepath.Join(set.Dir, "server-kill", "data")
	s, err := newDrillService(ctx, data, "--lease", leaseTime.String())
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.running.Kill()) }()
	var t tally
	decided := map[string]string{} // claim → ticket
	for i := range times {
		id, ticket, err := s.check(fmt.Sprintf("drill-check-%d", i), odd(i))
		if err != nil {
			return result, err
		}
		killed := make(chan error, 1)
		go func() {
			<-time.After(time.Duration(rand.IntN(40)) * time.Millisecond) // the moment is the dice's
			killed <- s.restart(ctx)
		}()
		err = s.decide(id, i)
		if err = errors.Join(err, <-killed); err != nil {
			return result, err
		}
		decided[id] = ticket
		say("kill %d of %d: %d decided", i+1, times, len(decided))
	}
	for id, ticket := range decided {
		c, err := s.admin.insist(http.MethodGet, "/v1/claims/"+id, "", nil)
		if err != nil {
			return result, err
		}
		asked, err := s.admin.insist(http.MethodGet, "/v1/checks/"+ticket, "", nil)
		if err != nil {
			return result, err
		}
		if c.str("state") != "published" || asked.str("outcome") != "reviewed" || c.num("requests") != 1 {
			t.problem("claim %s is %s with %v requests, its ticket %s", id, c.str("state"), c.num("requests"), asked.str("outcome"))
		}
	}
	t.figure("kills", float64(times), "")
	t.figure("decided", float64(len(decided)), "")
	if err := s.leaseEnds(ctx, &t, say); err != nil {
		return result, err
	}
	flaw, err := s.inspect(ctx, func() (claims.Store, error) { return set.Embedded(ctx, data) })
	if err != nil {
		return result, err
	}
	if flaw != "" {
		t.problem("%s", flaw)
	}
	return t.result(fmt.Sprintf("%d decisions are there after %d kills, and the store is sound", len(decided), times)), nil
}

// decide takes a claim, proposes and seconds a finding, over every crash.
func (s *drillService) decide(id string, i int) error {
	lease, err := s.admin.insist(http.MethodPut, "/v1/claims/"+id+"/lease", "", map[string]any{})
	if err != nil || lease.status != http.StatusOK {
		return errors.Join(err, fmt.Errorf("take: %d %s", lease.status, lease.str("code")))
	}
	if _, err = act(s.admin, "/v1/claims/"+id+"/review", fmt.Sprintf("drill-review-%d", i), finding(lease.num("token"), "Gates turn nothing purple.")); err != nil {
		return err
	}
	_, err = act(s.second, "/v1/claims/"+id+"/approve", fmt.Sprintf("drill-approve-%d", i), map[string]any{})
	return err
}

// leaseEnds takes a claim, kills the server, and measures when the claim waits again.
func (s *drillService) leaseEnds(ctx context.Context, t *tally, say func(string, ...any)) error {
	id, _, err := s.check("drill-check-lease", odd(998))
	if err != nil {
		return err
	}
	taken, err := s.admin.insist(http.MethodPut, "/v1/claims/"+id+"/lease", "", map[string]any{})
	if err != nil || taken.status != http.StatusOK {
		return errors.Join(err, fmt.Errorf("take: %d", taken.status))
	}
	began := time.Now()
	if err := s.restart(ctx); err != nil {
		return err
	}
	say("waiting for a lease of %v to end", leaseTime)
	lasted, err := s.until(ctx, began, id, "queued")
	if err != nil {
		return err
	}
	t.figure("lease_lasted", lasted.Seconds(), "s")
	if lasted < leaseTime-time.Second || lasted > leaseTime+2*time.Second {
		t.problem("a lease of %v lasted %v over a kill", leaseTime, lasted)
	}
	return nil
}

// until waits until a claim is in a state, and gives the time since a moment.
func (s *drillService) until(ctx context.Context, since time.Time, id, state string) (time.Duration, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2*leaseTime + 10*time.Second); time.Now().Before(end); {
		c, err := s.admin.insist(http.MethodGet, "/v1/claims/"+id, "", nil)
		if err != nil {
			return 0, err
		}
		if c.str("state") == state {
			return time.Since(since), nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return 0, fmt.Errorf("claim %s never was %s", id, state)
}

// lateReviewer is the drill late-reviewer.
func lateReviewer(ctx context.Context, set faults.Settings, say func(string, ...any)) (result faults.Result, err error) {
	s, err := newDrillService(ctx, filepath.Join(set.Dir, "late-reviewer", "data"), "--lease", leaseTime.String())
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.running.Kill()) }()
	id, _, err := s.check("drill-check", odd(1))
	if err != nil {
		return result, err
	}
	late, err := faults.StartProcess(exec.Command(s.self, "bench", "reviewer", s.second.base, s.second.token, id))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, late.Kill()) }()
	if _, err := late.Await(ctx, reviewerSaved); err != nil {
		return result, err
	}
	began := time.Now()
	if err := late.Stop(); err != nil {
		return result, err
	}
	say("the reviewer's program stands still; waiting for its lease of %v to end", leaseTime)
	lasted, err := s.until(ctx, began, id, "queued")
	if err != nil {
		return result, err
	}
	var t tally
	t.figure("lease_lasted", lasted.Seconds(), "s")
	kept, err := s.admin.insist(http.MethodGet, "/v1/claims/"+id, "", nil)
	if err != nil {
		return result, err
	}
	if got := kept.str("draft", "summary", "en"); got != reviewerDraft {
		t.problem("the draft is %q", got)
	}
	lease, err := s.admin.insist(http.MethodPut, "/v1/claims/"+id+"/lease", "", map[string]any{})
	if err != nil {
		return result, err
	}
	if _, err := act(s.admin, "/v1/claims/"+id+"/review", "drill-review-other", finding(lease.num("token"), "What the other found.")); err != nil {
		return result, err
	}
	if err := late.Continue(); err != nil {
		return result, err
	}
	answered, err := late.Await(ctx, reviewerAnswered)
	if err != nil {
		return result, err
	}
	if answered != reviewerAnswered+"409 lease_lost" {
		t.problem("the late reviewer was %s", answered)
	}
	if _, err := act(s.second, "/v1/claims/"+id+"/approve", "drill-approve", map[string]any{}); err != nil {
		return result, err
	}
	c, err := s.admin.insist(http.MethodGet, "/v1/claims/"+id, "", nil)
	if err != nil {
		return result, err
	}
	if got := c.str("review", "summary"); c.str("state") != "published" || got != "What the other found." {
		t.problem("the claim is %s and says %q", c.str("state"), got)
	}
	return t.result("409 lease_lost; the other's verdict stands, and the draft was kept"), nil
}

// nothing is a search that finds nothing.
type nothing struct{}

func (nothing) Search(context.Context, index.Query) ([]index.Hit, error) { return nil, nil }

func (nothing) Document(context.Context, string) (index.Document, error) {
	return index.Document{}, index.ErrNotFound
}

// wrongClocks is the drill clocks.
func wrongClocks(ctx context.Context, set faults.Settings, say func(string, ...any)) (result faults.Result, err error) {
	server, err := faults.StartRedis(ctx, filepath.Join(set.Dir, "clocks"))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	const lease, off, tolerance = 10 * time.Second, 10 * time.Minute, 6 * time.Second
	who := claims.Account{ID: "u_drill", Roles: []claims.Role{claims.RoleReviewer}}
	var t tally
	for i, shift := range []time.Duration{off, -off} {
		store, err := set.Open(ctx, server.URL(), 0)
		if err != nil {
			return result, err
		}
		wrong := claims.NewDesk(store, nothing{}, claims.Options{Lease: lease, Now: func() time.Time { return time.Now().Add(shift) }})
		right := claims.NewDesk(store, nothing{}, claims.Options{Lease: lease})
		lasted, err := leaseBetween(ctx, wrong, right, who, odd(i))
		if err = errors.Join(err, store.Close()); err != nil {
			return result, err
		}
		say("a replica %v off: a lease of %v lasted %v", shift, lease, lasted.Round(time.Millisecond))
		t.figure(fmt.Sprintf("lease_lasted_%+.0fm", shift.Minutes()), lasted.Seconds(), "s")
		if lasted < lease-tolerance || lasted > lease+tolerance {
			t.problem("a lease of %v lasted %v where a clock is %v off", lease, lasted, shift)
		}
	}
	return t.result("leases last their time: the store's clock decides"), nil
}

// leaseBetween lets one desk give a lease, and measures when the other one, or it itself, ends it.
func leaseBetween(ctx context.Context, gives, ends *claims.Desk, who claims.Account, text string) (time.Duration, error) {
	if _, err := gives.Check(ctx, claims.Question{Text: text}); err != nil {
		return 0, err
	}
	if _, err := gives.Next(ctx, claims.Act{By: who}, claims.Filter{}); err != nil {
		return 0, err
	}
	began := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < time.Minute {
		for _, d := range []*claims.Desk{gives, ends} {
			n, _, err := d.Sweep(ctx)
			if err != nil {
				return 0, err
			}
			if n > 0 {
				return time.Since(began), nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return time.Since(began), nil
}
