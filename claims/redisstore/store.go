// Package redisstore keeps claims in Redis: the store that many servers share.
//
// # Why
//
// Replicas of the service need one record, one queue and one numbered log. One script commits a change: Redis runs it alone, so versions, once key,
// records, index entries and log move together. The rules of claims are not in it; it compares and writes what [claims.Change] says.
// Optimistic transactions (WATCH) needed 2.5 times as long for a submission and four times for a cycle of the queue, because they
// start over wherever callers meet. Streams alone, or lists, have no order by due time and no entry that can be moved.
//
// What Redis acknowledges is durable only when it syncs its append-only file before it answers, and stays only when it never evicts. So
// Open reads these settings and refuses others, see [Options].
//
// # Keys
//
// All begin with one hash tag, so that scripts stay legal in a cluster:
//
//	{dalel}:claim:<ID>            hash: v (version), d (JSON)
//	{dalel}:submission:<ticket>   hash: v, d
//	{dalel}:index:<name>          sorted set, scores 0; member: 16 hexadecimal digits (score, sign flipped), ":", ID
//	{dalel}:log                   stream, ids <number>-0, field e: JSON
//	{dalel}:head                  number of the last event
//	{dalel}:epoch                 the log's name
//	{dalel}:history:<ID>          list of event numbers
//	{dalel}:once:<key>            string with an expiry: nonce, value
//	{dalel}:holds                 sorted set of what Pick gave, by the end of its hold
//	{dalel}:accounts              hash: ID, JSON
//	{dalel}:credential:<hash>     string, with an expiry where the credential has an end
//	{dalel}:taken:<hash>          string with an expiry: nonce, JSON
//	{dalel}:credentials:<account> sorted set of hashes by their end
//	{dalel}:damaged               set of the names of records that could not be read
//
// Sets are scored 0 and ordered by their members, because a page then begins exactly behind the last one: a numeric score would have to be
// repeated, and whoever has the same score as the cursor be told apart.
package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"dalel/claims"
)

// Options are a store's settings. The zero value has its defaults.
type Options struct {
	// Prefix begins every key and must be one hash tag in braces, as "{dalel}", the default. Stores with other prefixes are apart.
	Prefix string

	// Unsafe opens the store although Redis may lose what it acknowledged, or will not tell its settings. It is logged as a warning.
	Unsafe bool

	Log *slog.Logger // nil logs nothing
}

// Deadlines and pools.
const (
	openTimeout = 3 * time.Second // of Open
	timeout     = 2 * time.Second // of every call, all attempts together
	dialTimeout = time.Second     // shorter, so that a server that cannot be reached is told from one that does not answer
	poolSize    = 64              // connections, where the address does not say
	waitingPool = 128             // connections of callers that wait for events, each its own
)

// A Store is a claims.Store in Redis. Many processes may share one.
type Store struct {
	db      redis.UniversalClient
	waiting redis.UniversalClient // of Events, so that those who wait take no connection from those who work
	prefix  string
	address string
	log     *slog.Logger
	closed  chan struct{}
	close   sync.Once
}

var _ claims.Store = (*Store)(nil)

// Open connects to Redis at redis://[user:password@]host:port/db, or rediss:// for TLS. It gives claims.ErrUnavailable, wrapped, within three
// seconds when Redis cannot be reached, and ErrUnsafe, wrapped, when it may lose what it acknowledged. No error shows the password.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		var parse *url.Error // shows the address, and the password in it
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("redisstore: the address must be redis://[user:password@]host:port/db: %w", err)
	}
	prefix := cmp.Or(o.Prefix, "{dalel}")
	if len(prefix) < 3 || prefix[0] != '{' || prefix[len(prefix)-1] != '}' {
		return nil, fmt.Errorf("redisstore: the prefix %q must be a hash tag, as {dalel}", prefix)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	logging.Disable() // the client prints to standard error what it also returns

	waiting := tuned(*options)
	waiting.PoolSize = waitingPool
	s := &Store{db: redis.NewClient(tuned(*options)), waiting: redis.NewClient(waiting), prefix: prefix, address: options.Addr,
		log: o.Log, closed: make(chan struct{})}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.prepare(ctx, o.Unsafe); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// tuned are the client's settings. It tries nothing twice: what may be tried again is decided in call, where it is known what was sent.
func tuned(o redis.Options) *redis.Options {
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = dialTimeout, timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	o.PoolSize = cmp.Or(o.PoolSize, poolSize)
	o.PipelinePoolSize = -1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &o
}

// prepare looks whether Redis is there and safe, and names the log.
func (s *Store) prepare(ctx context.Context, unsafe bool) error {
	if _, err := s.Now(ctx); err != nil {
		return fmt.Errorf("redisstore: open %s: %w", s.address, err)
	}
	switch err := s.checkSettings(ctx); {
	case err != nil && unsafe && errors.Is(err, ErrUnsafe):
		s.log.WarnContext(ctx, "redis may lose acknowledged changes, opened all the same", "address", s.address, "error", err)
	case err != nil:
		return err
	}
	_, _, err := s.Head(ctx)
	return err
}

// Close wakes up whoever waits for events and closes all connections. The second call does nothing.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		close(s.closed)
		err = errors.Join(s.waiting.Close(), s.db.Close())
	})
	return err
}

// Now is the clock of Redis.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	err = s.call(ctx, "now", func(ctx context.Context) error {
		now, err = s.db.Time(ctx).Result()
		return err
	})
	return claims.Clean(now), err
}

// key is a key under the store's hash tag.
func (s *Store) key(kind string) string { return s.prefix + ":" + kind }

func (s *Store) keyOf(kind, name string) string { return s.prefix + ":" + kind + ":" + name }
