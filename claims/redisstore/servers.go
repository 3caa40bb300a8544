package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// servers are a server, a master that sentinels watch, or a cluster: whatever serves the store's keys, which all are in one slot.
type servers struct {
	client  redis.UniversalClient
	cluster *redis.ClusterClient // client, where it is a cluster
	tag     string               // the hash tag of all keys
	options redis.Options        // of a client of one node

	mu    sync.Mutex
	named map[string]*redis.Client // nodes that a redirection has named, by address
}

// maxRedirects is how often one call follows a redirection, or a cluster that has another master now.
const maxRedirects = 4

// protocol is RESP2: with the third the client looks before each answer whether the server says something by itself, which it never does here.
const protocol = 2

// unreachedError says that no connection came about, so that nothing was sent.
type unreachedError struct{ error }

func (e unreachedError) Unwrap() error { return e.error }

// connect makes clients, and no connection yet. size is the number of connections to a server where the address does not say.
func connect(a address, tag string, size int) (*servers, error) {
	v := &servers{tag: tag, named: map[string]*redis.Client{}}
	v.options = redis.Options{Username: a.user, Password: a.password, DB: a.db, TLSConfig: a.tls}
	if a.plain != "" {
		o, err := redis.ParseURL(a.plain)
		if err != nil { // it may show the password
			return nil, fmt.Errorf("redisstore: %w: its database or a parameter cannot be read", errAddress)
		}
		v.options = *o
	}
	tune(&v.options, size)
	o := &v.options
	switch {
	case a.cluster:
		v.cluster = redis.NewClusterClient(&redis.ClusterOptions{Addrs: a.hosts, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
			MaxRetries: o.MaxRetries, DialerRetries: o.DialerRetries, DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
			PoolTimeout: o.PoolTimeout, ContextTimeoutEnabled: true, PoolSize: o.PoolSize, PipelinePoolSize: -1, Protocol: o.Protocol, DisableIdentity: true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}})
		v.cluster.OnNewNode(func(node *redis.Client) { node.AddHook(dialHook{}) })
		v.client = v.cluster
	case a.sentinel:
		master := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: a.master, SentinelAddrs: a.hosts, Username: o.Username, Password: o.Password,
			DB: o.DB, TLSConfig: o.TLSConfig, MaxRetries: o.MaxRetries, DialerRetries: o.DialerRetries, DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout,
			WriteTimeout: o.WriteTimeout, PoolTimeout: o.PoolTimeout, ContextTimeoutEnabled: true, PoolSize: o.PoolSize, PipelinePoolSize: -1,
			Protocol: o.Protocol, DisableIdentity: true})
		master.AddHook(dialHook{})
		v.client = master
	default:
		server := redis.NewClient(&v.options)
		server.AddHook(dialHook{})
		v.client = server
	}
	return v, nil
}

// tune sets a client's settings. It tries nothing twice: what may be tried again is decided in call, where it is known what was sent.
func tune(o *redis.Options, size int) {
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = dialTimeout, timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	o.PoolSize = cmp.Or(o.PoolSize, size)
	o.PipelinePoolSize = -1
	o.Protocol = protocol
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// node gives the client of the server that has the keys.
func (v *servers) node(ctx context.Context) (*redis.Client, error) {
	if v.cluster != nil {
		node, err := v.cluster.MasterForKey(ctx, v.tag)
		if err != nil {
			err = unreachedError{err}
		}
		return node, err
	}
	return v.client.(*redis.Client), nil
}

// do runs f on the node that has the keys, again on another one where the first says that they are there now, or is gone and has a successor. f must
// be harmless when repeated, also after a part of it was done. While the keys are on their way from one node to another (ASK, TRYAGAIN) a script
// that needs several can run on neither, so that nobody follows there: calls fail until they have arrived.
func (v *servers) do(ctx context.Context, f func(ctx context.Context, db *redis.Client) error) error {
	db, err := v.node(ctx)
	if err != nil {
		return err
	}
	for redirects := 0; ; redirects++ {
		err = f(ctx, db)
		if err == nil || v.cluster == nil || redirects == maxRedirects {
			return err
		}
		next := v.next(ctx, db, err)
		if next == nil {
			return err
		}
		db = next
	}
}

// next gives the node on which a call is to be made again after an error, nil for none.
func (v *servers) next(ctx context.Context, db *redis.Client, err error) *redis.Client {
	if to, moved := redis.IsMovedError(err); moved {
		v.cluster.ReloadState(ctx)
		return v.at(to)
	}
	var said redis.Error
	if errors.As(err, &said) {
		return nil
	}
	v.cluster.ReloadState(ctx) // for the next call, if not for this one
	if lost(err) {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, reloadTimeout)
	defer cancel()
	// ForEachMaster reads anew which node has what before it begins.
	_ = v.cluster.ForEachMaster(within, func(context.Context, *redis.Client) error { return nil })
	now, err := v.node(ctx)
	if err != nil || now == db {
		return nil
	}
	return now
}

// at gives a client of a node that was named, before the cluster client knows it; nil where the store is closed.
func (v *servers) at(addr string) *redis.Client {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.named == nil {
		return nil
	}
	if v.named[addr] == nil {
		o := v.options
		o.Addr = addr
		v.named[addr] = redis.NewClient(&o)
		v.named[addr].AddHook(dialHook{})
	}
	return v.named[addr]
}

// close ends all connections.
func (v *servers) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.client.Close()
	for _, c := range v.named {
		err = errors.Join(err, c.Close())
	}
	v.named = nil
	return err
}

// A dialHook marks errors of connecting: what failed there was not sent. Of sentinels that cannot be reached, too.
type dialHook struct{}

func (dialHook) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err != nil {
			err = unreachedError{err}
		}
		return conn, err
	}
}

func (dialHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (dialHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
