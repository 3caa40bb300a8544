package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Faults are what a Proxy does to what passes. The zero value lets everything pass.
type Faults struct {
	// Drop is the share, from 0 to 1, of the server's answers that are lost: when the answer has come, so that the server has done what it was asked,
	// the connection is closed instead of passing it on. What the server says unasked is left alone.
	Drop float64

	Refuse bool          // new connections are closed at once
	Cut    bool          // new connections and those that are there are closed
	Stall  bool          // nothing passes, either way, and connections stay open; it passes when the stall ends
	Delay  time.Duration // everything that the server says comes this much later

	// From limits all this to connections from an IP address. Empty is all.
	From string
}

// A Proxy stands between clients and a server. Its faults can be set while it runs. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener
	all      sync.WaitGroup

	mu      sync.Mutex
	target  string
	faults  Faults
	changed chan struct{} // closed, and replaced, when the faults change
	random  *rand.Rand
	links   map[*link]struct{}
	lost    int
	closed  bool
}

// StartProxy starts a proxy in front of a server at host:port. Equal seeds throw equal dice for Drop.
func StartProxy(target string, seed uint64) (*Proxy, error) {
	l, err := listen()
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, target: target, changed: make(chan struct{}), random: rand.New(rand.NewPCG(seed, 0)), links: map[*link]struct{}{}}
	p.all.Go(p.accept)
	return p, nil
}

// Addr is where the proxy listens, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL is its address for a store, where the server is one of Redis.
func (p *Proxy) URL() string { return "redis://" + p.Addr() + "/0" }

// Set makes the proxy have these faults and no others.
func (p *Proxy) Set(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
	close(p.changed)
	p.changed = make(chan struct{})
	if f.Cut {
		p.cut(f.From)
	}
}

// Lost is how many answers were dropped so far.
func (p *Proxy) Lost() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// Close closes all connections and waits until nothing of the proxy runs. The second call does nothing.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.cut("")
	p.mu.Unlock()
	err := p.listener.Close()
	p.all.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("faults: close a proxy: %w", err)
	}
	return nil
}

// retarget makes new connections go to another server.
func (p *Proxy) retarget(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = addr
}

// cut closes the connections from an IP address, or all. The mutex is held.
func (p *Proxy) cut(from string) {
	for l := range p.links {
		if from == "" || from == l.from {
			l.close()
		}
	}
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // it was closed
		}
		p.all.Go(func() { p.serve(conn) })
	}
}

// dialTimeout is how long the proxy tries to reach its server.
const dialTimeout = 2 * time.Second

// serve passes on what comes on a connection, until it ends on either side.
func (p *Proxy) serve(client net.Conn) {
	from, _, _ := net.SplitHostPort(client.RemoteAddr().String())
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	l := &link{client: client, from: from, gone: make(chan struct{}), giveUp: cancel}
	defer l.close()
	target, ok := p.enter(l)
	if !ok {
		return
	}
	defer p.leave(l)
	server, err := new(net.Dialer).DialContext(ctx, "tcp", target)
	if err != nil || !l.reached(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pass(l, server, client, false) })
	both.Go(func() { p.pass(l, client, server, true) })
	both.Wait()
}

// enter notes a connection, unless it is refused.
func (p *Proxy) enter(l *link) (target string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.faultsOf(l); p.closed || f.Refuse || f.Cut {
		return "", false
	}
	p.links[l] = struct{}{}
	return p.target, true
}

func (p *Proxy) leave(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// faultsOf are those that hold for a connection. The mutex is held.
func (p *Proxy) faultsOf(l *link) Faults {
	if p.faults.From != "" && p.faults.From != l.from {
		return Faults{}
	}
	return p.faults
}

// pass copies one way until the link ends.
func (p *Proxy) pass(l *link, to, from net.Conn, answers bool) {
	defer l.close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !p.lets(l, answers) {
				return
			}
			if !answers {
				l.asked.Store(true)
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// lets reports whether what was read may pass, and waits until it may.
func (p *Proxy) lets(l *link, answers bool) bool {
	for {
		p.mu.Lock()
		f, changed := p.faultsOf(l), p.changed
		lost := answers && l.asked.Swap(false) && f.Drop > 0 && p.random.Float64() < f.Drop
		if lost {
			p.lost++
		}
		p.mu.Unlock()
		var late <-chan time.Time
		switch {
		case lost:
			return false
		case f.Stall:
		case answers && f.Delay > 0:
			late, changed = time.After(f.Delay), nil
		default:
			return true
		}
		select {
		case <-changed:
		case <-late:
			return true
		case <-l.gone:
			return false
		}
	}
}
