package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// How often a call is tried, and how long it waits before the second time; twice that before the third.
const (
	attempts = 3
	backoff  = 20 * time.Millisecond
)

// A request asks one node of Redis. It must be harmless when repeated.
type request func(ctx context.Context, db *redis.Client) error

// call asks Redis within the deadline, again where a connection broke. The error is the caller's own context's, or ErrUnavailable, or what Redis
// said.
func (s *Store) call(ctx context.Context, what string, f request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := s.try(within, ctx, f)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return failure(what, err)
}

// try makes a request until it is answered, unless many before it were not. maybe says that an attempt was sent and its answer lost: it may have
// been carried out. A caller who gives up says nothing about Redis.
func (s *Store) try(ctx, caller context.Context, f request) (maybe bool, err error) {
	probe, err := s.breaker.enter(time.Now())
	if err != nil {
		return false, err
	}
	defer func() {
		silent := lost(err) || unreached(err) || errors.Is(err, redis.ErrPoolTimeout)
		switch {
		case errors.Is(err, redis.ErrClosed), silent && caller.Err() != nil:
			s.breaker.gaveUp(probe)
		case silent:
			s.breaker.failed(probe, time.Now())
		default:
			s.breaker.answered()
		}
	}()
	return repeat(ctx, func(ctx context.Context) error { return s.db.do(ctx, f) })
}

// repeat runs f until it is answered, or there is nobody to ask.
func repeat(ctx context.Context, f func(ctx context.Context) error) (maybe bool, err error) {
	for attempt := range attempts {
		if attempt > 0 && !pause(ctx, backoff<<(attempt-1)) {
			return maybe, err
		}
		err = f(ctx)
		if !lost(err) {
			return maybe, err
		}
		maybe = true
	}
	return maybe, err
}

// unreached reports an error by which nothing was sent, because there was no connection.
func unreached(err error) bool {
	var netErr *net.OpError
	_, marked := errors.AsType[unreachedError](err)
	return marked || errors.As(err, &netErr) && netErr.Op == "dial"
}

// lost reports an error by which nobody knows whether Redis did what it was asked.
func lost(err error) bool {
	var said redis.Error
	switch {
	case err == nil, unreached(err), errors.As(err, &said):
		return false // it answered, or was not asked
	case errors.Is(err, redis.ErrClosed), errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrPoolExhausted):
		return false // nor here
	case errors.Is(err, errFewReplicas):
		return false // it did
	}
	return true
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// isUnavailable reports answers of a Redis that cannot work now and has done nothing.
func isUnavailable(said redis.Error) bool {
	for _, prefix := range []string{"LOADING", "READONLY", "OOM", "MISCONF", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOREPLICAS", "BUSY",
		"WAIT cannot be used with replica", // a master that was made a replica meanwhile
		"ERR max number of clients", "max number of clients", "NOAUTH", "WRONGPASS"} {
		if redis.HasErrorPrefix(said, prefix) {
			return true
		}
	}
	return false
}

// failure is what a caller is told.
func failure(what string, err error) error {
	var said redis.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && !isUnavailable(said):
		return fmt.Errorf("redisstore: %s: %w", what, err)
	}
	return fmt.Errorf("redisstore: %s: %w: %w", what, claims.ErrUnavailable, err)
}
