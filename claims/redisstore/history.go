package redisstore

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// History gives all events of a claim, oldest first. Where what stands before the JSON of its record is gone, the number of its first event is gone
// too, and the event is found in the log alone.
func (s *Store) History(ctx context.Context, id claims.ID) ([]claims.Event, error) {
	numbers, err := s.historyOf(ctx, id)
	if err != nil {
		return nil, err
	}
	var es []claims.Event
	for some := range slices.Chunk(numbers, page) {
		var cmds []redis.Cmder
		err := s.call(ctx, "history", func(ctx context.Context, db *redis.Client) (err error) {
			cmds, err = db.Pipelined(ctx, func(p redis.Pipeliner) error {
				for _, n := range some {
					p.XRange(ctx, s.key("log"), eventID(n), eventID(n))
				}
				return nil
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, cmd := range cmds {
			for _, m := range cmd.(*redis.XMessageSliceCmd).Val() {
				es = append(es, s.decodeEvent(ctx, m))
			}
		}
	}
	return es, nil
}

// historyOf gives the numbers of a claim's events: the first from the record, the others from the list.
func (s *Store) historyOf(ctx context.Context, id claims.ID) ([]int64, error) {
	var head *redis.StringCmd
	var list *redis.StringSliceCmd
	err := s.call(ctx, "history", func(ctx context.Context, db *redis.Client) error {
		cmds, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			head = p.GetRange(ctx, s.keyOf("claim", string(id)), 0, headSize-1)
			list = p.LRange(ctx, s.keyOf("history", string(id)), 0, -1)
			return nil
		})
		return trouble(cmds, err)
	})
	if err != nil {
		return nil, err
	}
	var numbers []int64
	if _, first, _, err := openHead([]byte(head.Val())); err == nil && first > 0 {
		numbers = append(numbers, first)
	}
	for _, text := range list.Val() {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}
