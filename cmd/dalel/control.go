package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"dalel/claims"
)

// control is how commands on the same machine reach the server that has their data directory: where it listens, and a token that it
// made at its start. The file can be read by its owner alone.
type control struct {
	URL   string        `json:"url"`
	Token claims.Secret `json:"token"`
}

const controlFile = "serve.json"

// write leaves the control file in a data directory, whole or not at all, also when the power fails.
func (c control) write(dir string) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, controlFile+".*")
	if err != nil {
		return fmt.Errorf("control file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("control file: %w", err)
	}
	return os.Rename(f.Name(), filepath.Join(dir, controlFile))
}

// readControl gives what a server has left in a data directory. The error is fs.ErrNotExist where there is nothing.
func readControl(dir string) (control, error) {
	b, err := os.ReadFile(filepath.Join(dir, controlFile))
	if err != nil {
		return control{}, err
	}
	return parseControl(b)
}

func parseControl(b []byte) (control, error) {
	var c control
	if err := json.Unmarshal(b, &c); err != nil {
		return control{}, fmt.Errorf("control file: %w", err)
	}
	if c.URL == "" || c.Token == "" {
		return control{}, errors.New("control file: it names no server")
	}
	return c, nil
}

// running gives a client of the server that has the data directory, or nil where none runs. A control file that cannot be read says
// nothing of that: should there be a server all the same, the data directory is locked.
func (c Common) running(ctx context.Context, log *slog.Logger) *client {
	left, err := readControl(c.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		log.WarnContext(ctx, "cannot be read, going on without it", "file", c.path(controlFile), "error", err)
		return nil
	}
	// A transport of its own: a proxy for the web, which the default one takes from the environment, is not on the way to this machine.
	conn := &client{http: &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}, base: left.URL, token: left.Token,
		closes: func() error { return nil }}
	if !conn.alive(ctx) {
		return nil
	}
	return conn
}

// alive reports whether the server that made the token is still there. After a crash its port may be another program's, also another
// dalel's with other data. A server that knows the token refuses an administrator the claims; it need not ask its store for that, so
// it is recognised while the store is away.
func (c *client) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := c.do(ctx, http.MethodGet, "/v1/claims", nil, nil)
	refused, ok := errors.AsType[*problem](err)
	return ok && refused.Code == "forbidden"
}
