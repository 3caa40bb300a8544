package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// outputDelay is how long the output of a program that has ended may stay open in the hands of its own children.
const outputDelay = time.Second

// A Process is a child program, and what it prints line by line. It is safe for concurrent use. Kill must be called in the end.
type Process struct {
	cmd   *exec.Cmd
	out   *lines
	ended chan struct{}
	err   error // how it ended; to be read when ended is closed
}

// StartProcess starts a command. Its standard output is read for Next, and its standard error too where cmd names no other place for it.
func StartProcess(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, out: newLines(), ended: make(chan struct{})}
	cmd.Stdout = p.out
	if cmd.Stderr == nil {
		cmd.Stderr = p.out
	}
	cmd.WaitDelay = outputDelay
	dieWithUs(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("faults: start %s: %w", cmd.Path, err)
	}
	go func() { // ends with the program, at the latest when Kill is called
		defer close(p.ended)
		p.err = cmd.Wait()
		p.out.end()
	}()
	return p, nil
}

// PID is the program's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Next gives the next line that the program prints, without its end, and waits for it. It gives io.EOF when the program has ended and all was
// read, an error where lines were dropped because nobody read them (see maxUnread), or the context's.
func (p *Process) Next(ctx context.Context) (string, error) { return p.out.next(ctx) }

// Await reads on until a line contains a text, and gives that line. An error shows what the program said last.
func (p *Process) Await(ctx context.Context, text string) (string, error) {
	for {
		line, err := p.Next(ctx)
		if err != nil {
			return "", fmt.Errorf("faults: wait for %q from %s: %w; it said:\n%s", text, p.cmd.Path, err, p.Said())
		}
		if strings.Contains(line, text) {
			return line, nil
		}
	}
}

// Said gives the last lines that the program has printed, read or not.
func (p *Process) Said() string { return p.out.last() }

// Wait waits until the program ends by itself, and gives how it ended as exec.Cmd does, or the context's error.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.ended:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Running reports whether the program has not ended yet. One that was stopped runs.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Kill ends the program as kill -9 does, waits until it is gone and its output read, and gives nil also where it had ended before.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("faults: kill %s: %w", p.cmd.Path, err)
	}
	<-p.ended
	return nil
}

// Signal sends a signal to the program.
func (p *Process) Signal(s os.Signal) error { return p.signalled(p.cmd.Process.Signal(s)) }

// Stop makes the program stand still as SIGSTOP does: its connections stay open and nobody answers on them.
func (p *Process) Stop() error { return p.signalled(suspend(p.cmd.Process)) }

// Continue lets it go on.
func (p *Process) Continue() error { return p.signalled(resume(p.cmd.Process)) }

func (p *Process) signalled(err error) error {
	if err != nil {
		return fmt.Errorf("faults: signal %s: %w", p.cmd.Path, err)
	}
	return nil
}
