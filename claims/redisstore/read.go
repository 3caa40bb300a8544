package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// page is how many records are asked for at once.
const page = 500

// Get gives claims by their IDs, see claims.Store.
func (s *Store) Get(ctx context.Context, ids ...claims.ID) ([]*claims.Claim, error) {
	all := make([]*claims.Claim, 0, len(ids))
	for some := range slices.Chunk(ids, page) {
		cs, err := s.claimsNamed(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, cs...)
	}
	return all, ctx.Err()
}

// Submission gives what was sent under a ticket, or claims.ErrNotFound, also where the record cannot be read.
func (s *Store) Submission(ctx context.Context, t claims.Ticket) (*claims.Submission, error) {
	const what = "submission"
	key := s.keyOf("submission", string(t))
	for range rereads {
		raws, isTyped, err := s.read(ctx, what, []string{key})
		switch {
		case err != nil:
			return nil, err
		case raws[0] == nil && !isTyped[0]:
			return nil, fmt.Errorf("redisstore: %s: %w", what, claims.ErrNotFound)
		}
		bad := torn{name: "submissions/" + string(t), key: key, want: "string", why: errType}
		if !isTyped[0] {
			sub, err := decodeSubmission(raws[0], t)
			if err == nil {
				return sub, nil
			}
			bad.seen, bad.want, bad.why = raws[0], "", err
		}
		if errors.Is(bad.why, claims.ErrNewer) {
			return nil, fmt.Errorf("redisstore: %s: %w: %w", what, claims.ErrNotFound, bad.why)
		}
		if s.setAside(ctx, bad) {
			break
		}
	}
	return nil, fmt.Errorf("redisstore: %s: its record is damaged: %w", what, claims.ErrNotFound)
}

// read gets the strings of some keys, in their order: nil where there is none. For a key of another type it gives isTyped.
func (s *Store) read(ctx context.Context, what string, keys []string) (raws [][]byte, isTyped []bool, err error) {
	var cmds []redis.Cmder
	err = s.call(ctx, what, func(ctx context.Context, db *redis.Client) (err error) {
		cmds, err = db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.Get(ctx, key)
			}
			return nil
		})
		return trouble(cmds, err)
	})
	if err != nil {
		return nil, nil, err
	}
	raws, isTyped = make([][]byte, len(keys)), make([]bool, len(keys))
	for i, cmd := range cmds {
		raw, err := cmd.(*redis.StringCmd).Bytes()
		if isTyped[i] = redis.HasErrorPrefix(err, "WRONGTYPE"); err == nil {
			raws[i] = raw
		}
	}
	return raws, isTyped, nil
}

// trouble is the first error of a pipeline that does not come from one key that is missing or of another type: that is one record, which must not
// fail the others.
func trouble(cmds []redis.Cmder, err error) error {
	harmless := func(err error) bool { return errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE") }
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !harmless(err) {
			return err
		}
	}
	if err == nil || harmless(err) {
		return nil
	}
	return err
}

// rereads is how often a reader looks again at a record that could not be read and was another when it was to be moved.
const rereads = 3

var errType = errors.New("redisstore: the key is of another type")

// claimsNamed gives claims by their IDs, nil where there is none or it cannot be read.
func (s *Store) claimsNamed(ctx context.Context, ids []claims.ID) ([]*claims.Claim, error) {
	cs := make([]*claims.Claim, len(ids))
	which := make([]int, len(ids)) // those that are still to be read
	for i := range ids {
		which[i] = i
	}
	for range rereads {
		keys := make([]string, len(which))
		for i, at := range which {
			keys[i] = s.keyOf("claim", string(ids[at]))
		}
		raws, isTyped, err := s.read(ctx, "get", keys)
		if err != nil {
			return nil, err
		}
		var again []int
		for i, at := range which {
			if raws[i] == nil && !isTyped[i] {
				continue
			}
			id := ids[at]
			bad := torn{name: "claims/" + string(id), key: keys[i], id: string(id), want: "string", why: errType}
			if !isTyped[i] {
				c, err := decodeClaim(raws[i], id)
				if err == nil {
					cs[at] = c
					continue
				}
				bad.seen, bad.want, bad.why = raws[i], "", err
			}
			if !errors.Is(bad.why, claims.ErrNewer) && !s.setAside(ctx, bad) {
				again = append(again, at)
			}
		}
		if which = again; len(which) == 0 {
			break
		}
	}
	return cs, ctx.Err()
}
