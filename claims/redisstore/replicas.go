package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// waitFor is how long a change waits for its replicas at most; less where less is left of the call's time.
const waitFor = time.Second

var errFewReplicas = errors.New("too few replicas have the change")

// countReplicas decides how many replicas must have a change, see Options.
func (s *Store) countReplicas(ctx context.Context, wanted int) error {
	switch {
	case wanted != 0:
		s.replicas = max(wanted, 0)
		return nil
	case s.address.sentinel:
		s.replicas = 1
		return nil
	}
	var info map[string]string
	err := s.call(ctx, "count replicas", func(ctx context.Context, db *redis.Client) (err error) {
		info, err = infoOf(ctx, db, "replication")
		return err
	})
	var said redis.Error
	if errors.As(err, &said) && !isUnavailable(said) {
		s.log.WarnContext(ctx, "redis does not tell whether it has replicas; changes do not wait for any", "address", s.address.String(), "error", err)
		return nil
	}
	if n, _ := strconv.Atoi(info["connected_slaves"]); n > 0 {
		s.replicas = 1
	}
	return err
}

// run runs a script on a node. Where replicas are to have what it wrote, it waits for them in the same pipeline: on the same connection, which is
// what WAIT goes by.
func (s *Store) run(ctx context.Context, db *redis.Client, sc *redis.Script, keys []string, args ...any) ([]string, error) {
	if s.replicas == 0 {
		return sc.Run(ctx, db, keys, args...).StringSlice()
	}
	for _, begin := range []func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd{sc.EvalSha, sc.Eval} {
		var said *redis.Cmd
		var have *redis.Cmd
		_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			said = begin(ctx, p, keys, args...)
			have = p.Do(ctx, "WAIT", s.replicas, waitTime(ctx).Milliseconds())
			return nil
		})
		if redis.HasErrorPrefix(said.Err(), "NOSCRIPT") {
			continue // the server does not have the script any more, or is another one
		}
		answer, saidErr := said.StringSlice()
		var refused redis.Error
		switch {
		case saidErr != nil:
			return nil, saidErr
		case errors.As(err, &refused) && wrote(answer): // a master that was made a replica: what it has written, the others may never have
			return nil, fmt.Errorf("%w: %w", errFewReplicas, err)
		case err != nil: // of the wait
			return nil, err
		}
		if n, err := have.Int(); wrote(answer) && (err != nil || n < s.replicas) {
			return nil, fmt.Errorf("%w: %d of %d", errFewReplicas, n, s.replicas)
		}
		return answer, nil
	}
	return nil, redis.ErrNoScript
}

// wrote reports an answer after which something is acknowledged.
func wrote(answer []string) bool {
	return len(answer) > 0 && (answer[0] == "ok" || answer[0] == "done")
}

// waitTime leaves some of the call's time for the answer. It is never zero, which would be for ever.
func waitTime(ctx context.Context) time.Duration {
	left := waitFor
	if end, some := ctx.Deadline(); some {
		left = min(left, time.Until(end)-timeout/10)
	}
	return max(left, time.Millisecond)
}
