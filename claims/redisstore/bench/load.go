package main

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// hammer lets clients call f, each again as soon as it returns, until the time is over and the last calls have returned. It gives how many calls
// there were and how long that took. The first error ends it.
func hammer(ctx context.Context, clients int, d time.Duration, f func(ctx context.Context, client int) error) (calls int64, took time.Duration, err error) {
	var n atomic.Int64
	begin := time.Now()
	group, within := errgroup.WithContext(ctx)
	for client := range clients {
		group.Go(func() error {
			for time.Since(begin) < d {
				if err := f(within, client); err != nil {
					return err
				}
				n.Add(1)
			}
			return nil
		})
	}
	err = group.Wait()
	return n.Load(), time.Since(begin), err
}

// A speed is how often something was done a second, and what one of them cost in processor time.
type speed struct {
	perSecond float64
	cost      cpu
}

// speeds are those of the rounds that count.
type speeds []speed

func (s speeds) perSecond() []float64 {
	return s.each(func(v speed) float64 { return v.perSecond })
}

func (s speeds) each(f func(speed) float64) []float64 {
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = f(v)
	}
	return out
}

// speed is hammer as a speed.
func (v *server) speed(ctx context.Context, clients int, d time.Duration, f func(ctx context.Context, client int) error) (speed, error) {
	before, err := v.cpu(ctx)
	if err != nil {
		return speed{}, err
	}
	calls, took, err := hammer(ctx, clients, d, f)
	if err != nil {
		return speed{}, err
	}
	after, err := v.cpu(ctx)
	return speed{perSecond: float64(calls) / took.Seconds(), cost: after.since(before, calls)}, err
}

// times are how long calls took, noted by each client apart.
type times [][]time.Duration

func newTimes(clients int) times { return make(times, clients) }

func (t times) note(client int, begin time.Time) {
	t[client] = append(t[client], time.Since(begin))
}

// p99 is the time within which 99 of 100 calls were done (the nearest rank), in milliseconds; 0 where there was no call.
func (t times) p99() float64 {
	all := slices.Concat(t...)
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	rank := (len(all)*99 + 99) / 100
	return float64(all[rank-1]) / float64(time.Millisecond)
}

// median is the middle one, or the mean of the two in the middle; 0 of none.
func median(vs []float64) float64 {
	if len(vs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(vs))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// each lets clients call f together a number of times.
func each(ctx context.Context, clients, calls int, f func(ctx context.Context) error) error {
	var n atomic.Int64
	group, within := errgroup.WithContext(ctx)
	for range clients {
		group.Go(func() error {
			for n.Add(1) <= int64(calls) {
				if err := f(within); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
