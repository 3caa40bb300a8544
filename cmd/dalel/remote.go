package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// exitError is the exit code of a command that has already said why.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exec has the server carry out a command, and prints what it prints.
func (c *client) exec(p program) error {
	args, err := p.asked()
	if err != nil {
		return err
	}
	body, err := json.Marshal(order{Args: args})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, c.base+execPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+string(c.token))
	req.Header.Set("Content-Type", "application/json")
	unhurried := &http.Client{Transport: c.http.Transport} // a backup takes as long as it takes
	resp, err := unhurried.Do(req)
	if err != nil {
		return fmt.Errorf("the server of the data directory: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server of the data directory does not take the command (%s): is it another version of dalel?", resp.Status)
	}
	return hear(resp.Body, p)
}

// hear prints what a server sends of a command until its exit code comes.
func hear(from io.Reader, p program) error {
	for lines := json.NewDecoder(from); ; {
		var f frame
		if err := lines.Decode(&f); err != nil {
			return errors.Join(errors.New("the server ended before the command did"), p.ctx.Err(), unlessEnd(err))
		}
		var err error
		switch {
		case f.Exit != nil && *f.Exit == 0:
			return nil
		case f.Exit != nil:
			return exitError(*f.Exit)
		case f.Step != nil:
			p.progress(f.Step.Stage, f.Step.Done, f.Step.Total)
		case f.Err != nil:
			_, err = p.stderr.Write(f.Err)
		default:
			_, err = p.stdout.Write(f.Out)
		}
		if err != nil {
			return err
		}
	}
}

// unlessEnd is an error other than that there is no more.
func unlessEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
