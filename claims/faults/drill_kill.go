package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"dalel/claims"
)

// killRedis kills redis-server again and again while a crowd works.
func killRedis(ctx context.Context, s Settings, say func(string, ...any)) (result Result, err error) {
	s, err = s.with("redis-kill", 0, 5)
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
	var slowest time.Duration
	c := newCrowd(store, s)
	err = c.during(ctx, func(ctx context.Context) error {
		for i := range s.Times {
			if err := c.ledger.await(ctx, s.steady(), time.Now()); err != nil {
				return err
			}
			if err := r.Kill(); err != nil {
				return err
			}
			if err := r.Restart(ctx); err != nil {
				return err
			}
			up := time.Now()
			if err := c.ledger.await(ctx, 1, up); err != nil {
				return err
			}
			took := time.Since(up)
			slowest = max(slowest, took)
			say("kill %d of %d: %d acknowledged, going on %.2f s after the server", i+1, s.Times, c.ledger.count(), took.Seconds())
		}
		return c.ledger.await(ctx, s.steady(), time.Now())
	})
	if err := v.silent(err); err != nil {
		return result, err
	}
	v.count("kills", s.Times)
	v.time("slowest_recovery", slowest)
	if err := v.readBack(ctx, store, c.ledger); err != nil {
		return result, err
	}
	return v.result(fmt.Sprintf("%d acknowledged acts are there after %d kills", c.ledger.count(), s.Times)), nil
}

// What a worker prints.
const (
	deedPrefix = "acknowledged "
	oddPrefix  = "strange "
)

// Work lets a crowd of clients work with a store until the context ends, and writes a line for each act that the store has acknowledged and each
// error that it should not give. It is what Settings.Worker runs. It gives an error when there was one.
func Work(ctx context.Context, store claims.Store, clients int, w io.Writer) error {
	c := &crowd{store: store, ledger: newLedger(), clients: clients, seed: uint64(time.Now().UnixNano())}
	c.ledger.tell = w
	err := c.during(ctx, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
	if odd := c.ledger.oddities(); odd != "" {
		err = errors.Join(err, errors.New("faults: work: "+odd))
	}
	return err
}

// killWorker kills programs that write to an embedded store, one after the other.
func killWorker(ctx context.Context, s Settings, say func(string, ...any)) (result Result, err error) {
	s, err = s.with("bolt-kill", 0, 5)
	if err != nil {
		return result, err
	}
	var v verdict
	l := newLedger()
	l.partial = true
	for i := range s.Times {
		// Each life is longer than the one before, so that kills come at other moments.
		if err := workAndDie(ctx, s, l, s.steady()+s.steady()*i/s.Times); err != nil {
			return result, err
		}
		say("kill %d of %d: %d acknowledged", i+1, s.Times, l.count())
	}
	store, err := s.Embedded(ctx, s.Dir)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	v.count("kills", s.Times)
	if err := v.readBack(ctx, store, l); err != nil {
		return result, err
	}
	return v.result(fmt.Sprintf("%d acknowledged acts are there after %d kills", l.count(), s.Times)), nil
}

// workAndDie starts a worker, kills it after some acts, and notes all that it was told.
func workAndDie(ctx context.Context, s Settings, l *ledger, acts int) error {
	p, err := s.Worker(ctx, s.Dir)
	if err != nil {
		return err
	}
	killed := false
	err = func() error {
		ctx, cancel := context.WithTimeout(ctx, 2*patience)
		defer cancel()
		for n := 0; ; {
			line, err := p.Next(ctx)
			if errors.Is(err, io.EOF) && killed {
				return nil
			}
			if err != nil {
				return fmt.Errorf("faults: a worker: %w; it said:\n%s", err, p.Said())
			}
			var d deed
			switch said, ok := strings.CutPrefix(line, deedPrefix); {
			case ok && json.Unmarshal([]byte(said), &d) == nil: // the last line of a killed program may be cut
				l.acknowledged(d, time.Now(), true)
				n++
			case strings.HasPrefix(line, oddPrefix):
				l.odd(errors.New(line))
			}
			if n >= acts && !killed {
				killed = true
				if err := p.Kill(); err != nil {
					return err
				}
			}
		}
	}()
	return errors.Join(err, p.Kill())
}
