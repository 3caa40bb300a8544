package faults_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/claims/faults"
)

func startProxy(t *testing.T, target string, seed uint64) *faults.Proxy {
	t.Helper()
	p, err := faults.StartProxy(target, seed)
	return started(t, p, err)
}

// open is a connection that stays, on which ping can ask many times.
func open(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func ping(conn net.Conn, within time.Duration) error {
	if err := conn.SetDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	answer := make([]byte, len("+PONG\r\n"))
	_, err := io.ReadFull(conn, answer)
	if err == nil && string(answer) != "+PONG\r\n" {
		err = fmt.Errorf("the answer is %q", answer)
	}
	return err
}

// Dropped answers are those of commands that were carried out: the counter is what was asked, the answers are fewer.
func TestProxyDrops(t *testing.T) {
	r := startRedis(t)
	p := startProxy(t, r.Addr(), 1)
	p.Set(faults.Faults{Drop: 0.1})
	const asked = 1000
	var all sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	for range 4 {
		all.Go(func() {
			for range asked / 4 {
				if _, err := faults.Ask(t.Context(), p.Addr(), "INCR", "n"); err == nil {
					mu.Lock()
					answered++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if got := do(t, r, "GET", "n"); got != strconv.Itoa(asked) {
		t.Errorf("the server has counted %v of %d", got, asked)
	}
	if lost := asked - answered; lost != p.Lost() || lost < 60 || lost > 150 {
		t.Errorf("%d answers were lost, the proxy says %d; want about 100", lost, p.Lost())
	}
	p.Set(faults.Faults{})
	if err := ping(open(t, p.Addr()), 5*time.Second); err != nil {
		t.Errorf("without faults: %v", err)
	}
}

func TestProxyRefusesAndCuts(t *testing.T) {
	r := startRedis(t)
	p := startProxy(t, r.Addr(), 1)
	conn := open(t, p.Addr())
	if err := ping(conn, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	p.Set(faults.Faults{Refuse: true})
	if err := ping(open(t, p.Addr()), 5*time.Second); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a new connection while refused: %v, want that it was closed", err)
	}
	if err := ping(conn, 5*time.Second); err != nil {
		t.Errorf("an old connection while new ones are refused: %v", err)
	}
	p.Set(faults.Faults{Cut: true, From: "127.0.0.2"})
	if err := ping(conn, 5*time.Second); err != nil {
		t.Errorf("a connection from elsewhere: %v", err)
	}
	p.Set(faults.Faults{Cut: true})
	if err := ping(conn, 5*time.Second); err == nil {
		t.Error("a cut connection answers")
	}
	if err := ping(open(t, p.Addr()), 5*time.Second); err == nil {
		t.Error("a new connection while cut answers")
	}
	p.Set(faults.Faults{})
	if err := ping(open(t, p.Addr()), 5*time.Second); err != nil {
		t.Errorf("after the cut: %v", err)
	}
}

func TestProxyStallsAndDelays(t *testing.T) {
	r := startRedis(t)
	p := startProxy(t, r.Addr(), 1)
	conn := open(t, p.Addr())
	if err := ping(conn, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	p.Set(faults.Faults{Stall: true})
	var late net.Error
	if err := ping(conn, 100*time.Millisecond); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("while stalled: %v, want a timeout", err)
	}
	p.Set(faults.Faults{})
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if line, err := bufio.NewReader(conn).ReadString('\n'); line != "+PONG\r\n" || err != nil {
		t.Errorf("after the stall: %q, %v, want the answer that was held back", line, err)
	}
	p.Set(faults.Faults{Delay: 150 * time.Millisecond})
	began := time.Now()
	if err := ping(conn, 5*time.Second); err != nil || time.Since(began) < 150*time.Millisecond {
		t.Errorf("with a delay: %v after %v", err, time.Since(began))
	}
}

func TestProxyCloses(t *testing.T) {
	p := startProxy(t, "127.0.0.1:1", 1)
	if err := ping(open(t, p.Addr()), 5*time.Second); err == nil {
		t.Error("a proxy without a server answers")
	}
	if !strings.HasPrefix(p.URL(), "redis://127.0.0.1:") {
		t.Errorf("URL is %s", p.URL())
	}
	stalled := startProxy(t, startRedis(t).Addr(), 1)
	stalled.Set(faults.Faults{Stall: true})
	conn := open(t, stalled.Addr())
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := stalled.Close(); err != nil {
			t.Errorf("Close of a proxy that is stalled: %v", err)
		}
	}
}
