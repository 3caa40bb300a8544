package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// setSize is how many bytes SET writes.
const setSize = 600

// A setter is the yardstick SET: new keys of the same size.
type setter struct {
	*server
	clients int
	value   string
	n       atomic.Int64
}

func newSetter(v *server, clients int) *setter {
	return &setter{server: v, clients: clients, value: strings.Repeat("0123456789", setSize/10)}
}

// sets is how fast SET is. The keys are removed after it.
func (s *setter) sets(ctx context.Context, d time.Duration) (speed, error) {
	first := s.n.Load()
	speed, err := s.speed(ctx, s.clients, d, func(ctx context.Context, _ int) error {
		return s.db.Set(ctx, setKey(s.n.Add(1)), s.value, 0).Err()
	})
	if err != nil {
		return speed, fmt.Errorf("set: %w", err)
	}
	const atOnce = 1000
	for n := first; n < s.n.Load(); n += atOnce {
		keys := make([]string, 0, atOnce)
		for i := range int64(atOnce) {
			keys = append(keys, setKey(n+i+1))
		}
		if err := s.db.Unlink(ctx, keys...).Err(); err != nil {
			return speed, fmt.Errorf("remove the keys of set: %w", err)
		}
	}
	return speed, nil
}

func setKey(n int64) string { return "bench:set:" + strconv.FormatInt(n, 10) }

// A queue is the yardstick asynq. A task's payload is a rumour's text, and its handler does nothing.
//
// One server of asynq takes tasks in one goroutine, one after the other, however many workers it has. So there are as many servers as callers, each
// with one worker, all on one pool: that takes tasks with the same concurrency as our callers do, and was the fastest of the ways tried.
type queue struct {
	server  *server
	db      *redis.Client
	client  *asynq.Client
	look    *asynq.Inspector
	clients int
	texts   *texts
}

const (
	queueName = "bench"
	taskName  = "rumour:check"
)

func newQueue(v *server, clients int, from *texts) (*queue, error) {
	o, err := v.options(clients)
	if err != nil {
		return nil, err
	}
	db := redis.NewClient(o)
	return &queue{server: v, db: db, client: asynq.NewClientFromRedisClient(db), look: asynq.NewInspectorFromRedisClient(db), clients: clients, texts: from}, nil
}

func (q *queue) Close() error { return q.db.Close() }

// speeds are how fast tasks are enqueued, and how fast they go the whole way: enqueued, and then dequeued and done. The queue is filled first and
// emptied then, so that no server ever finds it empty and sleeps; what a cycle takes is the sum of both.
func (q *queue) speeds(ctx context.Context, d time.Duration) (enqueue, cycle speed, err error) {
	before, err := q.info()
	if err != nil {
		return speed{}, speed{}, err
	}
	var tasks atomic.Int64
	enqueue, err = q.server.speed(ctx, q.clients, d, func(ctx context.Context, _ int) error {
		_, text := q.texts.next()
		_, err := q.client.EnqueueContext(ctx, asynq.NewTask(taskName, []byte(text)), asynq.Queue(queueName))
		tasks.Add(1)
		return err
	})
	if err != nil {
		return speed{}, speed{}, fmt.Errorf("asynq: enqueue: %w", err)
	}
	done, err := q.drain(ctx, tasks.Load())
	if err != nil {
		return speed{}, speed{}, err
	}
	after, err := q.info()
	if did := int64(after.ProcessedTotal - before.ProcessedTotal); err == nil && (after.Size != 0 || did != tasks.Load()) {
		err = fmt.Errorf("asynq: of %d tasks %d are done and %d are left", tasks.Load(), did, after.Size)
	}
	cost := cpu{redis: enqueue.cost.redis + done.cost.redis, own: enqueue.cost.own + done.cost.own}
	return enqueue, speed{perSecond: 1 / (1/enqueue.perSecond + 1/done.perSecond), cost: cost}, err
}

// drain lets servers work off the tasks. Its clock starts when a tenth is done and all servers run.
func (q *queue) drain(ctx context.Context, tasks int64) (speed, error) {
	var handled, began, ended atomic.Int64 // the last two in nanoseconds of the clock
	skip, all := max(1, tasks/10), make(chan struct{})
	handler := asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		n := handled.Add(1)
		if n == skip {
			began.Store(time.Now().UnixNano())
		}
		if n == tasks {
			ended.Store(time.Now().UnixNano())
			close(all)
		}
		return nil
	})
	before, err := q.server.cpu(ctx)
	if err != nil {
		return speed{}, err
	}
	servers, err := q.serve(handler)
	if err == nil {
		select {
		case <-all:
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(2 * time.Minute):
			err = errors.New("asynq: the queue was not worked off within two minutes")
		}
	}
	after, noCPU := q.server.cpu(ctx)
	var down sync.WaitGroup
	for _, s := range servers { // each waits until its workers have said that they are done
		down.Go(s.Shutdown)
	}
	down.Wait()
	if err := errors.Join(err, noCPU); err != nil {
		return speed{}, err
	}
	seconds := time.Duration(ended.Load() - began.Load()).Seconds()
	return speed{perSecond: float64(tasks-skip) / seconds, cost: after.since(before, tasks)}, nil
}

func (q *queue) serve(handler asynq.Handler) (servers []*asynq.Server, err error) {
	for range q.clients {
		s := asynq.NewServerFromRedisClient(q.db, asynq.Config{Concurrency: 1, Queues: map[string]int{queueName: 1}, LogLevel: asynq.FatalLevel})
		if err := s.Start(handler); err != nil {
			return servers, fmt.Errorf("asynq: start: %w", err)
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// info is what asynq knows of the queue; nothing before the first task.
func (q *queue) info() (*asynq.QueueInfo, error) {
	names, err := q.look.Queues()
	if err == nil && !slices.Contains(names, queueName) {
		return &asynq.QueueInfo{}, nil
	}
	var info *asynq.QueueInfo
	if err == nil {
		info, err = q.look.GetQueueInfo(queueName)
	}
	if err != nil {
		return nil, fmt.Errorf("asynq: %w", err)
	}
	return info, nil
}
