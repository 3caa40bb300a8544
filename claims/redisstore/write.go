package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// whilePaused is how long a change waits before it asks again whether it may be made.
const whilePaused = 20 * time.Millisecond

var errPaused = errors.New("nothing may change now")

// write runs a script that changes something and answers in words, until it may change something and the replicas have it. The script must know the
// same call sent again. maybe says that it may have been carried out although there is an error.
func (s *Store) write(ctx, caller context.Context, sc *redis.Script, keys []string, args ...any) (answer []string, maybe bool, err error) {
	for {
		sent, err := s.try(ctx, caller, func(ctx context.Context, db *redis.Client) (err error) {
			answer, err = s.run(ctx, db, sc, keys, args...)
			return err
		})
		maybe = maybe || sent || errors.Is(err, errFewReplicas)
		if err != nil || len(answer) != 1 || answer[0] != "paused" {
			return answer, maybe, err
		}
		// The last question is asked early enough to be answered: a deadline that cuts it off would leave it unsure whether it was carried out.
		if end, some := ctx.Deadline(); some && time.Until(end) < timeout/10 || !pause(ctx, whilePaused) {
			return nil, maybe, errPaused
		}
	}
}

// change is write for what is harmless when it is made twice: whoever is told that the store was not available makes it again.
func (s *Store) change(ctx context.Context, what string, sc *redis.Script, keys []string, args ...any) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, _, err := s.write(within, ctx, sc, keys, args...)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil && len(answer) == 0 {
		return nil, fmt.Errorf("redisstore: %s: the script answered nothing", what)
	}
	return answer, failure(what, err)
}
