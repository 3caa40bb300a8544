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
	cs := make([]*claims.Claim, 0, len(ids))
	for some := range slices.Chunk(ids, page) {
		var cmds []redis.Cmder
		err := s.call(ctx, "get", func(ctx context.Context) (err error) {
			cmds, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
				for _, id := range some {
					p.HMGet(ctx, s.keyOf("claim", string(id)), "v", "d")
				}
				return nil
			})
			return unlessWrongType(cmds, err)
		})
		if err != nil {
			return nil, err
		}
		for i, cmd := range cmds {
			id := some[i]
			fields, err := cmd.(*redis.SliceCmd).Result()
			var c *claims.Claim
			if err == nil {
				c, err = decodeClaim(fields, id)
			}
			if err != nil {
				s.setAside(ctx, "claims/"+string(id), err)
				c = nil
			}
			cs = append(cs, c)
		}
	}
	return cs, ctx.Err()
}

// unlessWrongType is the first error of a pipeline that does not come from a key of another type: that is one damaged record, which must
// not fail the others.
func unlessWrongType(cmds []redis.Cmder, err error) error {
	if err == nil {
		return nil
	}
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
			return err
		}
	}
	if !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return err
	}
	return nil
}

// Submission gives what was sent under a ticket, or claims.ErrNotFound, also where the record cannot be read.
func (s *Store) Submission(ctx context.Context, t claims.Ticket) (*claims.Submission, error) {
	const what = "submission"
	var fields []any
	err := s.call(ctx, what, func(ctx context.Context) (err error) {
		fields, err = s.db.HMGet(ctx, s.keyOf("submission", string(t)), "v", "d").Result()
		return err
	})
	var sub *claims.Submission
	if err == nil {
		sub, err = decodeSubmission(fields, t)
	}
	switch {
	case err == nil:
		return sub, nil
	case errors.Is(err, claims.ErrUnavailable), ctx.Err() != nil:
		return nil, err
	case errors.Is(err, claims.ErrNotFound):
		return nil, fmt.Errorf("redisstore: %s: %w", what, err)
	}
	// Tickets are secrets: the list shows the first symbols only.
	s.setAside(ctx, fmt.Sprintf("submissions/%.4s…", t), err)
	return nil, fmt.Errorf("redisstore: %s: its record is damaged: %w", what, claims.ErrNotFound)
}

// setAside notes a record that cannot be read. That it could not be noted is logged and harms no reader.
func (s *Store) setAside(ctx context.Context, name string, why error) {
	var added int64
	err := s.call(context.WithoutCancel(ctx), "set aside", func(ctx context.Context) (err error) {
		added, err = s.db.SAdd(ctx, s.key("damaged"), name).Result()
		return err
	})
	if added > 0 || err != nil {
		s.log.ErrorContext(ctx, "record cannot be read and was set aside", "record", name, "reason", why, "noted", err == nil)
	}
}

// Damaged lists the records that a reader could not read, as "claims/ID", "events/number" and so on.
func (s *Store) Damaged(ctx context.Context) ([]string, error) {
	var names []string
	err := s.call(ctx, "damaged", func(ctx context.Context) (err error) {
		names, err = s.db.SMembers(ctx, s.key("damaged")).Result()
		return err
	})
	slices.Sort(names)
	return names, err
}
