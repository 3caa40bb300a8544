package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Limits of what is kept of a program's output.
const (
	maxUnread = 1 << 18 // lines; when there are more, the older half is dropped
	maxLine   = 1 << 20 // bytes; a longer line comes in pieces
	maxSaid   = 40      // lines that Said gives
)

// lines takes a program's output and gives it line by line. It never makes the program wait.
type lines struct {
	mu      sync.Mutex
	unread  []string
	said    []string
	part    []byte // of the line that is being written
	dropped int
	ended   bool
	changed chan struct{} // closed, and replaced, when there is more
}

func newLines() *lines { return &lines{changed: make(chan struct{})} }

// Write takes what the program prints.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, b...)
	for {
		end := bytes.IndexByte(l.part, '\n')
		if end < 0 && len(l.part) < maxLine {
			break
		}
		if end < 0 {
			end = len(l.part) - 1
			l.add(string(l.part))
		} else {
			l.add(strings.TrimSuffix(string(l.part[:end]), "\r"))
		}
		l.part = l.part[end+1:]
	}
	l.tell()
	return len(b), nil
}

func (l *lines) add(line string) {
	if len(l.unread) == maxUnread {
		l.dropped += maxUnread / 2
		l.unread = append([]string(nil), l.unread[maxUnread/2:]...)
	}
	l.unread = append(l.unread, line)
	if l.said = append(l.said, line); len(l.said) >= 2*maxSaid {
		l.said = append([]string(nil), l.said[maxSaid:]...)
	}
}

// end says that nothing more will come.
func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.part) > 0 {
		l.add(string(l.part))
		l.part = nil
	}
	l.ended = true
	l.tell()
}

func (l *lines) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *lines) next(ctx context.Context) (string, error) {
	for {
		line, more, err := l.take()
		if more == nil {
			return line, err
		}
		select {
		case <-more:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// take gives the next line, or what to wait for.
func (l *lines) take() (line string, more <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.dropped > 0:
		err = fmt.Errorf("faults: nobody read %d lines, they were dropped", l.dropped)
		l.dropped = 0
	case len(l.unread) > 0:
		line, l.unread = l.unread[0], l.unread[1:]
	case l.ended:
		err = io.EOF
	default:
		more = l.changed
	}
	return line, more, err
}

func (l *lines) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.said[max(0, len(l.said)-maxSaid):], "\n")
}
