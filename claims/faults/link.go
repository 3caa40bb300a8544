package faults

import (
	"net"
	"sync"
	"sync/atomic"
)

// A link is one client's way through a proxy.
type link struct {
	client net.Conn
	from   string      // the client's IP address
	asked  atomic.Bool // the client has said something since the server last answered
	giveUp func()      // ends the dialing of the server

	mu     sync.Mutex
	server net.Conn
	ended  bool
	gone   chan struct{} // closed when the link ends
}

// reached notes the connection to the server. It reports false, and closes it, where the link has ended meanwhile.
func (l *link) reached(server net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		server.Close()
		return false
	}
	l.server = server
	return true
}

// close ends both sides. The second call does nothing.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	close(l.gone)
	l.giveUp()
	l.client.Close()
	if l.server != nil {
		l.server.Close()
	}
}
