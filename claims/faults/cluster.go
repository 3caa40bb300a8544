package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// masters is how many nodes of a cluster share the keys.
const masters = 3

// clusterTimeout is how long a cluster may take to be ready, at most. After the other times its nodes take one that is silent for dead: soon where it
// has a replica; where it has none a machine that is busy should not stop the cluster.
const (
	clusterTimeout = 30 * time.Second
	quickTimeout   = 2 * time.Second
	slowTimeout    = 15 * time.Second
)

// A Cluster is a Redis Cluster of one's own: three masters, and a replica for each where they were asked for.
type Cluster struct {
	nodes []*Redis
}

// StartCluster starts a cluster with its data in directories of dir, with settings as StartRedis has. It returns when every node says that the
// cluster is ready and, where there are replicas, each follows its master.
func StartCluster(ctx context.Context, dir string, replicas bool, args ...string) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, clusterTimeout)
	defer cancel()
	n, silence := masters, slowTimeout
	if replicas {
		n, silence = 2*masters, quickTimeout
	}
	// The short period of pings is because nodes do not tell of a replica that has heard nothing from its master yet.
	nodes, err := startMany(ctx, dir, "node", n, kindNode, func(int) []string {
		return append([]string{"--cluster-enabled", "yes", "--cluster-node-timeout", strconv.FormatInt(silence.Milliseconds(), 10),
			"--cluster-allow-replica-migration", "no", "--repl-diskless-sync-delay", "0",
			"--repl-ping-replica-period", "1"}, args...)
	})
	c := &Cluster{nodes: nodes}
	if err == nil {
		err = c.join(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// startMany starts servers in directories of dir, all at once. Those that were started are given also with an error.
func startMany(ctx context.Context, dir, name string, n int, k kind, args func(i int) []string) ([]*Redis, error) {
	started := make([]*Redis, n)
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	err := each(places, func(i int) (err error) {
		started[i], err = startRedis(ctx, filepath.Join(dir, name+"-"+strconv.Itoa(i+1)), k, args(i))
		return err
	})
	var all []*Redis
	for _, r := range started {
		if r != nil {
			all = append(all, r)
		}
	}
	return all, err
}

// join makes a cluster of the nodes.
func (c *Cluster) join(ctx context.Context) error {
	for i, r := range c.nodes {
		// Nodes that begin with epochs of their own need not settle who of them has which.
		if _, err := r.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
		if i >= masters {
			continue
		}
		first, last := slots*i/masters, slots*(i+1)/masters-1
		if _, err := r.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(first), strconv.Itoa(last)); err != nil {
			return err
		}
	}
	for _, r := range c.nodes[1:] {
		if _, err := c.nodes[0].Do(ctx, "CLUSTER", "MEET", loopback, strconv.Itoa(r.port), strconv.Itoa(r.bus)); err != nil {
			return err
		}
	}
	for i, r := range c.nodes[masters:] {
		if err := c.follow(ctx, r, c.nodes[i]); err != nil {
			return err
		}
	}
	return c.Ready(ctx)
}

// follow makes a node the replica of another, as soon as it has heard of it.
func (c *Cluster) follow(ctx context.Context, replica, master *Redis) error {
	answer, err := master.Do(ctx, "CLUSTER", "MYID")
	if err != nil {
		return err
	}
	id, _ := answer.(string)
	return until(ctx, clusterTimeout, "a replica knows its master", func(ctx context.Context) error {
		_, err := replica.Do(ctx, "CLUSTER", "REPLICATE", id)
		return err
	})
}

// Ready waits until all nodes that run say that the cluster is ready, know the same servers of all slots, and every replica follows its master. It
// gives the last thing that was missing when the context or 30 seconds end.
func (c *Cluster) Ready(ctx context.Context) error {
	return until(ctx, clusterTimeout, "the cluster is ready", func(ctx context.Context) error {
		for _, r := range c.running() {
			if err := c.ready(ctx, r); err != nil {
				return fmt.Errorf("node %s: %w", r.Addr(), err)
			}
		}
		return nil
	})
}

func (c *Cluster) ready(ctx context.Context, r *Redis) error {
	answer, err := r.Do(ctx, "CLUSTER", "INFO")
	if err != nil {
		return err
	}
	if says := fields(answer); says["cluster_state"] != "ok" || says["cluster_known_nodes"] != strconv.Itoa(len(c.nodes)) {
		return fmt.Errorf("the cluster is %s, %s nodes are known", says["cluster_state"], says["cluster_known_nodes"])
	}
	info, err := r.Info(ctx, "replication")
	if err != nil {
		return err
	}
	if info["role"] == "slave" && info["master_link_status"] != "up" {
		return errors.New("it does not follow its master yet")
	}
	ranges, err := c.ranges(ctx, r)
	if err != nil {
		return err
	}
	served, known := 0, 0
	for _, one := range ranges {
		served += one.last - one.first + 1
		known += len(one.addrs)
	}
	if served != slots || len(c.running()) == len(c.nodes) && known != len(c.nodes) {
		return fmt.Errorf("it knows servers of %d slots, %d nodes", served, known)
	}
	return nil
}

// Nodes are all nodes, the first three masters at first. Each can be killed, stopped and restarted.
func (c *Cluster) Nodes() []*Redis { return c.nodes }

func (c *Cluster) running() []*Redis { return running(c.nodes) }

// Addrs are the nodes' addresses, as host:port.
func (c *Cluster) Addrs() []string { return addrs(c.nodes) }

// URL is the cluster's address for a store.
func (c *Cluster) URL() string { return "redis+cluster://" + strings.Join(c.Addrs(), ",") }

// Serving gives the master that has a key now, as the other nodes know.
func (c *Cluster) Serving(ctx context.Context, key string) (*Redis, error) {
	slot := Slot(key)
	err := fmt.Errorf("faults: no node serves slot %d", slot)
	for _, r := range c.running() {
		ranges, askErr := c.ranges(ctx, r)
		if askErr != nil {
			err = askErr
			continue
		}
		for _, one := range ranges {
			if one.first <= slot && slot <= one.last && len(one.addrs) > 0 {
				return byAddr(c.nodes, one.addrs[0])
			}
		}
	}
	return nil, err
}

// slotRange is some slots and who serves them, the master first.
type slotRange struct {
	first, last int
	addrs       []string
}

func (c *Cluster) ranges(ctx context.Context, r *Redis) ([]slotRange, error) {
	answer, err := r.Do(ctx, "CLUSTER", "SLOTS")
	if err != nil {
		return nil, err
	}
	var out []slotRange
	all, _ := answer.([]any)
	for _, one := range all {
		parts, _ := one.([]any)
		if len(parts) < 3 {
			return nil, fmt.Errorf("faults: ask %s for its slots: %w", r.Addr(), errNoAnswer)
		}
		first, _ := parts[0].(int64)
		last, _ := parts[1].(int64)
		s := slotRange{first: int(first), last: int(last)}
		for _, part := range parts[2:] {
			node, _ := part.([]any)
			if len(node) < 2 {
				continue
			}
			host, _ := node[0].(string)
			port, _ := node[1].(int64)
			s.addrs = append(s.addrs, net.JoinHostPort(host, strconv.FormatInt(port, 10)))
		}
		out = append(out, s)
	}
	return out, nil
}

// Close kills all nodes.
func (c *Cluster) Close() error { return closeAll(c.nodes) }

func addrs(servers []*Redis) []string {
	var out []string
	for _, r := range servers {
		out = append(out, r.Addr())
	}
	return out
}

// running are those that were not killed.
func running(servers []*Redis) []*Redis {
	var out []*Redis
	for _, r := range servers {
		if r.PID() != 0 {
			out = append(out, r)
		}
	}
	return out
}

func byAddr(servers []*Redis, addr string) (*Redis, error) {
	for _, r := range servers {
		if r.Addr() == addr {
			return r, nil
		}
	}
	return nil, fmt.Errorf("faults: no server of ours is at %s", addr)
}
