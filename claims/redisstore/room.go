package redisstore

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	fullAt    = 85          // percent of the memory that Redis may use, from which on nothing new comes in
	lookEvery = time.Second // how long what was seen of the memory holds
)

// A room remembers whether Redis has room for new submissions. What is left above the mark is for those who decide on what is there: a
// desk that cannot even close a claim would never have room again. The zero room has not looked yet.
type room struct {
	mu     sync.Mutex
	looked time.Time
	full   bool
}

// full reports whether new submissions are refused. Of all callers one looks at the memory, once in a while; where that fails, what was seen
// before holds, and the call itself will find out what is wrong.
func (s *Store) full(ctx context.Context) bool {
	r := &s.room
	r.mu.Lock()
	due := time.Since(r.looked) >= lookEvery
	if due {
		r.looked = time.Now()
	}
	full := r.full
	r.mu.Unlock()
	if !due {
		return full
	}
	var info map[string]string
	_, err := s.try(ctx, ctx, func(ctx context.Context, db *redis.Client) (err error) {
		info, err = infoOf(ctx, db, "memory")
		return err
	})
	if err != nil {
		return full
	}
	full = isFull(info)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full = full
	return full
}

// isFull reads what Redis says of its memory. A limit of 0 is none. Buffers for replicas and the append-only file do not count towards it.
func isFull(info map[string]string) bool {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(info[name], 10, 64)
		return n
	}
	most := number("maxmemory")
	return most > 0 && 100*(number("used_memory")-number("mem_not_counted_for_evict")) >= fullAt*most
}
