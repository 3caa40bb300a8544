package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// Commit makes a change, see claims.Store. What is malformed is a claims.InvalidError. Once it was sent it is not given up: a caller whose
// context ends meanwhile gets the result all the same, within two seconds.
func (s *Store) Commit(ctx context.Context, c claims.Change) error {
	const what = "commit"
	if err := ctx.Err(); err != nil {
		return err
	}
	made, err := c.Encode()
	if err != nil {
		return fmt.Errorf("redisstore: %s: %w", what, err)
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	keys, args := s.commitKeys(made), commitArgs(made, newNonce())
	var answer []string
	maybe, err := try(within, func(ctx context.Context) (err error) {
		answer, err = commitScript.Run(ctx, s.db, keys, args...).StringSlice()
		return err
	})
	switch {
	case err != nil && maybe:
		return fmt.Errorf("redisstore: %s: %w: %w", what, claims.ErrUnsure, err)
	case err != nil:
		return failure(what, err)
	case slices.Equal(answer, []string{"ok"}):
		return nil
	case slices.Equal(answer, []string{"conflict"}):
		return fmt.Errorf("redisstore: %s: %w", what, claims.ErrConflict)
	case len(answer) == 2 && answer[0] == "done":
		return fmt.Errorf("redisstore: %s: %w", what, &claims.DoneError{Value: answer[1]})
	}
	return fmt.Errorf("redisstore: %s: the script answered %q", what, answer)
}

// commitKeys are the keys of the commit script, see scripts/commit.lua.
func (s *Store) commitKeys(c claims.Encoded) []string {
	keys := []string{s.keyOf("once", c.Once.Key), s.key("head"), s.key("log")}
	for _, r := range c.Claims {
		keys = append(keys, s.keyOf("claim", r.Name))
	}
	for _, r := range c.Submissions {
		keys = append(keys, s.keyOf("submission", r.Name))
	}
	for _, e := range c.Events {
		keys = append(keys, s.keyOf("history", string(e.Claim)))
	}
	for _, e := range slices.Concat(c.Gone, c.Come) {
		keys = append(keys, s.keyOf("index", string(e.Index)))
	}
	return keys
}

// commitArgs are its arguments.
func commitArgs(c claims.Encoded, nonce string) []any {
	records := slices.Concat(c.Claims, c.Submissions)
	args := []any{nonce, c.Once.Value, claims.OnceFor.Milliseconds(), len(records), len(c.Events), len(c.Gone), len(c.Come)}
	for _, r := range records {
		expected := ""
		if r.Before > 0 {
			expected = strconv.FormatInt(r.Before, 10)
		}
		args = append(args, expected, strconv.FormatInt(r.After, 10), r.Data)
	}
	for _, e := range c.Events {
		args = append(args, e.Data)
	}
	for _, e := range slices.Concat(c.Gone, c.Come) {
		args = append(args, member(e.Score, e.Claim))
	}
	return args
}

// Done gives the value of a once key, and whether the key is known.
func (s *Store) Done(ctx context.Context, key string) (value string, known bool, err error) {
	err = s.call(ctx, "done", func(ctx context.Context) error {
		kept, err := s.db.Get(ctx, s.keyOf("once", key)).Result()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		value, known = kept[min(len(kept), nonceSize):], err == nil
		return err
	})
	return value, known, err
}
