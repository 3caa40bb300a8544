package crawler

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// maxHeader bounds an answer's header, in bytes.
const maxHeader = 64 << 10

var errNotLoopback = errors.New("crawler: not a loopback address")

// newClient gives a client that asks one thing of a host at a time and never follows a redirect. It dials public addresses on ports
// 80 and 443 only, or, for a test site, loopback addresses only; the check is made on the address itself, after DNS. No proxy
// is used, whatever the environment says: it would dial for us, unchecked.
func newClient(loopback bool, l Limits) *http.Client {
	dialer := &net.Dialer{Timeout: l.Header, KeepAlive: 30 * time.Second, Control: ssrf.New().Safe}
	if loopback {
		dialer.Control = onlyLoopback
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // decoded here, under limits
			MaxConnsPerHost:        1,
			MaxIdleConnsPerHost:    1,
			MaxIdleConns:           64,
			IdleConnTimeout:        time.Minute,
			TLSHandshakeTimeout:    l.Header,
			ResponseHeaderTimeout:  l.Header,
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       l.Request,
	}
}

func onlyLoopback(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return fmt.Errorf("dial %s: %w", address, errNotLoopback)
	}
	return nil
}
