package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// askTimeout bounds a question to a server, where the context does not end sooner.
const askTimeout = 2 * time.Second

// Limits of an answer, against a port that somebody else has.
const (
	maxBulk  = 64 << 20 // bytes
	maxArray = 1 << 20  // elements
	maxDepth = 8
)

// An AnswerError is an error that a server of Redis answered.
type AnswerError string

func (e AnswerError) Error() string { return string(e) }

// Ask sends one command to a server of Redis, on a connection of its own, and gives its answer: nil, a string, an int64, or a []any of these.
// What the server refuses is an AnswerError, wrapped. It takes two seconds at most.
func Ask(ctx context.Context, addr string, args ...string) (any, error) {
	answer, err := ask(ctx, addr, args)
	if err != nil {
		return nil, fmt.Errorf("faults: ask %s for %s: %w", addr, args[0], err)
	}
	return answer, nil
}

func ask(ctx context.Context, addr string, args []string) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	answer, err := exchange(conn, args)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return answer, err
}

func exchange(conn net.Conn, args []string) (any, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := io.WriteString(conn, b.String()); err != nil {
		return nil, err
	}
	return readAnswer(bufio.NewReader(conn), 0)
}

var errNoAnswer = errors.New("this is no answer of Redis")

func readAnswer(r *bufio.Reader, depth int) (any, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 3 || depth > maxDepth {
		return nil, errNoAnswer
	}
	kind, rest := line[0], strings.TrimRight(string(line[1:]), "\r\n")
	if kind == '+' {
		return rest, nil
	}
	if kind == '-' {
		return nil, AnswerError(rest)
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	switch {
	case err != nil:
		return nil, errNoAnswer
	case kind == ':':
		return n, nil
	case n == -1:
		return nil, nil
	case kind == '$' && n >= 0 && n <= maxBulk:
		data := make([]byte, n+2)
		_, err := io.ReadFull(r, data)
		return string(data[:n]), err
	case kind == '*' && n >= 0 && n <= maxArray:
		var all []any
		for range n {
			one, err := readAnswer(r, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, nil
	}
	return nil, errNoAnswer
}

// texts gives an answer that is a list of strings.
func texts(answer any) []string {
	var out []string
	all, _ := answer.([]any)
	for _, one := range all {
		s, _ := one.(string)
		out = append(out, s)
	}
	return out
}

// fields reads the "name:value" lines of INFO and CLUSTER INFO.
func fields(answer any) map[string]string {
	text, _ := answer.(string)
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			out[name] = value
		}
	}
	return out
}

// pairs reads an answer that is a list of names and values in turn.
func pairs(answer any) map[string]string {
	out := map[string]string{}
	all := texts(answer)
	for i := 0; i+1 < len(all); i += 2 {
		out[all[i]] = all[i+1]
	}
	return out
}
