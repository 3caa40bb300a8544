package api_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"dalel/claims"
)

// narrow is a listener whose connections hold little that was not read yet.
type narrow struct{ net.Listener }

const fewBytes = 4 << 10

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		err = tcp.SetWriteBuffer(fewBytes)
	}
	return c, err
}

// lazy opens a stream of which nothing is read, on a connection that holds little.
func (s *site) lazy(token string) net.Conn {
	s.t.Helper()
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, fewBytes)
		})
		return errors.Join(err, failed)
	}}
	c, err := d.DialContext(s.t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, "GET /v1/events?lastEventId=0 HTTP/1.1\r\nHost: "+strings.TrimPrefix(s.url, "http://")+
		"\r\nAuthorization: Bearer "+token+"\r\n\r\n"); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the stream is open", s.server.Following)
	return c
}

// much is more events than a listener's queue and its connection hold.
const much = 1500

func TestSlowClientIsDropped(t *testing.T) {
	s := newSite(t, siteOptions{web: func(w *httptest.Server) { w.Listener = narrow{w.Listener} }})
	token := s.account("R", claims.RoleReviewer)
	c := s.lazy(token)
	begun := time.Now()
	happen(t, s.store, much)
	eventually(t, "the slow client is dropped", func() bool { return !s.server.Following() })
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("it took %v: its write was not broken off", took)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
	n := strings.Count(string(got), "\ndata: ")
	if n == 0 || n >= much {
		t.Fatalf("it has %d events of %d", n, much)
	}
	// What came whole is followed by the rest when the client comes back.
	whole := string(got[:strings.LastIndex(string(got), "\n\n")])
	_, last, _ := strings.Cut(whole[strings.LastIndex(whole, "id: "):], "id: ")
	last, _, _ = strings.Cut(last, "\n")
	l := s.listen(token, "", map[string]string{"Last-Event-ID": last}).begun()
	if l.id != last {
		t.Errorf("it goes on behind %s, want %s", l.id, last)
	}
	if rest := l.want(); rest.Number < 2 || rest.Number > much {
		t.Errorf("it goes on with %d", rest.Number)
	}
}

// Streams do not hold up the server's end: neither one that waits for an event, nor one whose client reads nothing.
func TestEndStreams(t *testing.T) {
	var config *http.Server
	s := newSite(t, siteOptions{web: func(w *httptest.Server) {
		w.Listener = narrow{w.Listener}
		config = w.Config
	}})
	token := s.account("R", claims.RoleReviewer)
	config.RegisterOnShutdown(s.server.EndStreams)
	s.lazy(token)
	l := s.listen(token, "", nil).begun()
	happen(t, s.store, 200) // less than would have it dropped, more than its connection holds
	dense(t, l.take(200), 1)

	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	if err := config.Shutdown(ctx); err != nil {
		t.Errorf("the server did not end: %v", err)
	}
	// Its last write may be the one that was broken off: it is over either way.
	if _, err := l.next(); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream: %v, want its end", err)
	}
	if s.server.Following() {
		t.Error("the desk is still asked")
	}

	after := httptest.NewServer(s.server.Handler())
	defer after.Close()
	s.url = after.URL
	l = s.listen(token, "?lastEventId=7", nil)
	if _, err := l.next(); !errors.Is(err, io.EOF) {
		t.Errorf("a stream begun after the end: %v, want its end", err)
	}
	if l.id != "" && l.id != "7" {
		t.Errorf("it says that the client has %s", l.id)
	}
	s.server.EndStreams()
}
