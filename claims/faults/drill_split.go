package faults

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// resumeLimit is how soon after a split writing must go on.
const resumeLimit = 10 * time.Second

// splitMaster splits a master from its replicas and its sentinels, while one crowd finds its way by the sentinels and another stays with the old
// master: that is the side of the minority, where nothing may be acknowledged. There are two replicas, so that the one that becomes the master has
// another to wait for.
func splitMaster(ctx context.Context, s Settings, say func(string, ...any)) (result Result, err error) {
	s, err = s.with("split", 10, 0)
	if err != nil {
		return result, err
	}
	servers, err := StartSentinel(ctx, s.Dir, 2)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, servers.Close()) }()
	store, err := s.Open(ctx, servers.URL(), 1)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	left, err := s.Open(ctx, servers.Servers()[0].URL(), 1)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, left.Close()) }()

	s.Clients = max(1, s.Clients/2)
	d := &split{servers: servers, most: newCrowd(store, s), few: newCrowd(left, s), settings: s, say: say}
	if err := d.verdict.silent(d.run(ctx)); err != nil {
		return result, err
	}
	d.most.ledger.join(d.few.ledger)
	if err := d.verdict.readBack(ctx, store, d.most.ledger); err != nil {
		return result, err
	}
	return d.verdict.result(fmt.Sprintf("%d acknowledged acts are there after the split", d.most.ledger.count())), nil
}

// A split is a drill on its way. Most of the world sees the new master, a few see the old one alone.
type split struct {
	servers   *Sentinel
	most, few *crowd
	settings  Settings
	say       func(string, ...any)
	verdict   verdict
}

func (d *split) run(ctx context.Context) error {
	return d.most.during(ctx, func(ctx context.Context) error {
		// The few give up when the drill ends: their store does not find the new master.
		there, leave := context.WithCancel(ctx)
		defer leave()
		return d.few.during(there, func(ctx context.Context) error {
			defer leave()
			return d.hold(ctx)
		})
	})
}

// hold splits and heals.
func (d *split) hold(ctx context.Context) error {
	for _, c := range []*crowd{d.most, d.few} {
		if err := c.ledger.await(ctx, d.settings.steady(), time.Now()); err != nil {
			return err
		}
	}
	if _, err := d.servers.Split(ctx); err != nil {
		return err
	}
	d.few.ledger.measure()
	began := time.Now()
	d.say("split: %d acknowledged so far", d.most.ledger.count()+d.few.ledger.count())
	if err := d.most.ledger.await(ctx, 1, began); err != nil {
		return err
	}
	took := time.Since(began)
	d.verdict.within("resumed_after", took, resumeLimit)
	d.say("writing goes on %.2f s after the split", took.Seconds())
	if err := pause(ctx, d.settings.duration()); err != nil {
		return err
	}
	d.verdict.count("acknowledged_by_old_master", d.few.ledger.acknowledgedSince())
	d.servers.Heal()
	if err := d.servers.Settled(ctx); err != nil {
		return err
	}
	d.say("healed %.2f s after the split: %d acknowledged", time.Since(began).Seconds(), d.most.ledger.count()+d.few.ledger.count())
	return d.most.ledger.await(ctx, d.settings.steady(), time.Now())
}
