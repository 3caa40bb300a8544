package redisstore

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// Range gives a page of indexes together, see claims.Store. The cursor is the member of the last claim given: it is a place in each of them.
func (s *Store) Range(ctx context.Context, after claims.Cursor, limit int, xs ...claims.Index) ([]claims.ID, claims.Cursor, error) {
	if limit < 1 {
		return nil, "", &claims.InvalidError{Field: "limit", Problem: claims.ProblemFormat}
	}
	if err := checkCursor(after); err != nil {
		return nil, "", err
	}
	if len(xs) == 0 {
		return nil, "", ctx.Err()
	}
	from := "-"
	if after != "" {
		from = "(" + string(after)
	}
	var members []string
	err := s.call(ctx, "range", func(ctx context.Context, db *redis.Client) error {
		cmds, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, x := range xs {
				p.ZRangeByLex(ctx, s.keyOf("index", string(x)), &redis.ZRangeBy{Min: from, Max: "+", Count: int64(limit) + 1})
			}
			return nil
		})
		members = nil
		for _, cmd := range cmds {
			members = append(members, cmd.(*redis.StringSliceCmd).Val()...)
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	if len(xs) > 1 {
		slices.Sort(members)
		members = slices.Compact(members) // an index may have been named twice
	}
	then := claims.Cursor("")
	if len(members) > limit {
		members = members[:limit]
		then = claims.Cursor(members[limit-1])
	}
	var ids []claims.ID
	for _, m := range members {
		ids = append(ids, idOf(m))
	}
	return ids, then, nil
}

// Count gives how many claims each index holds.
func (s *Store) Count(ctx context.Context, xs ...claims.Index) ([]int64, error) {
	ns := make([]int64, len(xs))
	if len(xs) == 0 {
		return ns, ctx.Err()
	}
	err := s.call(ctx, "count", func(ctx context.Context, db *redis.Client) error {
		cmds, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, x := range xs {
				p.ZCard(ctx, s.keyOf("index", string(x)))
			}
			return nil
		})
		for i, cmd := range cmds {
			ns[i] = cmd.(*redis.IntCmd).Val()
		}
		return err
	})
	return ns, err
}

// Pick gives heads of indexes together that it does not hide, see claims.Store.
func (s *Store) Pick(ctx context.Context, n int, hold time.Duration, xs ...claims.Index) ([]claims.ID, error) {
	if n < 1 || len(xs) == 0 {
		return nil, ctx.Err()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	keys := []string{s.key("holds")}
	for _, x := range xs {
		keys = append(keys, s.keyOf("index", string(x)))
	}
	var got []string
	err = s.call(ctx, "pick", func(ctx context.Context, db *redis.Client) (err error) {
		got, err = pickScript.Run(ctx, db, keys, now.UnixMilli(), now.Add(hold).UnixMilli(), n).StringSlice()
		return err
	})
	var ids []claims.ID
	for _, id := range got {
		ids = append(ids, claims.ID(id))
	}
	return ids, err
}
