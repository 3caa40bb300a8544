package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

const (
	heartbeat   = 15 * time.Second // where Config says nothing
	writeWithin = 10 * time.Second // the time a client has to take what is written
	comeBack    = 2 * time.Second  // after which a client that was cut off comes again
)

// Kinds of what a stream tells beside what happens to claims.
const (
	kindReset      = "reset"      // the log has begun anew, or is another one
	kindUnreadable = "unreadable" // an event of which only the number is left
)

// events streams what happens to claims as server-sent events (WHATWG HTML, 9.2), from now on, or from behind the event that the client has.
func (s *Server) events(c *gin.Context) error {
	who, err := s.account(c)
	if err != nil {
		return err
	}
	after, err := lastEvent(c)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(c.Request.Context())
	defer end(nil)
	t := &stream{Server: s, c: c, end: end, out: http.NewResponseController(c.Writer), last: after, editor: who.Is(claims.RoleEditor)}
	if err := s.streams.enter(t, who.ID); err != nil {
		return err
	}
	defer s.streams.leave(t)
	head, err := s.desk.Head(c.Request.Context()) // also of a stream that has been ended: the client is told a number that holds
	if err != nil {
		return fmt.Errorf("api: events: %w", err)
	}
	if after < 0 {
		t.last = head
	}
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no") // what nginx collects comes too late
	if c.Request.Method == http.MethodHead {
		return nil
	}
	err = t.serve(ctx, head)
	s.log.DebugContext(ctx, "events ended", "id", requestID(c), "last", t.last, "cause", err)
	return nil
}

// lastEvent is the number of the last event that the client has, or -1 where it wants those from now on. The header wins: browsers set it when
// they come back, and keep the query.
func lastEvent(c *gin.Context) (int64, error) {
	if text := c.GetHeader("Last-Event-ID"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return 0, badHeader("Last-Event-ID", claims.ProblemFormat)
		}
		return n, nil
	}
	p := &params{c: c}
	return p.number("lastEventId", 0, math.MaxInt64, -1), p.err
}
