package redisstore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// An address is where Redis is, read from a URL.
type address struct {
	sentinel, cluster bool
	hosts             []string // host:port, one for a single server
	user, password    string
	db                int
	master            string // Sentinel's name for the master
	tls               *tls.Config
	plain             string // of a single server: what go-redis reads itself, with its own parameters
}

// String is the address as messages show it: without user and password.
func (a address) String() string { return strings.Join(a.hosts, ",") }

var errAddress = errors.New("the address must be redis://[user:password@]host:port/db, " +
	"redis+sentinel://[user:password@]host:port[,host:port]/db?master=NAME or redis+cluster://[user:password@]host:port[,host:port], " +
	"with rediss in front for TLS")

// parseAddress reads an address. Its errors show nothing of it: a password with a sign that is not escaped can turn up in any part.
func parseAddress(text string) (address, error) {
	a, problem := readAddress(text)
	if problem != "" {
		return address{}, fmt.Errorf("redisstore: %w: %s", errAddress, problem)
	}
	return a, nil
}

func readAddress(text string) (a address, problem string) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return a, "it has no scheme"
	}
	kind, how, _ := strings.Cut(scheme, "+")
	switch kind {
	case "redis":
	case "rediss":
		a.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	default:
		return a, "its scheme is another"
	}
	// What is between is one URL for the standard library, but for hosts after the first.
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@') + 1
	hosts := strings.Split(rest[at:end], ",")
	u, err := url.Parse(kind + "://" + rest[:at] + hosts[0] + rest[end:])
	if err != nil {
		return a, "it is no URL; signs in a password may have to be escaped as %40"
	}
	if u.User != nil {
		a.user = u.User.Username()
		a.password, _ = u.User.Password()
	}
	for _, h := range hosts {
		host, port, err := net.SplitHostPort(h)
		if number, portErr := strconv.Atoi(port); how != "" && (err != nil || host == "" || portErr != nil || number < 1 || number > 65535) {
			return a, "a host has no port"
		}
		a.hosts = append(a.hosts, h)
	}
	switch db := strings.Trim(u.Path, "/"); {
	case how == "":
		a.plain = text
		if len(hosts) > 1 {
			return a, "several hosts are a cluster or sentinels: say redis+cluster or redis+sentinel"
		}
		return a, ""
	case db != "":
		if a.db, err = strconv.Atoi(db); err != nil || a.db < 0 {
			return a, "the database must be a number"
		}
	}
	params := u.Query()
	a.master = params.Get("master")
	params.Del("master")
	switch {
	case len(params) > 0:
		return a, "it has a parameter that is unknown"
	case how == "sentinel" && a.master == "":
		return a, "?master=NAME is missing"
	case how == "cluster" && (a.db != 0 || a.master != ""):
		return a, "a cluster has neither databases nor ?master"
	}
	a.sentinel, a.cluster = how == "sentinel", how == "cluster"
	if !a.sentinel && !a.cluster {
		return a, "its scheme is another"
	}
	return a, ""
}
