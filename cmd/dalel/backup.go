package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dalel/claims"
)

type backupCmd struct {
	Common
	File  string `arg:"" help:"Where the backup goes, or - for standard output."`
	Force bool   `help:"Replace a file that is there."`
}

// aside is the file's name while it is written.
const aside = ".partial"

// toStdout names standard output.
const toStdout = "-"

// Run copies the store into a file. Where a server does it, it sends the backup, and the file is written here.
func (b backupCmd) Run(p program) error {
	if b.File == toStdout {
		if terminal(p.stdout) {
			return usagef("a backup is not for reading: name a file, or send standard output to one")
		}
		return b.operate(p, b.copy)
	}
	if p.home != nil {
		return usagef("a server writes no files: it gives a backup as %s", toStdout)
	}
	return b.intoFile(func(to io.Writer) error {
		p.stdout, p.line = to, []string{"backup", "--", toStdout}
		return b.operate(p, b.copy)
	})
}

// copy writes the backup to standard output, and what it holds to standard error.
func (b backupCmd) copy(p program, h *home) error {
	began := time.Now()
	to := &counter{to: p.stdout}
	buffered := bufio.NewWriterSize(to, 64<<10)
	info, err := claims.Backup(p.ctx, h.store, buffered, p.progress)
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return err
	}
	return say(p.stderr, fmt.Sprintf("Backed up %s: %s in %s.", holds(info), size(to.n), time.Since(began).Round(time.Millisecond)))
}

// holds says what a backup holds.
func holds(info claims.BackupInfo) string {
	var parts []string
	for _, kind := range []struct {
		kind claims.ItemKind
		word string
	}{{claims.ItemClaim, "claim"}, {claims.ItemSubmission, "request"}, {claims.ItemEvent, "event"}, {claims.ItemAccount, "account"}} {
		parts = append(parts, counted(info.Items[kind.kind], kind.word))
	}
	if n := info.Items[claims.ItemDamaged]; n > 0 {
		parts = append(parts, counted(n, "record")+" that cannot be read")
	}
	return strings.Join(parts, ", ")
}

// intoFile has f write the file, which has its name only when it is whole and on the disk.
func (b backupCmd) intoFile(f func(io.Writer) error) error {
	if _, err := os.Lstat(b.File); err == nil && !b.Force {
		return fmt.Errorf("%s is there already: name another file, or replace it with --force", b.File)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(b.File+aside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // it holds what people asked
	if err != nil {
		return err
	}
	err = f(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), b.File); err != nil {
		return err
	}
	return syncDir(filepath.Dir(b.File))
}

// syncDir makes a new name in a directory outlast the power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// counter counts what is written through it, in bytes.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}
