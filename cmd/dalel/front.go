package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"
)

// A front answers for the site until there is one: that the process lives, and to all else that it is too early.
type front struct{ site atomic.Pointer[http.Handler] }

// open lets the site answer from now on.
func (f *front) open(site http.Handler) { f.site.Store(&site) }

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if site := f.site.Load(); site != nil {
		(*site).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/healthz" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"ok"}`) // nobody is left to tell where the client has gone
		return
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "Dalel is starting. Try again in a second.", http.StatusServiceUnavailable)
}

// listen opens the address, early, so that one that cannot be used is found out before the work begins.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("cannot listen on %s: another program uses the port. Choose another one with --addr (%w)", addr, err)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return l, nil
}

// newServer is an HTTP server that slow or hostile clients cannot hold up.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}

// stop lets the server finish what it was asked, and cuts off what takes longer than patience. ctx may have ended.
func stop(ctx context.Context, server *http.Server, patience time.Duration, log *slog.Logger) error {
	log.InfoContext(ctx, "stopping")
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := server.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		log.WarnContext(ctx, "requests took too long to finish and were cut off", "patience", patience.String())
		return server.Close()
	}
	return err
}
