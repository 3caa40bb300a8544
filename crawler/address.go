package crawler

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
)

// maxAddress is the longest address, in bytes, that is followed or stored.
const maxAddress = 2048

var (
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	tracking = regexp.MustCompile(`^(utm_[a-z]+|fbclid|gclid|yclid|_openstat|mc_[ce]id)$`)
)

// parseAddress reads an absolute http or https address, or one relative to base (which may be nil), and brings it into the one
// form in which addresses are compared and stored: lower-case ASCII host, no default port, no dot segments, canonical percent
// escapes, no fragment, no parameters that only track visitors.
func parseAddress(base *url.URL, raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxAddress {
		return nil, fmt.Errorf("crawler: address of %d bytes, more than %d", len(raw), maxAddress)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' }) {
		return nil, errors.New("crawler: address with a control character or a backslash")
	}
	if base == nil {
		base = &url.URL{}
	}
	u, err := base.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("crawler: address: %w", err)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("crawler: address with scheme %q, want http or https", u.Scheme)
	}
	if u.User != nil {
		return nil, errors.New("crawler: address with a user name")
	}
	if u.Host, err = canonicalHost(u); err != nil {
		return nil, err
	}
	escaped := canonicalEscapes(u.EscapedPath())
	if escaped == "" {
		escaped = "/"
	}
	if u.Path, err = url.PathUnescape(escaped); err != nil {
		return nil, fmt.Errorf("crawler: address: %w", err)
	}
	u.RawPath, u.Fragment, u.RawFragment, u.ForceQuery = escaped, "", "", false
	u.RawQuery = canonicalQuery(u.RawQuery)
	return u, nil
}

func canonicalHost(u *url.URL) (string, error) {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(name); err == nil && ip.Zone() == "" {
		if name = ip.String(); ip.Is6() {
			name = "[" + name + "]"
		}
	} else if name != "localhost" {
		if name, err = idna.Lookup.ToASCII(name); err != nil || !hostName.MatchString(name) {
			return "", fmt.Errorf("crawler: %q is not a host name", u.Host)
		}
	}
	port := u.Port()
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return name, nil
	}
	return name + ":" + port, nil
}

// canonicalEscapes writes percent escapes as RFC 3986, section 6.2.2, asks: unreserved characters plain, all other escapes in
// upper case. Bytes that may not stand in an address are escaped. A lone '%' is kept as "%25".
func canonicalEscapes(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		escaped := c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		if escaped {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		switch {
		case isUnreserved(c), !escaped && c != '%' && c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func canonicalQuery(raw string) string {
	kept := make([]string, 0, 4)
	for pair := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !tracking.MatchString(strings.ToLower(name)) {
			kept = append(kept, canonicalEscapes(pair))
		}
	}
	return strings.Join(kept, "&")
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
