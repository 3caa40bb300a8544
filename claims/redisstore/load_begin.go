package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// begin makes sure that the store is empty, and says in it that it is being filled. What an earlier Load has left is removed.
func (l *loading) begin(ctx context.Context) error {
	s := l.store
	interrupted := int64(0)
	err := s.call(ctx, "load", func(ctx context.Context, db *redis.Client) (err error) {
		interrupted, err = db.Exists(ctx, s.key("loading")).Result()
		return err
	})
	if err != nil {
		return err
	}
	if interrupted == 0 {
		if err := l.refuse(ctx); err != nil {
			return err
		}
	}
	mark := func(p redis.Pipeliner) {
		p.Set(ctx, s.key("loading"), newNonce(), 0)
		p.Set(ctx, s.key("pause"), "load", 0)
	}
	if err := l.pipe(ctx, mark); err != nil {
		return err
	}
	if interrupted == 1 {
		return l.clear(ctx)
	}
	// Somebody may have written between the look and the mark.
	if err := l.refuse(ctx); err != nil {
		return errors.Join(err, l.pipe(ctx, func(p redis.Pipeliner) { p.Del(ctx, s.key("loading"), s.key("pause")) }))
	}
	return nil
}

// isFrame reports the keys that also an empty store has.
func (l *loading) isFrame(key string) bool {
	s := l.store
	switch key {
	case s.key("form"), s.key("epoch"), s.key("loading"), s.key("pause"):
		return true
	}
	return false
}

// refuse gives claims.ErrNotEmpty where there is anything.
func (l *loading) refuse(ctx context.Context) error {
	return l.store.scan(ctx, "", func(keys []string) error {
		for _, key := range keys {
			if !l.isFrame(key) {
				return fmt.Errorf("redisstore: load: %w", claims.ErrNotEmpty)
			}
		}
		return nil
	})
}

// clear removes what an earlier Load has left.
func (l *loading) clear(ctx context.Context) error {
	return l.store.scan(ctx, "", func(keys []string) error {
		return l.pipe(ctx, func(p redis.Pipeliner) {
			for _, key := range keys {
				if !l.isFrame(key) {
					p.Unlink(ctx, key)
				}
			}
		})
	})
}
