package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// slice is how long one blocking read waits at most: a caller who gives up is let go after it.
const slice = time.Second

// Events gives events after a number, and waits for one where there is none yet, see claims.Store. The number and the limit must not be
// negative, the limit not zero. A caller who gives up while it waits gets the context's error within a second.
func (s *Store) Events(ctx context.Context, after int64, limit int, wait time.Duration) ([]claims.Event, error) {
	const what = "events"
	if after < 0 {
		return nil, &claims.InvalidError{Field: "after", Problem: claims.ProblemFormat}
	}
	if limit < 1 {
		return nil, &claims.InvalidError{Field: "limit", Problem: claims.ProblemFormat}
	}
	var found []redis.XMessage
	err := s.call(ctx, what, func(ctx context.Context, db *redis.Client) (err error) {
		found, err = db.XRangeN(ctx, s.key("log"), eventID(after+1), "+", int64(limit)).Result()
		return err
	})
	for end := time.Now().Add(wait); err == nil && len(found) == 0; {
		left := time.Until(end)
		if left < time.Millisecond {
			return nil, nil
		}
		found, err = s.listen(ctx, after, limit, min(left, slice))
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		err = failure(what, err)
	}
	if err != nil {
		return nil, err
	}
	var es []claims.Event
	for _, m := range found {
		es = append(es, s.decodeEvent(ctx, m))
	}
	return es, nil
}

// listen waits for events on a connection of those who wait. The breaker is not asked, and learns nothing: a caller that waits here neither uses up
// the one call that may find out whether Redis is back, nor says by its silence that it is gone.
func (s *Store) listen(ctx context.Context, after int64, limit int, wait time.Duration) ([]redis.XMessage, error) {
	select {
	case <-s.closed:
		return nil, redis.ErrClosed
	default:
	}
	within, cancel := context.WithTimeout(ctx, wait+timeout)
	defer cancel()
	var streams []redis.XStream
	_, err := repeat(within, func(ctx context.Context) error {
		return s.waiting.do(ctx, func(ctx context.Context, db *redis.Client) (err error) {
			streams, err = db.XRead(ctx, &redis.XReadArgs{Streams: []string{s.key("log"), eventID(after)}, Count: int64(limit), Block: wait}).Result()
			return err
		})
	})
	if errors.Is(err, redis.Nil) {
		return nil, ctx.Err()
	}
	if err != nil || len(streams) == 0 {
		return nil, err
	}
	return streams[0].Messages, nil
}

func eventID(number int64) string { return strconv.FormatInt(number, 10) + "-0" }

// numberOf is the number of an entry of the log.
func numberOf(m redis.XMessage) (int64, error) {
	number, _, _ := strings.Cut(m.ID, "-")
	return strconv.ParseInt(number, 10, 64)
}

// decodeEvent reads an event. One that cannot be read keeps its number, so that the log stays dense and its readers go on.
func (s *Store) decodeEvent(ctx context.Context, m redis.XMessage) claims.Event {
	var e claims.Event
	seq, err := numberOf(m)
	if err == nil {
		data, _ := m.Values["e"].(string)
		err = json.Unmarshal([]byte(data), &e)
	}
	if err != nil {
		e = claims.Event{}
		s.note(ctx, "events/"+strconv.FormatInt(seq, 10), err)
	}
	e.Seq = seq
	return e
}

// Head gives the log's epoch and the number of its last event. An emptied database begins a new epoch.
func (s *Store) Head(ctx context.Context) (epoch string, seq int64, err error) {
	epoch, seq, _, err = s.last(ctx)
	if err == nil && epoch == "" {
		epoch, err = s.found(ctx, true)
	}
	return epoch, seq, err
}

// last gives the log's epoch, and the number and link of its last event.
func (s *Store) last(ctx context.Context) (epoch string, seq int64, link string, err error) {
	const what = "head"
	var got []any
	err = s.call(ctx, what, func(ctx context.Context, db *redis.Client) (err error) {
		got, err = db.MGet(ctx, s.key("epoch"), s.key("head")).Result()
		return err
	})
	if err != nil {
		return "", 0, "", err
	}
	epoch, _ = got[0].(string)
	if text, some := got[1].(string); some {
		var number string
		number, link, _ = strings.Cut(text, " ")
		if seq, err = strconv.ParseInt(number, 10, 64); err != nil {
			return "", 0, "", fmt.Errorf("redisstore: %s: the number of the last event: %w", what, err)
		}
	}
	return epoch, seq, link, nil
}
