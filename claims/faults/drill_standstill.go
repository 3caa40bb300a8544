package faults

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dalel/claims"
)

// Limits of a standstill: for a call to fail, and for work to go on after it.
const (
	failLimit = 2500 * time.Millisecond
	backLimit = 3 * time.Second
)

// refusing is how long Redis refuses writes, at most.
const refusing = 3 * time.Second

// standStill stops redis-server while a crowd works, and then makes it a replica that refuses writes.
func standStill(ctx context.Context, s Settings, say func(string, ...any)) (result Result, err error) {
	s, err = s.with("standstill", 12, 0)
	if err != nil {
		return result, err
	}
	r, err := StartRedis(ctx, s.Dir)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	store, err := s.Open(ctx, r.URL(), 0)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	var v verdict
	c := newCrowd(store, s)
	faults := []fault{
		{"stopped", "redis-server stands still", s.duration(),
			func(context.Context) error { return r.Stop() }, func(context.Context) error { return r.Continue() }},
		// Nobody listens on port 1, so the replica keeps what it has.
		{"read_only", "redis-server refuses writes", min(s.duration(), refusing), r.become("REPLICAOF", loopback, "1"), r.become("REPLICAOF", "NO", "ONE")},
	}
	err = c.during(ctx, func(ctx context.Context) error {
		return c.readingOn(ctx, func(ctx context.Context) error {
			for _, f := range faults {
				if err := c.suffer(ctx, s, f, &v, say); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err := v.silent(err); err != nil {
		return result, err
	}
	if err := v.readBack(ctx, store, c.ledger); err != nil {
		return result, err
	}
	return v.result(fmt.Sprintf("%d acknowledged acts are there, and no call failed late", c.ledger.count())), nil
}

// become gives a function that sends the server a command.
func (r *Redis) become(args ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := r.Do(ctx, args...)
		return err
	}
}

// A fault comes and goes.
type fault struct {
	name, what string
	lasts      time.Duration
	begin, end func(context.Context) error
}

// suffer lets a fault come and go while the crowd works, and measures.
func (c *crowd) suffer(ctx context.Context, s Settings, f fault, v *verdict, say func(string, ...any)) error {
	if err := c.ledger.await(ctx, s.steady(), time.Now()); err != nil {
		return err
	}
	c.ledger.measure()
	if err := f.begin(ctx); err != nil {
		return err
	}
	begun := time.Now()
	// It must end also where the drill is given up.
	if err := errors.Join(pause(ctx, f.lasts), f.end(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	up := time.Now()
	if err := c.ledger.await(ctx, 1, up); err != nil {
		return err
	}
	back := time.Since(up)
	slowest := c.ledger.slowestFailure()
	say("%s for %.1f s: calls failed within %.2f s, going on %.2f s after", f.what, up.Sub(begun).Seconds(), slowest.Seconds(), back.Seconds())
	v.within(f.name+"_slowest_failure", slowest, failLimit)
	v.within(f.name+"_recovery", back, backLimit)
	if slowest == 0 {
		v.problem("%s: no call failed, so nothing was tried", f.name)
	}
	return nil
}

// readingOn lets one more client read all that there is to read, again and again, while f runs.
func (c *crowd) readingOn(ctx context.Context, f func(ctx context.Context) error) error {
	reading, end := context.WithCancel(ctx)
	var one sync.WaitGroup
	one.Go(func() {
		for reading.Err() == nil {
			for _, ask := range c.questions() {
				err := c.call(func() error { return ask(reading) })
				if err != nil && !errors.Is(err, claims.ErrUnavailable) && !errors.Is(err, claims.ErrNotFound) && reading.Err() == nil {
					c.ledger.odd(err)
				}
			}
			pause(reading, comeBack)
		}
	})
	err := f(ctx)
	end()
	one.Wait()
	return err
}

// questions are calls that only read.
func (c *crowd) questions() []func(ctx context.Context) error {
	queue := claims.Queue("")
	return []func(ctx context.Context) error{
		func(ctx context.Context) error { _, _, err := c.store.Range(ctx, "", 20, queue...); return err },
		func(ctx context.Context) error { _, err := c.store.Count(ctx, queue...); return err },
		func(ctx context.Context) error { _, err := c.store.Events(ctx, 0, 20, 0); return err },
		func(ctx context.Context) error {
			_, err := c.store.History(ctx, claims.IDOf("en", "nobody asked"))
			return err
		},
		func(ctx context.Context) error { _, _, err := c.store.Head(ctx); return err },
		func(ctx context.Context) error { _, err := c.store.Submission(ctx, claims.NewTicket()); return err },
		func(ctx context.Context) error { _, err := c.store.Accounts(ctx); return err },
		func(ctx context.Context) error { _, err := c.store.Damaged(ctx); return err },
	}
}
