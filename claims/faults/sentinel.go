package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a watched master is called, and who watches it. Of three sentinels two must agree that it is down.
const (
	MasterName   = "dalel"
	sentinels    = 3
	quorum       = 2
	sentinelFile = "sentinel.conf"
)

// Times of the sentinels: how long a server must be silent to be taken for dead, and the time that paces a failover.
const (
	downAfter       = time.Second
	failoverTimeout = 3 * time.Second
	settleTimeout   = 60 * time.Second
)

// inside is the address from which servers and sentinels speak to each other, while clients come from 127.0.0.1: so a proxy tells them apart.
const inside = "127.0.0.2"

// A Sentinel is a master with replicas and three sentinels that watch it. All know each data server by the address of a proxy before it, which is
// also what sentinels tell clients. Split cuts servers and sentinels off from the master, and leaves it its clients.
type Sentinel struct {
	servers  []*Redis // the first was the master at the start
	proxies  []*Proxy // before each
	watchers []*Redis
}

// StartSentinel starts a master, its replicas (one at least) and three sentinels with their data in directories of dir; args are for the data
// servers, as StartRedis has them. It returns when replicas follow the master and all sentinels know each other and all servers. It needs a
// system on which 127.0.0.2 is loopback too, as on Linux. A store that waits for one replica needs two: one becomes the master.
func StartSentinel(ctx context.Context, dir string, replicas int, args ...string) (*Sentinel, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	if replicas < 1 {
		return nil, errors.New("faults: sentinels need a replica to give the master's place to")
	}
	l, err := net.Listen("tcp", inside+":0")
	if err != nil {
		return nil, fmt.Errorf("faults: a second loopback address is needed: %w", err)
	}
	l.Close()
	s := new(Sentinel)
	err = s.startServers(ctx, dir, replicas, args)
	if err == nil {
		err = s.startWatchers(ctx, dir)
	}
	if err == nil {
		err = s.Settled(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Sentinel) startServers(ctx context.Context, dir string, replicas int, args []string) (err error) {
	for i := range 1 + replicas {
		p, err := StartProxy("", uint64(i))
		if err != nil {
			return err
		}
		s.proxies = append(s.proxies, p)
	}
	master := hostPort(s.proxies[0].Addr())
	s.servers, err = startMany(ctx, dir, "server", 1+replicas, kindSingle, func(i int) []string {
		own := []string{"--bind-source-addr", inside, "--protected-mode", "no", "--replica-announce-ip", loopback, "--replica-announce-port",
			hostPort(s.proxies[i].Addr())[1], "--repl-diskless-sync-delay", "0"}
		if i > 0 {
			own = append(own, "--replicaof", master[0], master[1])
		}
		return append(own, args...)
	})
	if err != nil {
		return err
	}
	for i, r := range s.servers {
		s.proxies[i].retarget(r.Addr())
	}
	// Sentinels ask a master for its replicas every ten seconds only, so they had better all be there the first time.
	return until(ctx, settleTimeout, "replicas follow the master", func(ctx context.Context) error {
		info, err := s.servers[0].Info(ctx, "replication")
		if err != nil {
			return err
		}
		for i := range replicas {
			if says := info["slave"+strconv.Itoa(i)]; !strings.Contains(says, "state=online") {
				return fmt.Errorf("replica %d is %q", i+1, says)
			}
		}
		return nil
	})
}

func (s *Sentinel) startWatchers(ctx context.Context, dir string) (err error) {
	const name = "sentinel"
	master := hostPort(s.proxies[0].Addr())
	config := fmt.Sprintf(`bind-source-addr %s
protected-mode no
sentinel announce-ip %s
sentinel monitor %s %s %s %d
sentinel down-after-milliseconds %[3]s %[7]d
sentinel failover-timeout %[3]s %[8]d
`, inside, loopback, MasterName, master[0], master[1], quorum, downAfter.Milliseconds(), failoverTimeout.Milliseconds())
	for i := range sentinels {
		own := filepath.Join(dir, name+"-"+strconv.Itoa(i+1))
		if err := os.MkdirAll(own, 0o700); err != nil {
			return fmt.Errorf("faults: %w", err)
		}
		if err := os.WriteFile(filepath.Join(own, sentinelFile), []byte(config), 0o600); err != nil {
			return fmt.Errorf("faults: %w", err)
		}
	}
	s.watchers, err = startMany(ctx, dir, name, sentinels, kindSentinel, func(int) []string { return nil })
	return err
}

// Servers are the data servers, the first the master at the start. Their own addresses reach them also when they are split off.
func (s *Sentinel) Servers() []*Redis { return s.servers }

// Watchers are the sentinels.
func (s *Sentinel) Watchers() []*Redis { return s.watchers }

// Addrs are the sentinels' addresses, as host:port.
func (s *Sentinel) Addrs() []string { return addrs(s.watchers) }

// URL is the address for a store that asks the sentinels who the master is.
func (s *Sentinel) URL() string {
	return "redis+sentinel://" + strings.Join(s.Addrs(), ",") + "/0?master=" + MasterName
}

// Master gives the server that most of the sentinels take for the master.
func (s *Sentinel) Master(ctx context.Context) (*Redis, error) {
	votes := map[string]int{}
	var errs []error
	for _, w := range running(s.watchers) {
		answer, err := w.Do(ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MasterName)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		addr := net.JoinHostPort(at(texts(answer), 0), at(texts(answer), 1))
		if votes[addr]++; votes[addr] >= quorum {
			return s.behind(addr)
		}
	}
	return nil, errors.Join(append(errs, errors.New("faults: the sentinels do not agree on a master"))...)
}

// behind gives the server behind a proxy's address.
func (s *Sentinel) behind(addr string) (*Redis, error) {
	i := slices.IndexFunc(s.proxies, func(p *Proxy) bool { return p.Addr() == addr })
	if i < 0 {
		return nil, fmt.Errorf("faults: no proxy of ours is at %s", addr)
	}
	return s.servers[i], nil
}

// Split cuts the other servers and the sentinels off from the master, and gives it: it goes on, and its clients reach it as before, while the
// sentinels choose another.
func (s *Sentinel) Split(ctx context.Context) (*Redis, error) {
	master, err := s.Master(ctx)
	if err != nil {
		return nil, err
	}
	s.proxies[slices.Index(s.servers, master)].Set(Faults{Cut: true, From: inside})
	return master, nil
}

// Heal ends all splits. The server that was split off is made a replica some ten seconds later, see Settled; until then it still takes writes.
func (s *Sentinel) Heal() {
	for _, p := range s.proxies {
		p.Set(Faults{})
	}
}

// Close kills all servers and sentinels, and ends the proxies.
func (s *Sentinel) Close() error {
	return errors.Join(closeAll(s.watchers), closeAll(s.servers), each(s.proxies, (*Proxy).Close))
}

// hostPort splits an address of ours.
func hostPort(addr string) [2]string {
	host, port, _ := strings.Cut(addr, ":")
	return [2]string{host, port}
}

// at gives the text at a place, or none.
func at(all []string, i int) string {
	if i >= len(all) {
		return ""
	}
	return all[i]
}
