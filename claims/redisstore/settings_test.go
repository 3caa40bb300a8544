package redisstore_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

func TestUnsafeSettings(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no append-only file", []string{"--appendonly", "no"}, "appendonly yes"},
		{"a sync a second", []string{"--appendfsync", "everysec"}, "appendfsync always"},
		{"eviction", []string{"--maxmemory-policy", "allkeys-lru"}, "maxmemory-policy noeviction"},
		{"settings not told", []string{"--rename-command", "CONFIG", ""}, "does not tell its settings"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, _, _ := claimstest.StartRedis(t, test.args...)
			_, err := redisstore.Open(t.Context(), url, redisstore.Options{})
			if !errors.Is(err, redisstore.ErrUnsafe) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open: %v, want ErrUnsafe that names %q", err, test.want)
			}
			var logged bytes.Buffer
			s := open(t, url, redisstore.Options{Unsafe: true, Log: slog.New(slog.NewTextHandler(&logged, nil))})
			if !strings.Contains(logged.String(), "level=WARN") || !strings.Contains(logged.String(), test.want) {
				t.Errorf("the log says %q, want a warning that names %q", logged.String(), test.want)
			}
			if err := s.Commit(t.Context(), claimstest.NewChange(claims.Put{After: claimstest.NewClaim(1, time.Now())})); err != nil {
				t.Errorf("Commit: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	url, stop, _ := claimstest.StartRedis(t, "--requirepass", "correct-horse")
	host := strings.TrimPrefix(url, "redis://")
	tests := []struct {
		name, address, prefix string
		want                  error
	}{
		{name: "no address", address: ""},
		{name: "another scheme", address: "http://" + host},
		{name: "a port that is none", address: "redis://:battery-staple@127.0.0.1:port/0"},
		{name: "a database that is none", address: "redis://:battery-staple@127.0.0.1/first"},
		{name: "no password", address: url, want: claims.ErrUnavailable},
		{name: "a wrong password", address: "redis://:battery-staple@" + host, want: claims.ErrUnavailable},
		{name: "a prefix without a hash tag", address: "redis://:correct-horse@" + host, prefix: "dalel"},
	}
	for _, test := range tests {
		_, err := redisstore.Open(t.Context(), test.address, redisstore.Options{Prefix: test.prefix})
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want an error that is %v", test.name, err, test.want)
		} else if strings.Contains(err.Error(), "battery") || strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: %v: shows the password", test.name, err)
		}
	}
	open(t, "redis://:correct-horse@"+host, redisstore.Options{})

	stop()
	began := time.Now()
	_, err := redisstore.Open(t.Context(), url, redisstore.Options{})
	if !errors.Is(err, claims.ErrUnavailable) || !strings.Contains(err.Error(), strings.TrimSuffix(host, "/0")) {
		t.Errorf("Open without a server: %v, want ErrUnavailable with its address", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Open without a server took %v", took)
	}
}
