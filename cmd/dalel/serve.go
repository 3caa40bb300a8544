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
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"dalel/claims"
	"dalel/index"
)

type serveCmd struct {
	Common
	Addr         string        `help:"Address to listen on." default:"localhost:8080" placeholder:"HOST:PORT"`
	BaseURL      string        `help:"Public address of the service, for links. Default: that of --addr." name:"base-url" placeholder:"URL"`
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
		return err
	}
	err = s.serve(p, h, log)
	return errors.Join(err, h.Close())
}

func (s serveCmd) check() error {
	if err := checkAddr(s.Addr); err != nil {
		return err
	}
	if s.BaseURL != "" {
		if u, err := url.Parse(s.BaseURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return usagef("--base-url is an address such as https://dalel.example.org")
		}
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
		{"DALEL_STORE_UNSAFE", fmt.Sprint(s.StoreUnsafe)}, {"DALEL_SOURCES", s.Sources}, {"DALEL_LEASE", s.Lease.String()},
		{"DALEL_SINGLE_REVIEW", fmt.Sprint(s.SingleReview)}, {"DALEL_CRAWL_EVERY", s.CrawlEvery.String()}, {"DALEL_CONTACT", s.Contact},
		{"DALEL_LOG_LEVEL", s.LogLevel},
	} {
		if _, err := fmt.Fprintf(w, "%s=%s\n", kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// serve listens, fills the index, and runs everything until the program is told to end.
func (s serveCmd) serve(p program, h *home, log *slog.Logger) error {
	all, live, err := h.feeds()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: is another program using the port? Choose another one with --addr (%w)", s.Addr, err)
	}
	defer listener.Close()
	if err := h.index.CatchUp(p.ctx, all...); err != nil {
		return fmt.Errorf("filling the index: %w", err)
	}
	base := s.base(listener.Addr())
	token := newToken()
	site, err := h.server(base, token, log)
	if err != nil {
		return err
	}
	if err := (control{URL: localURL(listener.Addr()), Token: token}).write(s.Data); err != nil {
		return err
	}
	defer os.Remove(s.path(controlFile))
	if err := s.greet(p, h, base); err != nil {
		return err
	}

	server := &http.Server{Handler: site.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	group, ctx := errgroup.WithContext(p.ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		log.Info("stopping")
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return server.Shutdown(ending)
	})
	group.Go(func() error { return h.index.Follow(ctx, live...) })
	group.Go(func() error { return h.desk.Run(ctx, time.Second) })
	if s.CrawlEvery > 0 {
		group.Go(func() error { return h.crawlOnSchedule(ctx, s.CrawlEvery, cmp.Or(s.Contact, s.BaseURL), log) })
	}
	return group.Wait()
}

// base is the public address: the one that was set, else that of the listener.
func (s serveCmd) base(addr net.Addr) string {
	if s.BaseURL != "" {
		return strings.TrimRight(s.BaseURL, "/")
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

// greet says where to go, and how to sign in where nobody can yet.
func (s serveCmd) greet(p program, h *home, base string) error {
	counts, err := h.index.Count(p.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Dalel %s is running.\n", versionOf())
	fmt.Fprintf(w, "  Check a rumour\t%s/\n", base)
	fmt.Fprintf(w, "  Review desk\t%s/en/desk\n", base)
	fmt.Fprintf(w, "  Guidance\t%d summaries, %d crawled pages, %d published reviews\n",
		total(counts[index.KindSummary]), total(counts[index.KindGuidance]), total(counts[index.KindReview]))
	switch first, err := h.desk.FirstAccount(p.ctx); {
	case err == nil:
		fmt.Fprintf(w, "  Sign in\t%s/en/signin?key=%s\n", base, string(first.Link))
		fmt.Fprintf(w, "  API token\t%s\n", string(first.Token))
		fmt.Fprintln(w, "The link works once, within 72 hours, for the account 'admin'. Link and token are not shown again.")
	case errors.Is(err, claims.ErrConflict):
		fmt.Fprintln(w, "  Sign in\tdalel user link NAME makes a new link; dalel user add --role reviewer NAME a new account")
	default:
		return err
	}
	return w.Flush()
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}
