package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/redisstore"
)

// usageError is a mistake of the caller's, for which the exit code is 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// What holds where nothing else is set.
const (
	defaultAddr = "localhost:8080"
	defaultData = "dalel-data"
)

// Common are the settings of every command that works on a data directory.
type Common struct {
	Data          string `help:"Data directory: claims, index and archive." default:"${data}" type:"path" placeholder:"DIR"`
	BaseURL       string `help:"Public address of the service, for links. Default: where it listens." name:"base-url" placeholder:"URL"`
	Store         string `help:"Where claims are kept: 'bolt' in the data directory, or an address of Redis: ${stores}." default:"bolt" placeholder:"STORE"`
	StoreUnsafe   bool   `help:"Accept a Redis that may lose acknowledged writes (not 'appendfsync always' or not 'noeviction')."`
	StoreReplicas int    `help:"How many replicas of Redis must have a change before it is acknowledged: 0 decides by what is there, -1 is none." default:"0" placeholder:"N"`
	Sources       string `help:"Source register to use instead of the built-in one." type:"existingfile" placeholder:"FILE"`
	LogLevel      string `help:"What is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

// Validate refuses what no command can work with; the parser calls it.
func (c Common) Validate() error {
	if c.StoreReplicas < -1 {
		return errors.New("--store-replicas is a number of replicas, 0 or -1")
	}
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.public())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("--base-url is an address such as https://dalel.example.org")
	}
	return nil
}

// public is the address that was set for links, or empty.
func (c Common) public() string { return strings.TrimRight(c.BaseURL, "/") }

// logger writes to w what the settings ask for.
func (c Common) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// path is a place in the data directory.
func (c Common) path(name string) string { return filepath.Join(c.Data, name) }

// makeData makes the data directory. Claims are nobody else's to read.
func (c Common) makeData() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data directory %s: %w", c.Data, err)
	}
	return nil
}

// redisAddresses are the forms that --store has beside 'bolt'.
const redisAddresses = "redis://[:password@]host:port/db, redis+sentinel://host:port,host:port/db?master=NAME, " +
	"redis+cluster://host:port,host:port; with rediss for TLS"

// onRedis reports whether the store is an address of Redis. What is wrong with the address itself, the store says.
func (c Common) onRedis() bool {
	scheme, rest, found := strings.Cut(c.Store, "://")
	kind, how, compound := strings.Cut(scheme, "+")
	return found && rest != "" && (kind == "redis" || kind == "rediss") && (!compound || how == "sentinel" || how == "cluster")
}

// openStore opens the store that the settings name. restore opens also one that an interrupted restore has left, for another restore.
func (c Common) openStore(ctx context.Context, restore bool, log *slog.Logger) (claims.Store, error) {
	if c.embedded() {
		store, err := boltstore.Open(c.path(storeFile), boltstore.Options{Log: log, Restore: restore})
		if errors.Is(err, claims.ErrLocked) {
			return nil, fmt.Errorf("the data directory %s is in use by another dalel: stop it, or give another one with --data (%w)", c.Data, err)
		}
		if err != nil {
			return nil, err
		}
		return store, nil
	}
	if !c.onRedis() {
		return nil, usagef("--store is 'bolt' or %s", redisAddresses)
	}
	store, err := redisstore.Open(ctx, c.Store, redisstore.Options{Log: log, Unsafe: c.StoreUnsafe, Replicas: c.StoreReplicas, Restore: restore})
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", redacted(c.Store), err)
	}
	return store, nil
}

// redacted is a setting's value as it may be shown: without the password of an address.
func redacted(value string) string {
	if u, err := url.Parse(value); err == nil && u.User != nil {
		return u.Redacted()
	}
	if i := strings.LastIndex(value, "@"); i >= 0 && strings.Contains(value, "://") {
		return value[:strings.Index(value, "://")+3] + "xxxxx" + value[i:]
	}
	return value
}

// checkAddr refuses what cannot be listened on before anything is opened.
func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return usagef("--addr is HOST:PORT, for example localhost:8080")
	}
	return nil
}
