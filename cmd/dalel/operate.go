package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"slices"

	"github.com/alecthomas/kong"

	"dalel/claims"
)

// storeFile is the embedded store in the data directory.
const storeFile = "claims.db"

// keeper is the operator as the desk sees who lists and looks: an editor, because nothing of the queue is hidden from who keeps the store.
func keeper() claims.Account {
	return claims.Account{ID: "operator", Name: "operator", Roles: []claims.Role{claims.RoleEditor}}
}

// operate does an operator's work on the store where it can be done: a store that many processes share is opened here, beside the servers that use
// it; the embedded one has one owner, so where a server runs the same command is carried out in it. Else this process opens the store, and nothing
// but it.
func (c Common) operate(p program, work func(program, *home) error) error {
	if p.home != nil {
		return work(p, p.home)
	}
	shown := barOn(p.stderr)
	defer shown.clear()
	p.stdout, p.stderr, p.progress = shown.over(p.stdout), shown.over(p.stderr), shown.tell
	log := c.quietly(p.stderr)
	if c.embedded() {
		if server := c.running(p.ctx, log); server != nil {
			return server.exec(p)
		}
		if _, err := os.Stat(c.path(storeFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("nothing is kept in %s: it has no %s. Another data directory is named with --data", c.Data, storeFile)
		}
	}
	h, err := openDesk(p.ctx, c, false, log)
	if err != nil {
		return err
	}
	return errors.Join(work(p, h), h.Close())
}

// embedded reports whether the store is the file in the data directory.
func (c Common) embedded() bool { return c.Store == "bolt" }

// openDesk opens the store and a desk on it: operators need neither index nor archive. restore opens also what an interrupted restore has left.
func openDesk(ctx context.Context, c Common, restore bool, log *slog.Logger) (*home, error) {
	if c.embedded() {
		if err := c.makeData(); err != nil {
			return nil, err
		}
	}
	store, err := c.openStore(ctx, restore, log)
	if err != nil {
		return nil, err
	}
	return &home{store: store, desk: claims.NewDesk(store, nil, claims.Options{Log: log}), closers: []io.Closer{store}}, nil
}

// asked is the command as a server is to read it: with what the environment has set here, and without the settings of Common, which the server has
// of its own.
func (p program) asked() ([]string, error) {
	if p.line != nil {
		return p.line, nil
	}
	own, err := commonFlags()
	if err != nil {
		return nil, err
	}
	var line []string
	node := p.parsed.Selected()
	for at := node; at.Parent != nil; at = at.Parent {
		line = append(line, at.Name)
	}
	slices.Reverse(line)
	for _, f := range p.parsed.Flags() {
		if own[f.Name] || f.Target.IsZero() && !f.HasDefault {
			continue
		}
		if f.Target.Kind() != reflect.Slice {
			line = append(line, fmt.Sprintf("--%s=%v", f.Name, f.Target.Interface()))
			continue
		}
		for i := range f.Target.Len() {
			line = append(line, fmt.Sprintf("--%s=%v", f.Name, f.Target.Index(i).Interface()))
		}
	}
	line = append(line, "--")
	for _, arg := range node.Positional {
		line = append(line, fmt.Sprint(arg.Target.Interface()))
	}
	return line, nil
}

// commonFlags are the names of the flags that every command on a data directory has.
func commonFlags() (map[string]bool, error) {
	parser, err := kong.New(new(Common), standards())
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, f := range parser.Model.Flags {
		names[f.Name] = true
	}
	return names, nil
}
