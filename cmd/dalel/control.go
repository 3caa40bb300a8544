package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"dalel/claims"
)

// control is how commands on the same machine reach the server that has their data directory: where it listens, and a token that it
// made at its start. The file can be read by its owner alone.
type control struct {
	URL   string        `json:"url"`
	Token claims.Secret `json:"token"`
}

const controlFile = "serve.json"

// write leaves the control file in a data directory, whole or not at all.
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
	if _, err := f.Write(b); err != nil {
		return fmt.Errorf("control file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("control file: %w", err)
	}
	return os.Rename(f.Name(), filepath.Join(dir, controlFile))
}

// readControl gives what a server has left in a data directory, or an error that is fs.ErrNotExist.
func readControl(dir string) (control, error) {
	b, err := os.ReadFile(filepath.Join(dir, controlFile))
	if err != nil {
		return control{}, err
	}
	var c control
	if err := json.Unmarshal(b, &c); err != nil {
		return control{}, fmt.Errorf("control file: %w", err)
	}
	return c, nil
}
