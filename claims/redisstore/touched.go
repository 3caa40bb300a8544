package redisstore

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// begin has writers note what they write. Where another reader has them do so, it waits for its end.
func (r *snapshot) begin(ctx context.Context) error {
	s := r.store
	for {
		begun := int64(0)
		err := s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) (err error) {
			begun, err = beginScript.Run(ctx, db, []string{s.key("touched")}, r.nonce, noteFor.Milliseconds()).Int64()
			return err
		})
		if err != nil {
			return err
		}
		if begun == 1 {
			return nil
		}
		if !pause(ctx, waitForTurn) {
			return ctx.Err()
		}
	}
}

// renew says that this reader is still there.
func (r *snapshot) renew(ctx context.Context) error {
	s := r.store
	return s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) error {
		return db.PExpire(ctx, s.key("touched"), noteFor).Err()
	})
}

// touched gives the keys that were written since the last time, each once.
func (r *snapshot) touched(ctx context.Context) ([]string, error) {
	s := r.store
	var owner *redis.StringCmd
	var list *redis.StringSliceCmd
	err := s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) error {
		cmds, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			owner = p.LIndex(ctx, s.key("touched"), 0)
			list = p.LRange(ctx, s.key("touched"), r.at, -1)
			p.PExpire(ctx, s.key("touched"), noteFor)
			return nil
		})
		return trouble(cmds, err)
	})
	if err != nil {
		return nil, err
	}
	if owner.Val() != r.nonce {
		return nil, failure("snapshot", errForgotten)
	}
	r.at += int64(len(list.Val()))
	seen := map[string]bool{}
	var keys []string
	for _, key := range list.Val() {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// pause makes writers wait, unless they already do for somebody else.
func (r *snapshot) pause(ctx context.Context) (paused bool, err error) {
	s := r.store
	err = s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) error {
		err := db.SetArgs(ctx, s.key("pause"), r.nonce, redis.SetArgs{Mode: "NX", TTL: pauseFor}).Err()
		if redis.Nil == err {
			var whose string
			whose, err = db.Get(ctx, s.key("pause")).Result() // mine, if the first answer was lost
			paused = whose == r.nonce
			if redis.Nil == err {
				err = nil
			}
			return err
		}
		paused = err == nil
		return err
	})
	return paused, err
}

// end lets writers go on, whatever came between.
func (r *snapshot) end(ctx context.Context) error {
	_, err := r.store.endOf(context.WithoutCancel(ctx), r.nonce, "")
	return err
}

// endOf ends the pause of a reader, and reports whether it held until now; with only empty also the note of what is written.
func (s *Store) endOf(ctx context.Context, nonce, only string) (held bool, err error) {
	n := int64(0)
	err = s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) (err error) {
		n, err = endScript.Run(ctx, db, []string{s.key("touched"), s.key("pause")}, nonce, only).Int64()
		return err
	})
	return n == 1, err
}
