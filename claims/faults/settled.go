package faults

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Settled waits until all sentinels that run know the same master, each other and all replicas, the master knows that it is one, and every other
// server that runs follows it. It gives what was missing last when the context or a minute ends.
func (s *Sentinel) Settled(ctx context.Context) error {
	return until(ctx, settleTimeout, "the sentinels agree", func(ctx context.Context) error {
		var master string
		for _, w := range running(s.watchers) {
			addr, err := s.watched(ctx, w)
			if err != nil {
				return err
			}
			if master != "" && addr != master {
				return fmt.Errorf("one takes %s for the master, another %s", master, addr)
			}
			master = addr
		}
		for i, r := range s.servers {
			if r.PID() == 0 {
				continue
			}
			if err := follows(ctx, r, master, s.proxies[i].Addr()); err != nil {
				return err
			}
		}
		return nil
	})
}

// watched gives who a sentinel takes for the master, if it sees it and knows all others.
func (s *Sentinel) watched(ctx context.Context, w *Redis) (addr string, err error) {
	answer, err := w.Do(ctx, "SENTINEL", "MASTER", MasterName)
	if err != nil {
		return "", err
	}
	says := pairs(answer)
	replicas, others := says["num-slaves"], says["num-other-sentinels"]
	if says["flags"] != "master" || replicas != strconv.Itoa(len(s.servers)-1) || others != strconv.Itoa(sentinels-1) {
		return "", fmt.Errorf("the sentinel at %s knows a %s, %s replicas and %s sentinels", w.Addr(), says["flags"], replicas, others)
	}
	return net.JoinHostPort(says["ip"], says["port"]), s.alive(ctx, w)
}

// alive reports a replica or another sentinel that a sentinel takes for dead although it runs.
func (s *Sentinel) alive(ctx context.Context, w *Redis) error {
	dead := (len(s.servers) - len(running(s.servers))) + (len(s.watchers) - len(running(s.watchers)))
	for _, what := range []string{"REPLICAS", "SENTINELS"} {
		answer, err := w.Do(ctx, "SENTINEL", what, MasterName)
		if err != nil {
			return err
		}
		all, _ := answer.([]any)
		for _, one := range all {
			says := pairs(one)
			if !strings.Contains(says["flags"], "_down") && !strings.Contains(says["flags"], "disconnected") {
				continue
			}
			if dead--; dead < 0 {
				return fmt.Errorf("the sentinel at %s takes %s for %s", w.Addr(), says["name"], says["flags"])
			}
		}
	}
	return nil
}

// follows reports a server that is not what it should be: the master where that has its address, else a replica of it.
func follows(ctx context.Context, r *Redis, master, own string) error {
	info, err := r.Info(ctx, "replication")
	if err != nil {
		return err
	}
	if master == own && info["role"] == "master" {
		return nil
	}
	if of := net.JoinHostPort(info["master_host"], info["master_port"]); master == own || of != master || info["master_link_status"] != "up" {
		return fmt.Errorf("%s is a %s of %s, its link %q", own, info["role"], of, info["master_link_status"])
	}
	return nil
}
