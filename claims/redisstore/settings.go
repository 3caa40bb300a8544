package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrUnsafe says that Redis may lose what it acknowledged, or does not tell whether it may.
var ErrUnsafe = errors.New("redis may lose what it has acknowledged")

// checkSettings holds Redis to what the store promises: "everysec" loses up to a second of acknowledged changes, and more, with the power; any
// policy but noeviction drops records when memory is short. A replica is held to the same, because it may be the master tomorrow; one that cannot
// be reached is passed over, with a warning.
func (s *Store) checkSettings(ctx context.Context) error {
	err := s.call(ctx, "read settings", func(ctx context.Context, db *redis.Client) error { return checkNode(ctx, db, s.address.String()) })
	if err != nil {
		return err
	}
	return s.db.others(ctx, s.address, func(ctx context.Context, addr string, db *redis.Client) error {
		err := checkNode(ctx, db, addr)
		if err != nil && !errors.Is(err, ErrUnsafe) {
			s.log.WarnContext(ctx, "a node of redis cannot be asked for its settings", "address", addr, "error", err)
			return nil
		}
		return err
	})
}

// checkNode holds one node to the settings.
func checkNode(ctx context.Context, db *redis.Client, addr string) error {
	var wrong []string
	for _, want := range [][2]string{{"appendonly", "yes"}, {"appendfsync", "always"}, {"maxmemory-policy", "noeviction"}} {
		name, value := want[0], want[1]
		got, err := db.ConfigGet(ctx, name).Result()
		var said redis.Error
		if err == nil && got[name] == "" {
			err = redis.Nil
		}
		if errors.As(err, &said) && !isUnavailable(said) {
			return fmt.Errorf("redisstore: %s does not tell its settings (CONFIG GET %s: %v); it must run with appendonly yes, "+
				"appendfsync always and maxmemory-policy noeviction. Allow CONFIG GET, or say that it is to be used unchecked: %w",
				addr, name, err, ErrUnsafe)
		}
		if err != nil {
			return err
		}
		if got[name] != value {
			wrong = append(wrong, fmt.Sprintf("%s %s (it is %s)", name, value, got[name]))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("redisstore: %s is not set up to keep claims. Set in redis.conf, or with CONFIG SET: %s: %w",
			addr, strings.Join(wrong, ", "), ErrUnsafe)
	}
	return nil
}
