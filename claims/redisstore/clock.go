package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// clockFor is how long a measurement of Redis' clock holds: a call for the time alone would be one more for every act of the desk.
const clockFor = time.Second

// A clock is that of Redis, as it was measured at most clockFor ago and as has passed since by the local monotonic clock: what is done to the local
// wall clock does not matter. It is wrong by half the way to Redis and back at most, which takes no longer than a call may. The zero clock is not
// measured yet.
type clock struct {
	mu      sync.Mutex
	told    time.Time    // what Redis said
	at      time.Time    // when that was, by the local clock, with its monotonic reading
	running *measurement // nil while nobody measures
}

// A measurement is made by one caller for all who meet.
type measurement struct {
	done   chan struct{} // closed at its end
	err    error
	gaveUp bool // the caller who made it did not wait for its end
}

// Now is the clock of the node that has the store's keys, as it was measured within the last second. When Redis does not answer any more it gives
// claims.ErrUnavailable, wrapped, a second later at the latest; of a store that is closed at once.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	const what = "now"
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	within, cancel := ctx, context.CancelFunc(nil)
	for {
		select {
		case <-s.closed:
			return time.Time{}, failure(what, redis.ErrClosed)
		default:
		}
		now, m, mine := s.clock.look(time.Now())
		if m == nil {
			return claims.Clean(now), nil
		}
		if cancel == nil {
			within, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		if mine {
			s.measure(within, ctx, m)
		}
		select {
		case <-m.done:
		case <-within.Done():
		}
		switch {
		case ctx.Err() != nil:
			return time.Time{}, ctx.Err()
		case within.Err() != nil:
			return time.Time{}, failure(what, within.Err())
		case m.err != nil && !m.gaveUp:
			return time.Time{}, failure(what, m.err)
		}
	}
}

// look gives the time, or the measurement that must be waited for. mine says that the caller has to make it.
func (c *clock) look(local time.Time) (now time.Time, m *measurement, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.told.IsZero() && holds(local.Sub(c.at), local.Round(0).Sub(c.at.Round(0))) {
		return c.told.Add(local.Sub(c.at)), nil, false
	}
	if c.running == nil {
		c.running, mine = &measurement{done: make(chan struct{})}, true
	}
	return time.Time{}, c.running, mine
}

// holds reports whether a measurement still holds when so much has passed since by the monotonic clock, and by the wall clock. The first stands
// still while the machine sleeps or is moved: then the two differ, as they do when somebody sets the second.
func holds(passed, wall time.Duration) bool {
	return passed < clockFor && (wall-passed).Abs() < clockFor
}

// measure asks Redis for the time, and wakes up all who wait for it.
func (s *Store) measure(within, caller context.Context, m *measurement) {
	var told, at time.Time
	_, m.err = s.try(within, caller, func(ctx context.Context, db *redis.Client) (err error) {
		sent := time.Now()
		told, err = s.timeOf(ctx, db)
		at = sent.Add(time.Since(sent) / 2)
		return err
	})
	m.gaveUp = m.err != nil && caller.Err() != nil
	c := &s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running = nil; m.err == nil {
		c.told, c.at = told, at
	}
	close(m.done)
}

// timeOf asks a node for the time. In a cluster it does so by a script with a key, so that a node that has lost the keys says so.
func (s *Store) timeOf(ctx context.Context, db *redis.Client) (time.Time, error) {
	if s.db.cluster == nil {
		return db.Time(ctx).Result()
	}
	return s.timeByScript(ctx, db)
}

func (s *Store) timeByScript(ctx context.Context, db *redis.Client) (time.Time, error) {
	parts, err := timeScript.Run(ctx, db, []string{s.key("head")}).StringSlice()
	if err != nil {
		return time.Time{}, err
	}
	var numbers [2]int64
	for i := range min(len(parts), len(numbers)) {
		if numbers[i], err = strconv.ParseInt(parts[i], 10, 64); err != nil {
			return time.Time{}, fmt.Errorf("redisstore: now: %w", err)
		}
	}
	return time.Unix(numbers[0], numbers[1]*1000), nil
}
