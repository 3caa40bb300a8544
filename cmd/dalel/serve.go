package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"dalel/claims"
)

type serveCmd struct {
	Common
	Addr         string        `help:"Address to listen on." default:"${addr}" placeholder:"HOST:PORT"`
	Lease        time.Duration `help:"How long a reviewer holds a claim." default:"30m"`
	SingleReview bool          `help:"Publish a finding without a second reviewer."`
	CrawlEvery   time.Duration `help:"Crawl the sources again after this time; 0 never." default:"0s"`
	Contact      string        `help:"Address at which a site's owner learns who crawls, for the User-Agent. Default: --base-url." placeholder:"URL"`
	PrintConfig  bool          `help:"Print the settings, without secrets, and exit."`
}

// Run serves until a signal, and then finishes what it was asked.
func (s serveCmd) Run(p program) error {
	if err := s.check(); err != nil {
		return err
	}
	if s.PrintConfig {
		return s.printConfig(p.stdout)
	}
	log := s.logger(p.stderr)
	h, err := openHome(p.ctx, s.Common, deskOptions{lease: s.Lease, singleReview: s.SingleReview}, log)
	if err != nil {
		return unlessTold(p.ctx, err)
	}
	return errors.Join(s.serve(p, h, log), h.Close())
}

// unlessTold is an error without what the end of the program's own context brings about: that it was told to end is no failure.
func unlessTold(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (s serveCmd) check() error {
	if err := checkAddr(s.Addr); err != nil {
		return err
	}
	if s.Lease < time.Minute || s.Lease > 24*time.Hour {
		return usagef("--lease is between 1m and 24h")
	}
	if s.CrawlEvery != 0 && s.CrawlEvery < time.Hour {
		return usagef("--crawl-every is 0 or at least 1h")
	}
	return nil
}

// printConfig writes the settings as an environment file.
func (s serveCmd) printConfig(w io.Writer) error {
	for _, kv := range [][2]string{
		{"DALEL_ADDR", s.Addr}, {"DALEL_BASE_URL", s.BaseURL}, {"DALEL_DATA", s.Data}, {"DALEL_STORE", redacted(s.Store)},
		{"DALEL_STORE_UNSAFE", fmt.Sprint(s.StoreUnsafe)}, {"DALEL_STORE_REPLICAS", fmt.Sprint(s.StoreReplicas)},
		{"DALEL_SOURCES", s.Sources}, {"DALEL_LEASE", s.Lease.String()},
		{"DALEL_SINGLE_REVIEW", fmt.Sprint(s.SingleReview)}, {"DALEL_CRAWL_EVERY", s.CrawlEvery.String()}, {"DALEL_CONTACT", s.Contact},
		{"DALEL_LOG_LEVEL", s.LogLevel},
	} {
		if _, err := fmt.Fprintf(w, "%s=%s\n", kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// serve answers and works until the program is told to end, and then finishes what it was asked.
func (s serveCmd) serve(p program, h *home, log *slog.Logger) error {
	listener, err := listen(p.ctx, s.Addr)
	if err != nil {
		return unlessTold(p.ctx, err)
	}
	var doors front
	server := newServer(&doors, log)
	group, ctx := errgroup.WithContext(p.ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return stop(ctx, server, 10*time.Second, log)
	})
	group.Go(func() error { return s.work(ctx, p.stdout, h, listener.Addr(), &doors, log) })
	return unlessTold(p.ctx, group.Wait())
}

// work fills the index, opens the doors, and does whatever is done beside answering.
func (s serveCmd) work(ctx context.Context, out io.Writer, h *home, at net.Addr, doors *front, log *slog.Logger) error {
	if err := h.fill(ctx, log); err != nil {
		return err
	}
	base, token := s.base(at), newToken()
	site, err := h.server(base, token, log)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, site.EndStreams)() // they last as long as their clients do, and would hold up the end
	doors.open(office{home: h, token: token, log: log}.before(ctx, site.Handler()))
	if err := (control{URL: localURL(at), Token: token}).write(s.Data); err != nil {
		return err
	}
	defer os.Remove(s.path(controlFile))
	if err := s.greet(ctx, out, h, base); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.index.Follow(ctx, h.live()...) })
	group.Go(func() error { return h.waiting.Follow(ctx, claims.OpenFeed{Store: h.store}) })
	group.Go(func() error { return h.desk.Run(ctx, time.Second) })
	if s.CrawlEvery > 0 {
		group.Go(func() error {
			h.crawlOnSchedule(ctx, s.CrawlEvery, cmp.Or(s.Contact, s.public()), log)
			return nil
		})
	}
	return group.Wait()
}

// base is the public address: the one that was set, else that of the listener.
func (s serveCmd) base(addr net.Addr) string {
	if set := s.public(); set != "" {
		return set
	}
	host, _, err := net.SplitHostPort(s.Addr)
	_, port, portErr := net.SplitHostPort(addr.String())
	if err != nil || portErr != nil || host == "" || net.ParseIP(host).IsUnspecified() {
		return localURL(addr)
	}
	return "http://" + net.JoinHostPort(host, port)
}

// localURL is how this machine reaches a listener.
func localURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
