package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	feedLimit = 200              // documents asked of a feed at once: one batch, well under a second
	feedWait  = 25 * time.Second // how long a feed may wait for news

	firstPause = 500 * time.Millisecond
	longest    = time.Minute
)

// pause is how long to wait after a number of failures in a row, from 1.
func pause(failures int) time.Duration {
	return min(longest, firstPause<<min(failures-1, 10))
}

// CatchUp applies what the feeds have, one after the other, until none has anything new, and stops at the first error. What was
// applied until then stays.
func (x *Index) CatchUp(ctx context.Context, feeds ...Feed) error {
	for _, f := range feeds {
		for {
			more, err := x.step(ctx, f, 0)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// Follow applies what the feeds bring until ctx ends, and then gives nil; it gives ErrClosed when the index is closed before.
// A feed that fails is tried again with growing pauses, each failure logged, and does not hold up the others.
func (x *Index) Follow(ctx context.Context, feeds ...Feed) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	ended := make([]error, len(feeds))
	for i, f := range feeds {
		all.Go(func() {
			if ended[i] = x.followOne(ctx, f); ended[i] != nil {
				stop()
			}
		})
	}
	all.Wait()
	return errors.Join(ended...)
}

func (x *Index) followOne(ctx context.Context, f Feed) error {
	for failures := 0; ctx.Err() == nil; {
		_, err := x.step(ctx, f, feedWait)
		switch {
		case err == nil:
			failures = 0
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrClosed):
			return err
		default:
			failures++
			wait := x.retry(failures)
			x.log.Warn("a feed failed, it is tried again", "feed", f.Name(), "failures", failures, "retry_in", wait, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
	}
	return nil
}

// step applies what comes next in a feed, and reports whether there was anything.
func (x *Index) step(ctx context.Context, f Feed, wait time.Duration) (more bool, err error) {
	place, err := x.Mark(f.Name())
	if err != nil {
		return false, err
	}
	b, next, err := f.After(ctx, place, feedLimit, wait)
	if err != nil {
		return false, fmt.Errorf("index: feed %s after %q: %w", f.Name(), place, err)
	}
	if next == place && b.Empty() {
		return false, nil
	}
	b = x.indexable(f, b)
	b.Marks = map[string]string{f.Name(): next}
	return true, x.Apply(ctx, b)
}

// indexable is a batch without the documents that cannot be indexed. Trying them again would not mend them and would hold up
// all that comes after; what the index has under their IDs is no longer what the feed says and goes.
func (x *Index) indexable(f Feed, b Batch) Batch {
	last := map[string]int{}
	for i, d := range b.Put {
		last[d.ID] = i
	}
	var put []Document
	gone := slices.Clone(b.Delete)
	for _, i := range slices.Sorted(maps.Values(last)) {
		d := b.Put[i]
		if err := d.Check(); err != nil {
			x.log.Error("a document of a feed cannot be indexed", "feed", f.Name(), "error", err)
			gone = append(gone, d.ID)
			continue
		}
		put = append(put, d)
	}
	b.Put, b.Delete = put, gone
	return b
}
