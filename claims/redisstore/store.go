package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"dalel/claims"
)

// Options are a store's settings. The zero value has its defaults.
type Options struct {
	// Prefix begins every key and must be one hash tag in braces, as "{dalel}", the default. Stores with other prefixes are apart.
	Prefix string

	// Replicas is how many replicas must have a change before it is acknowledged. 0 is one with Sentinel, or where the master has any
	// when the store is opened, else none. A negative number is none.
	Replicas int

	// Unsafe opens the store although Redis may lose what it acknowledged, or will not tell its settings. It is logged as a warning.
	Unsafe bool

	// Restore opens also what an interrupted Load has left: that is no store, and Load is all that can be done with it.
	Restore bool

	Log *slog.Logger // nil logs nothing
}

// Deadlines and pools.
const (
	openTimeout   = 3 * time.Second        // of Open
	timeout       = 2 * time.Second        // of every call, all attempts together
	dialTimeout   = time.Second            // shorter, so that a server that cannot be reached is told from one that does not answer
	reloadTimeout = 500 * time.Millisecond // of looking which node of a cluster has the keys
	poolSize      = 64                     // connections, where the address does not say
	waitingPool   = 128                    // connections of callers that wait for events, each its own
)

// A Store is a claims.Store in Redis. Many processes may share one.
type Store struct {
	db       *servers
	waiting  *servers // of Events, so that those who wait take no connection from those who work
	prefix   string
	address  address
	replicas int // that must have a change
	breaker  breaker
	room     room
	clock    clock
	log      *slog.Logger
	closed   chan struct{}
	close    sync.Once
}

var _ claims.Store = (*Store)(nil)

// Open connects to Redis: a server at redis://[user:password@]host:port/db; the master that sentinels know under a name, at
// redis+sentinel://[user:password@]host:port[,host:port…]/db?master=NAME, where user and password are those of the master and its replicas; or
// a cluster, of which some nodes are enough, at redis+cluster://[user:password@]host:port[,host:port…]. With rediss in front it is TLS.
//
// It gives claims.ErrUnavailable, wrapped, within three seconds when Redis cannot be reached, and ErrUnsafe, wrapped, when it may lose what it
// acknowledged. A database that another form of the store has filled is refused, and a Redis before version 7. No error shows the password.
func Open(ctx context.Context, at string, o Options) (*Store, error) {
	a, err := parseAddress(at)
	if err != nil {
		return nil, err
	}
	prefix := cmp.Or(o.Prefix, "{dalel}")
	if len(prefix) < 3 || prefix[0] != '{' || prefix[len(prefix)-1] != '}' {
		return nil, fmt.Errorf("redisstore: the prefix %q must be a hash tag, as {dalel}", prefix)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	logging.Disable() // the client prints to standard error what it also returns

	db, err := connect(a, prefix, poolSize)
	if err != nil {
		return nil, err
	}
	waiting, err := connect(a, prefix, waitingPool)
	if err != nil {
		return nil, errors.Join(err, db.close())
	}
	s := &Store{db: db, waiting: waiting, prefix: prefix, address: a, log: o.Log, closed: make(chan struct{})}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.prepare(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare looks whether Redis is there and safe, and whether the store is.
func (s *Store) prepare(ctx context.Context, o Options) error {
	if err := s.checkVersion(ctx); err != nil {
		return fmt.Errorf("redisstore: open %s: %w", s.address, err)
	}
	switch err := s.checkSettings(ctx); {
	case err != nil && o.Unsafe && errors.Is(err, ErrUnsafe):
		s.log.WarnContext(ctx, "redis may lose acknowledged changes, opened all the same", "address", s.address.String(), "error", err)
	case err != nil:
		return err
	}
	if _, err := s.found(ctx, false); err != nil && !(o.Restore && errors.Is(err, errLoading)) {
		return fmt.Errorf("redisstore: open %s: %w", s.address, err)
	}
	return s.countReplicas(ctx, o.Replicas)
}

// Close wakes up whoever waits for events and closes all connections. The second call does nothing.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		close(s.closed)
		err = errors.Join(s.waiting.close(), s.db.close())
	})
	return err
}

// key is a key under the store's hash tag.
func (s *Store) key(kind string) string { return s.prefix + ":" + kind }

func (s *Store) keyOf(kind, name string) string { return s.prefix + ":" + kind + ":" + name }
