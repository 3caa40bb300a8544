package faults

import (
	"context"
	"errors"
	"fmt"
)

// dropped is the share of answers that are lost.
const dropped = 0.03

// loseReplies loses answers of Redis while a crowd works, and counts.
func loseReplies(ctx context.Context, s Settings, say func(string, ...any)) (result Result, err error) {
	s, err = s.with("lost-replies", 20, 0)
	if err != nil {
		return result, err
	}
	r, err := StartRedis(ctx, s.Dir)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	p, err := StartProxy(r.Addr(), s.Seed)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	store, err := s.Open(ctx, p.URL(), 0)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	direct, err := s.Open(ctx, r.URL(), 0)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, direct.Close()) }()

	var v verdict
	c := newCrowd(store, s)
	p.Set(Faults{Drop: dropped})
	err = c.during(ctx, func(ctx context.Context) error {
		defer p.Set(Faults{})
		return pause(ctx, s.duration())
	})
	if err != nil {
		return result, err
	}
	say("%d acknowledged, %d answers lost", c.ledger.count(), p.Lost())
	v.count("answers_lost", p.Lost())
	if p.Lost() == 0 {
		v.problem("no answer was lost, so nothing was tried")
	}
	if err := v.readBack(ctx, direct, c.ledger); err != nil {
		return result, err
	}
	return v.result(fmt.Sprintf("%d acts are counted once each, although %d answers were lost", c.ledger.count(), p.Lost())), nil
}
