package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// A lap is what one round of speeds came to.
type lap struct {
	set, enqueue, task          speed // the yardsticks
	commit, submit, hot, cycled speed
	next, end                   float64 // 99th percentiles in a cycle, in milliseconds
}

// lap measures everything once. What is compared with each other stands close to each other.
func (r *run) lap(ctx context.Context, set *setter, q *queue, d *desk) (l lap, err error) {
	if l.commit, err = d.commits(ctx, r.each); err != nil {
		return l, fmt.Errorf("commit: %w", err)
	}
	if l.set, err = set.sets(ctx, r.each); err != nil {
		return l, err
	}
	if l.hot, err = d.hot(ctx, r.each); err != nil {
		return l, fmt.Errorf("one hot claim: %w", err)
	}
	if l.submit, err = d.submits(ctx, r.each); err != nil {
		return l, fmt.Errorf("submit: %w", err)
	}
	if l.enqueue, l.task, err = q.speeds(ctx, r.each); err != nil {
		return l, err
	}
	c, err := d.cycle(ctx, r.each)
	if err != nil {
		return l, fmt.Errorf("cycle: %w", err)
	}
	l.cycled, l.next, l.end = c.speed, c.next.p99(), c.end.p99()
	r.say("a second: SET %.0f, commit %.0f, submit %.0f, one hot claim %.0f, asynq enqueue %.0f and cycle %.0f, our cycle %.0f", l.set.perSecond,
		l.commit.perSecond, l.submit.perSecond, l.hot.perSecond, l.enqueue.perSecond, l.task.perSecond, l.cycled.perSecond)
	return l, nil
}

// speed measures how fast the yardsticks and ours are, in turn.
func (r *run) speed(ctx context.Context) ([]figure, error) {
	d, err := openDesk(ctx, r.server, "{speed}", r.clients, r.texts)
	if err != nil {
		return nil, err
	}
	defer d.shut()
	q, err := newQueue(r.server, r.clients, r.texts)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	set := newSetter(r.server, r.clients)
	if err := d.fill(ctx, r.small, func(int) {}); err != nil {
		return nil, err
	}
	var laps []lap
	err = r.rounds("speed", func(counted bool) error {
		l, err := r.lap(ctx, set, q, d)
		if counted {
			laps = append(laps, l)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return judged(laps), r.profiled(ctx, d)
}

// judged are the figures of laps.
func judged(laps []lap) []figure {
	of := func(f func(lap) speed) speeds {
		out := make(speeds, len(laps))
		for i, l := range laps {
			out[i] = f(l)
		}
		return out
	}
	sets, enqueues, tasks := of(func(l lap) speed { return l.set }), of(func(l lap) speed { return l.enqueue }), of(func(l lap) speed { return l.task })
	commits, submits := of(func(l lap) speed { return l.commit }), of(func(l lap) speed { return l.submit })
	hots, cycles := of(func(l lap) speed { return l.hot }), of(func(l lap) speed { return l.cycled })
	var nexts, ends []float64
	for _, l := range laps {
		nexts, ends = append(nexts, l.next), append(ends, l.end)
	}
	return []figure{
		alone(fmt.Sprintf("go-redis SET of %d bytes", setSize), "/s", sets.perSecond()).costing(sets),
		alone("asynq Enqueue", "/s", enqueues.perSecond()).costing(enqueues),
		alone("asynq Enqueue, Dequeue, Done", "/s", tasks.perSecond()).costing(tasks),
		beside("Commit of a submission alone", "/s", commits.perSecond(), "SET", sets.perSecond()).costing(commits),
		beside("Commit of a submission alone", "/s", commits.perSecond(), "asynq Enqueue", enqueues.perSecond()).costing(commits),
		beside("Submit", "/s", submits.perSecond(), "SET", sets.perSecond()).costing(submits).atLeast(targetSubmitOfSet),
		beside("Submit", "/s", submits.perSecond(), "asynq Enqueue", enqueues.perSecond()).costing(submits).atLeast(targetSubmitOfEnqueue),
		beside("Submit, Next, decide", "/s", cycles.perSecond(), "asynq's cycle", tasks.perSecond()).costing(cycles).atLeast(targetCycle),
		beside("one hot claim", "/s", hots.perSecond(), "Submit", submits.perSecond()).costing(hots).atLeast(targetHot),
		beside("Next, 99th percentile", "ms", nexts, "decide", ends).atMost(targetNextOfDecide),
	}
}

// profiled writes a CPU profile of one more round of cycles, where it was asked for.
func (r *run) profiled(ctx context.Context, d *desk) (err error) {
	if r.profile == "" {
		return nil
	}
	f, err := os.Create(r.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	_, err = d.cycle(ctx, 5*r.each)
	return err
}
