package redisstore_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A proxy stands before a server and loses replies: it closes the connection instead of passing one on.
type proxy struct {
	listener net.Listener
	server   string
	lose     atomic.Int64
	all      sync.WaitGroup
}

func newProxy(t *testing.T, url string) (p *proxy, proxied string) {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{listener: l, server: o.Addr}
	p.all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.all.Go(func() { p.pass(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); p.all.Wait() })
	return p, strings.Replace(url, o.Addr, l.Addr().String(), 1)
}

func (p *proxy) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	p.all.Go(func() {
		defer server.Close()
		io.Copy(server, client)
	})
	reply := make([]byte, 64<<10)
	for {
		n, err := server.Read(reply)
		if err != nil || p.lose.Load() > 0 && p.lose.Add(-1) >= 0 {
			return
		}
		if _, err := client.Write(reply[:n]); err != nil {
			return
		}
	}
}
