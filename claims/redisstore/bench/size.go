package main

import (
	"context"
	"fmt"
	"time"
)

// size measures what a large store costs: memory, and the processor time of an operation beside that of a small one.
func (r *run) size(ctx context.Context) ([]figure, error) {
	// The usual prefix: it is a part of every key, and so of the memory.
	many, err := openDesk(ctx, r.server, "{dalel}", r.clients, r.texts)
	if err != nil {
		return nil, err
	}
	defer many.shut()
	perClaim, err := r.filled(ctx, many)
	if err != nil {
		return nil, err
	}
	settled, err := r.settled(ctx, perClaim)
	if err != nil {
		return nil, err
	}
	few, err := openDesk(ctx, r.server, "{small}", r.clients, r.texts)
	if err != nil {
		return nil, err
	}
	defer few.shut()
	if err := few.fill(ctx, r.small, func(int) {}); err != nil {
		return nil, err
	}

	var fews, manys []float64
	err = r.rounds("processor time", func(counted bool) error {
		small, err := few.cycle(ctx, r.each)
		if err != nil {
			return err
		}
		large, err := many.cycle(ctx, r.each)
		if err != nil {
			return err
		}
		r.say("µs of processor time a cycle: %.0f redis + %.0f ours with %d open claims, %.0f + %.0f with %d",
			small.cost.redis, small.cost.own, r.small, large.cost.redis, large.cost.own, r.open)
		if counted {
			fews, manys = append(fews, small.cost.total()/callsOfCycle), append(manys, large.cost.total()/callsOfCycle)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		beside(fmt.Sprintf("processor time an operation, %d open", r.open), "µs", manys, fmt.Sprintf("%d open", r.small), fews).atMost(targetCPU),
		alone("memory an open claim", "B", []float64{perClaim}).atMost(targetBytes),
		alone("the same, a while later", "B", []float64{settled}),
	}, nil
}

// filled fills the large store, and gives how many bytes of Redis an open claim takes.
func (r *run) filled(ctx context.Context, d *desk) (perClaim float64, err error) {
	// Connections take memory too: they are made before.
	_, _, err = hammer(ctx, r.clients, 100*time.Millisecond, func(ctx context.Context, _ int) error { return d.Ready(ctx) })
	if err != nil {
		return 0, err
	}
	before, err := r.server.memory(ctx)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = d.fill(ctx, r.open, func(done int) {
		if done%(max(r.open/20, 1)) < 10_000 {
			r.say("%d of %d open claims, %.0f a second", done, r.open, float64(done)/time.Since(begin).Seconds())
		}
	})
	if err != nil {
		return 0, err
	}
	after, err := r.server.memory(ctx)
	if err != nil {
		return 0, err
	}
	perClaim = (after - before) / float64(r.open)
	if r.Kinds, err = r.server.kinds(ctx, d.prefix, r.open); err != nil {
		return 0, err
	}
	rest := perClaim
	for _, k := range r.Kinds {
		rest -= k.Bytes
	}
	r.Kinds = append(r.Kinds, kind{Name: "tables of keys, and the rest", Bytes: rest})
	return perClaim, nil
}

// settled waits until nearly all once keys of the filling have ended, at most two minutes, and gives how many bytes an open claim takes then, where it
// took perClaim before. A server that removes hundreds of thousands of keys at once is busy with that, and no desk on which a million claims have
// gathered asks it to.
func (r *run) settled(ctx context.Context, perClaim float64) (float64, error) {
	const few = 10_000
	before, err := r.server.memory(ctx)
	if err != nil {
		return 0, err
	}
	until := time.Now().Add(2 * time.Minute)
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		ending, err := r.server.ending(ctx)
		if err != nil {
			return 0, err
		}
		if ending < few || time.Now().After(until) {
			break
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	after, err := r.server.memory(ctx)
	return perClaim + (after-before)/float64(r.open), err
}
