package redisstore

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// others calls f for each node that may come to serve the store's keys: all of a cluster, and the replicas that sentinels know. It gives the
// first error of f. What cannot be found out is passed over: f is for looking, before there is anything to lose.
func (v *servers) others(ctx context.Context, a address, f func(ctx context.Context, addr string, db *redis.Client) error) error {
	within, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var mu sync.Mutex
	var first error
	each := func(ctx context.Context, db *redis.Client) error {
		err := f(ctx, db.Options().Addr, db)
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		return nil
	}
	if v.cluster != nil {
		_, _ = v.cluster.ForEachMaster(within, each), v.cluster.ForEachSlave(within, each)
		return first
	}
	if a.sentinel {
		for _, addr := range v.replicasOf(within, a) {
			o := v.options
			o.Addr = addr
			db := redis.NewClient(&o)
			if err := errors.Join(each(within, db), db.Close()); err != nil {
				return err
			}
		}
	}
	return first
}

// replicasOf asks sentinels, one after the other, which replicas the master has.
func (v *servers) replicasOf(ctx context.Context, a address) []string {
	for _, host := range a.hosts {
		o := v.options
		o.Addr, o.DB, o.Username, o.Password = host, 0, "", ""
		sentinel := redis.NewSentinelClient(&o)
		found, err := sentinel.Replicas(ctx, a.master).Result()
		sentinel.Close()
		if err != nil {
			continue
		}
		var addrs []string
		for _, r := range found {
			addrs = append(addrs, net.JoinHostPort(r["ip"], r["port"]))
		}
		return addrs
	}
	return nil
}

// infoOf reads a section of what a server says of itself.
func infoOf(ctx context.Context, db *redis.Client, section string) (map[string]string, error) {
	text, err := db.Info(ctx, section).Result()
	if err != nil {
		return nil, err
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			info[name] = value
		}
	}
	return info, nil
}
