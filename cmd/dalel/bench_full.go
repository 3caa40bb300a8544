package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"dalel/claims"
	"dalel/claims/faults"
)

// fullMemory is what Redis may use in the drill full, in megabytes.
const fullMemory = 32

// fullRedis is the drill full.
func fullRedis(ctx context.Context, set faults.Settings, say func(string, ...any)) (result faults.Result, err error) {
	dir := filepath.Join(set.Dir, "full")
	server, err := faults.StartRedis(ctx, filepath.Join(dir, "redis"), "--maxmemory", strconv.Itoa(fullMemory)+"mb")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	s, err := newDrillService(ctx, filepath.Join(dir, "data"), "--store", server.URL(), "--lease", leaseTime.String())
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.running.Kill()) }()
	var ids []string
	for i := range 2 {
		id, _, err := s.check(fmt.Sprintf("drill-check-%d", i), odd(i))
		if err != nil {
			return result, err
		}
		ids = append(ids, id)
	}

	var t tally
	filler := fillers{server: server}
	for i, share := range []float64{0.9, 1} {
		if err := filler.fill(ctx, share); err != nil {
			return result, err
		}
		refused, err := s.refusedWithin(ctx, 3*time.Second, i)
		if err != nil {
			return result, err
		}
		say("%.0f %% of the memory are used: a new question is answered %d", 100*share, refused.status)
		t.figure(fmt.Sprintf("check_at_%.0f", 100*share), float64(refused.status), "")
		if refused.status != http.StatusServiceUnavailable || refused.header.Get("Retry-After") == "" {
			t.problem("with %.0f %% of the memory used a question gets %d, Retry-After %q", 100*share, refused.status, refused.header.Get("Retry-After"))
		}
		if err := s.decide(ids[i], i); err != nil {
			t.problem("with %.0f %% of the memory used nothing can be decided: %v", 100*share, err)
		} else {
			t.figure(fmt.Sprintf("decided_at_%.0f", 100*share), 1, "")
		}
	}
	if err := filler.empty(ctx); err != nil {
		return result, err
	}
	began := time.Now()
	if _, _, err := s.check("drill-check-after", odd(77)); err != nil {
		t.problem("with room again a question is refused: %v", err)
	}
	t.figure("asks_again_after", time.Since(began).Seconds(), "s")
	flaw, err := s.inspect(ctx, func() (claims.Store, error) { return set.Open(ctx, server.URL(), 0) })
	if err != nil {
		return result, err
	}
	if flaw != "" {
		t.problem("%s", flaw)
	}
	return t.result("questions are refused with 503, decisions go on, and the store is sound"), nil
}

// refusedWithin asks new questions until one is refused, or the time is over, and gives the last answer.
func (s *drillService) refusedWithin(ctx context.Context, within time.Duration, round int) (reply, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n, end := 0, time.Now().Add(within); ; n++ {
		r, err := s.admin.call(http.MethodPost, "/v1/checks", "", map[string]any{"text": odd(100 + 100*round + n)})
		if err != nil || r.status == http.StatusServiceUnavailable || time.Now().After(end) {
			return r, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
}

// fillers use up the memory of a redis-server.
type fillers struct {
	server *faults.Redis
	made   int
}

// fillerSize is how much one filler takes, in bytes.
const fillerSize = 64 << 10

// fill makes fillers until a share of the memory is used; with a share of 1 until Redis takes no more.
func (f *fillers) fill(ctx context.Context, share float64) error {
	for {
		used, err := f.used(ctx)
		if err != nil {
			return err
		}
		if share < 1 && used >= share*fullMemory*(1<<20) {
			return nil
		}
		_, err = f.server.Do(ctx, "SET", "filler:"+strconv.Itoa(f.made), strings.Repeat("x", fillerSize))
		var refused faults.AnswerError
		if errors.As(err, &refused) && strings.HasPrefix(refused.Error(), "OOM") {
			return nil
		}
		if err != nil {
			return err
		}
		f.made++
	}
}

func (f *fillers) used(ctx context.Context) (float64, error) {
	info, err := f.server.Info(ctx, "memory")
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(info["used_memory"], 64)
}

// empty removes the fillers.
func (f *fillers) empty(ctx context.Context) error {
	for ; f.made > 0; f.made-- {
		if _, err := f.server.Do(ctx, "DEL", "filler:"+strconv.Itoa(f.made-1)); err != nil {
			return err
		}
	}
	return nil
}
