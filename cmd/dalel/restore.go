package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"dalel/claims"
)

type restoreCmd struct {
	Common
	File string `arg:"" help:"The backup." type:"existingfile"`
}

// Run fills an empty store from a backup. The index of the data directory starts over by itself: the log has a new epoch.
func (r restoreCmd) Run(p program) error {
	shown := barOn(p.stderr)
	defer shown.clear()
	p.stdout, p.stderr, p.progress = shown.over(p.stdout), shown.over(p.stderr), shown.tell
	log := r.quietly(p.stderr)
	if r.embedded() && r.running(p.ctx, log) != nil {
		return fmt.Errorf("a server runs on the data directory %s: stop it, then restore", r.Data)
	}
	file, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer file.Close()
	h, err := openDesk(p.ctx, r.Common, true, log)
	if err != nil {
		return err
	}
	return errors.Join(r.fill(p, h.store, file), h.Close())
}

// fill restores the store and checks the log that it has then.
func (r restoreCmd) fill(p program, s claims.Store, file *os.File) error {
	began := time.Now()
	info, err := claims.Restore(p.ctx, s, file, p.progress)
	switch {
	case errors.Is(err, claims.ErrNotEmpty):
		return fmt.Errorf("the store is not empty, and a restore replaces nothing: name another data directory with --data, or another store with --store (%w)", err)
	case errors.Is(err, claims.ErrBackup):
		return fmt.Errorf("%s cannot be restored: %w", r.File, err)
	case err != nil:
		return fmt.Errorf("not restored, and what was begun is no store: the same command begins anew (%w)", err)
	}
	v, err := claims.Verify(p.ctx, s, claims.LogEntry{}, p.progress)
	if err != nil {
		return fmt.Errorf("restored %s, but the event log could not be checked: %w", holds(info), err)
	}
	lines := []string{fmt.Sprintf("Restored %s, as of %s UTC, in %s.", holds(info), day(info.At), time.Since(began).Round(time.Millisecond))}
	if err := say(p.stdout, append(lines, verified(v, claims.LogEntry{})...)...); err != nil {
		return err
	}
	if !v.Sound() {
		return errors.New("the event log is not what was written: it was so in the backup")
	}
	return nil
}
