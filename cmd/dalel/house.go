package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"dalel/api"
	"dalel/claims"
	"dalel/crawler"
	"dalel/index"
)

// A home is everything that works on one data directory, opened in order and closed in the reverse one.
type home struct {
	store    claims.Store
	index    *index.Index
	waiting  *index.Index // open claims, in which near-duplicates are found
	archive  *crawler.Archive
	register crawler.Register
	desk     *claims.Desk
	closers  []io.Closer
}

// deskOptions are the settings of the desk that only serve has.
type deskOptions struct {
	lease        time.Duration
	singleReview bool
}

// openHome opens the store, the index, the archive and the desk on them. What was opened before something failed is closed again.
func openHome(ctx context.Context, c Common, o deskOptions, log *slog.Logger) (*home, error) {
	h := &home{}
	if err := h.open(ctx, c, o, log); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *home) open(ctx context.Context, c Common, o deskOptions, log *slog.Logger) (err error) {
	if err := c.makeData(); err != nil {
		return err
	}
	if h.register, err = c.register(); err != nil {
		return err
	}
	if h.store, err = c.openStore(ctx, false, log); err != nil {
		return err
	}
	h.closers = append(h.closers, h.store)
	if err := h.openGuidance(c, log); err != nil {
		return err
	}
	shared, err := api.SharedSentences()
	if err != nil {
		return err
	}
	h.desk = claims.NewDesk(h.store, h.index, claims.Options{Lease: o.lease, SingleReview: o.singleReview, Open: h.waiting, Shared: shared, Log: log})
	return nil
}

// openGuidance opens the indexes and the archive.
func (h *home) openGuidance(c Common, log *slog.Logger) (err error) {
	if h.index, err = index.Open(c.path("index"), index.Options{Log: log}); err != nil {
		return c.inUse(err, index.ErrLocked)
	}
	h.closers = append(h.closers, h.index)
	if h.waiting, err = index.Open(c.path("open-claims"), index.Options{Log: log}); err != nil {
		return c.inUse(err, index.ErrLocked)
	}
	h.closers = append(h.closers, h.waiting)
	if h.archive, err = crawler.OpenArchive(c.path("archive")); err != nil {
		return c.inUse(err, crawler.ErrLocked)
	}
	h.closers = append(h.closers, h.archive)
	return nil
}

// register is the source register of the settings.
func (c Common) register() (crawler.Register, error) {
	if c.Sources == "" {
		return crawler.Sources()
	}
	f, err := os.Open(c.Sources)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := crawler.ParseSources(f)
	if err != nil {
		return nil, usagef("%s: %w", c.Sources, err)
	}
	return r, nil
}

// inUse says in the user's words that another process has the data directory.
func (c Common) inUse(err, locked error) error {
	if errors.Is(err, locked) {
		return fmt.Errorf("the data directory %s is in use by another dalel: stop it, or give another one with --data (%w)", c.Data, err)
	}
	return err
}

// live are the logs that grow while the program runs.
func (h *home) live() []index.Feed { return []index.Feed{h.archive, claims.Feed{Store: h.store}} }

// fill brings the index up to date with the starter guidance, which is in the binary, and the live logs. A store that cannot be reached
// just now holds nobody up: guidance answers without it, and whoever follows the live logs has its reviews when it is back.
func (h *home) fill(ctx context.Context, log *slog.Logger) error {
	starter, err := crawler.StarterFeed()
	if err != nil {
		return err
	}
	for _, f := range append([]index.Feed{starter}, h.live()...) {
		err := h.index.CatchUp(ctx, f)
		if errors.Is(err, claims.ErrUnavailable) {
			log.WarnContext(ctx, "the index may lack the newest reviews, they will come later", "feed", f.Name(), "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("filling the index: %w", err)
		}
	}
	return nil
}

// server is the HTTP side of the house.
func (h *home) server(baseURL string, token claims.Secret, log *slog.Logger) (*api.Server, error) {
	sources, err := named(h.register)
	if err != nil {
		return nil, err
	}
	return api.New(api.Config{Desk: h.desk, Index: h.index, Sources: sources, SourceInfo: h.sourceInfo, BaseURL: baseURL, Control: token,
		Version: versionOf(), Log: log})
}

// newToken is a control token for one run.
func newToken() claims.Secret { return claims.Secret("dlr_run_" + rand.Text()) }

// Close closes what was opened, the last first.
func (h *home) Close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i].Close())
	}
	h.closers = nil
	return errors.Join(errs...)
}
