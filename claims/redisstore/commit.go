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
	sent := context.WithoutCancel(ctx)
	within, cancel := context.WithTimeout(sent, timeout)
	defer cancel()
	sc, brings := commitScript, slices.ContainsFunc(made.Submissions, func(r claims.Record) bool { return r.Before == 0 })
	if brings {
		sc = submitScript
	}
	full := brings && s.full(within)
	if full && !s.isKnown(within, made.Once) {
		return fmt.Errorf("redisstore: %s: %w", what, claims.ErrFull)
	}
	keys, args := s.commitCall(made, newNonce())
	answer, maybe, err := s.write(within, sent, sc, keys, args...)
	switch {
	case err != nil && maybe:
		return fmt.Errorf("redisstore: %s: %w: %w", what, claims.ErrUnsure, err)
	case redis.HasErrorPrefix(err, "OOM"):
		return fmt.Errorf("redisstore: %s: %w: %w", what, claims.ErrFull, err)
	case err != nil:
		return failure(what, err)
	}
	return s.committed(what, made, answer)
}

// committed is what the commit script's answer means.
func (s *Store) committed(what string, made claims.Encoded, answer []string) error {
	switch {
	case slices.Equal(answer, []string{"ok"}):
		return nil
	case slices.Equal(answer, []string{"conflict"}):
		return fmt.Errorf("redisstore: %s: %w", what, claims.ErrConflict)
	case len(answer) == 3 && answer[0] == "done":
		if which, err := strconv.Atoi(answer[1]); err == nil && which >= 1 && which <= len(made.Once) {
			return fmt.Errorf("redisstore: %s: %w", what, &claims.DoneError{Key: made.Once[which-1].Key, Value: answer[2]})
		}
	}
	return fmt.Errorf("redisstore: %s: the script answered %q", what, answer)
}

// isKnown reports whether one of the once keys is known: then the change brings nothing, and is told so although there is no room.
func (s *Store) isKnown(ctx context.Context, onces []claims.Once) bool {
	for _, o := range onces {
		if _, known, err := s.Done(ctx, o.Key); err == nil && known {
			return true
		}
	}
	return false
}

// commitCall are the keys and the arguments of the commit script, see scripts/commit.lua.
func (s *Store) commitCall(c claims.Encoded, nonce string) (keys []string, args []any) {
	records, entries := len(c.Claims)+len(c.Submissions), len(c.Gone)+len(c.Come)
	keys = make([]string, 0, 4+len(c.Once)+records+len(c.Events)+entries)
	args = make([]any, 0, 8+2*len(c.Once)+3*records+2*len(c.Events)+entries)
	again := "0"
	if s.replicas > 0 {
		again = "1"
	}
	keys = append(keys, s.key("head"), s.key("log"), s.key("pause"), s.key("touched"))
	args = append(args, nonce, again, len(c.Once), len(c.Claims), len(c.Submissions), len(c.Events), len(c.Gone), len(c.Come))
	for _, o := range c.Once {
		keys = append(keys, s.keyOf("once", o.Key))
		args = append(args, max(o.For.Milliseconds(), 1), o.Value)
	}
	for _, r := range c.Claims {
		keys = append(keys, s.keyOf("claim", r.Name))
		args = append(args, versionText(r.Before), versionText(r.After), packedClaims.packed("", r.Data))
	}
	for _, r := range c.Submissions {
		keys = append(keys, s.keyOf("submission", r.Name))
		args = append(args, versionText(r.Before), packedSubmissions.packed(versionText(r.After)+" ", r.Data))
	}
	for i, e := range c.Events {
		which := firstEventOf(c, i)
		if which == 0 {
			keys = append(keys, s.keyOf("history", string(e.Claim)))
		}
		args = append(args, which, e.Data)
	}
	for _, some := range [][]claims.Entry{c.Gone, c.Come} {
		for _, e := range some {
			keys = append(keys, s.keyOf("index", string(e.Index)))
			args = append(args, member(e.Score, e.Claim))
		}
	}
	return keys, args
}

// firstEventOf tells which of the claims that a change brings has its first event in the one with this place, counted from 1; 0 for none.
func firstEventOf(c claims.Encoded, event int) int {
	of := c.Events[event].Claim
	if slices.ContainsFunc(c.Events[:event], func(e claims.EncodedEvent) bool { return e.Claim == of }) {
		return 0
	}
	return 1 + slices.IndexFunc(c.Claims, func(r claims.Record) bool { return r.Name == string(of) && r.Before == 0 })
}

// versionText is a version as the scripts compare it, empty for none.
func versionText(version int64) string {
	if version == 0 {
		return ""
	}
	return strconv.FormatInt(version, 10)
}

// Done gives the value of a once key, and whether the key is known. Where replicas are to have each change, they have the one of a known key.
func (s *Store) Done(ctx context.Context, key string) (value string, known bool, err error) {
	err = s.call(ctx, "done", func(ctx context.Context, db *redis.Client) error {
		kept, err := db.Get(ctx, s.keyOf("once", key)).Result()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		value, known = kept[min(len(kept), nonceSize):], err == nil
		return err
	})
	if err != nil || !known || s.replicas == 0 {
		return value, known, err
	}
	answer, err := s.change(ctx, "done", knownScript, []string{s.keyOf("once", key)})
	if err != nil || len(answer) < 2 {
		return "", false, err
	}
	return answer[1], true, nil
}
