package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// errTooSlow ends the stream of a client that does not take what happens.
var errTooSlow = errors.New("api: the client takes events too slowly")

// A stream is one client that is told what happens.
type stream struct {
	*Server
	c      *gin.Context
	end    context.CancelCauseFunc // ends the stream from outside
	out    *http.ResponseController
	last   int64 // number of the last event that the client has, or need not have
	editor bool
	beat   *time.Ticker

	mu      sync.Mutex // guards what follows, and the deadline of a write
	ended   bool
	writing bool
}

// serve tells what happens until the client goes or is too slow, its account may not have it any more, or the server ends its streams. The error says
// which; the answer has begun, and nobody else may write to it. head is the number of the log's last event; a client that has more knows another log.
func (t *stream) serve(ctx context.Context, head int64) error {
	t.beat = time.NewTicker(t.cfg.Heartbeat)
	defer t.beat.Stop()
	defer context.AfterFunc(ctx, t.interrupt)()
	// The number stands here too, for clients that are cut off before they were told anything.
	if err := t.write(fmt.Appendf(nil, "retry: %d\nid: %d\n\n", comeBack.Milliseconds(), min(t.last, head))); err != nil {
		return err
	}
	if err := t.tell([]news{{event: claims.Event{Seq: head}, reset: true}}); err != nil {
		return err
	}
	if err := t.replay(ctx, math.MaxInt64); err != nil {
		return err
	}
	l, at := t.hub.join(t.last, func() { t.end(errTooSlow) })
	defer t.hub.leave(l)
	if err := t.replay(ctx, at); err != nil {
		return err
	}
	for {
		select {
		case n := <-l.news:
			if err := t.hear(ctx, waiting(l, n)); err != nil {
				return err
			}
		case <-t.beat.C:
			if err := t.heartbeat(); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// waiting is what a listener has before it, the first of which was taken already.
func waiting(l *listener, first news) []news {
	all := []news{first}
	for len(all) < cap(l.news) {
		select {
		case n := <-l.news:
			all = append(all, n)
		default:
			return all
		}
	}
	return all
}

// hear tells what the hub says, and from the store what lies between that and what the client has.
func (t *stream) hear(ctx context.Context, all []news) error {
	for len(all) > 0 {
		behind := all[0].event.Seq
		if !all[0].reset {
			behind--
		}
		if err := t.replay(ctx, behind); err != nil {
			return err
		}
		n := 1
		for n < len(all) && !all[n].reset {
			n++
		}
		if err := t.tell(all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// replay tells from the store what happened up to a number, or up to the log's end where that comes first. While the store is away it waits.
func (t *stream) replay(ctx context.Context, until int64) error {
	for t.last < until {
		events, err := t.desk.Events(ctx, follower(), t.last, eventsPage, 0)
		if err != nil {
			if err := t.pause(ctx, awayPause); err != nil {
				return err
			}
			continue
		}
		told := make([]news, len(events))
		for i, e := range events {
			told[i].event = e
		}
		if err := t.tell(told); err != nil {
			return err
		}
		if len(events) < eventsPage {
			return nil
		}
	}
	return nil
}

// pause waits, with heartbeats.
func (t *stream) pause(ctx context.Context, d time.Duration) error {
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case <-end.C:
			return nil
		case <-t.beat.C:
			if err := t.heartbeat(); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// heartbeat keeps the connection from being taken for dead, finds out when it is, and looks whether the account still may have the events: a store that
// is away takes nobody's right.
func (t *stream) heartbeat() error {
	who, err := t.lookUp(t.c)
	switch {
	case errors.Is(err, errSignIn):
		return err
	case err == nil && !reviewers.allows(who):
		return claims.ErrForbidden
	case err == nil:
		t.editor = who.Is(claims.RoleEditor)
	}
	return t.write([]byte(":\n\n"))
}

// tell sends news that the client does not have yet, all in one. A log that begins anew is none to a client that is not further than it is.
func (t *stream) tell(all []news) error {
	var b bytes.Buffer
	for _, n := range all {
		if n.reset && n.event.Seq >= t.last || !n.reset && n.event.Seq <= t.last {
			continue
		}
		t.last = n.event.Seq
		if err := t.append(&b, n); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return t.write(b.Bytes())
}

// append adds one event in the form of the protocol. What only editors see is left out for others.
func (t *stream) append(b *bytes.Buffer, n news) error {
	e := newsOf(n)
	if hidden := n.event.Kind == claims.EventEscalated || n.event.Kind == claims.EventDeescalated; hidden && !t.editor {
		return nil
	}
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("api: events: %w", err)
	}
	fmt.Fprintf(b, "id: %d\nevent: %s\ndata: %s\n\n", e.Number, e.Kind, data)
	return nil
}

// write sends bytes at once. The server's own deadline is that of a whole answer: each write has one instead.
func (t *stream) write(b []byte) error {
	if err := t.begin(); err != nil {
		return fmt.Errorf("api: events: %w", err)
	}
	defer t.rest()
	if _, err := t.c.Writer.Write(b); err != nil {
		return fmt.Errorf("api: events: %w", err)
	}
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("api: events: %w", err)
	}
	return nil
}

// begin sets the deadline of a write, unless the stream was ended.
func (t *stream) begin() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return context.Canceled
	}
	t.writing = true
	return t.out.SetWriteDeadline(time.Now().Add(writeWithin))
}

func (t *stream) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writing = false
}

// interrupt lets the stream write nothing more, and breaks off a write that a client holds up.
func (t *stream) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	if t.writing {
		_ = t.out.SetWriteDeadline(time.Unix(1, 0)) // a connection that takes no deadline any more is closed
	}
}
