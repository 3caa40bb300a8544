package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// answerWithin is the time after which a request is given up, unless its answer is a lasting one: the store and the index have shorter deadlines of
// their own.
const answerWithin = 15 * time.Second

// Limits of bodies, in bytes. A form of the desk carries three summaries and twenty quotations, percent-encoded.
const (
	maxCheckBody = 64 << 10
	maxJSONBody  = 64 << 10
	maxFormBody  = 256 << 10
)

// observe gives the request a name and a deadline, and writes its line in the log: the route's pattern, never the path, in which tickets
// and names stand, nor the query.
func (s *Server) observe(c *gin.Context) {
	start := s.cfg.Now()
	id := strings.ToLower(rand.Text()[:16])
	c.Set("request", id)
	c.Header("X-Request-Id", id)
	ctx := c.Request.Context()
	if !lasting(c.FullPath()) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.within)
		defer cancel()
	}
	c.Request = c.Request.WithContext(ctx)
	limit := int64(maxFormBody)
	if forPrograms(c.Request.URL.Path) {
		limit = maxJSONBody
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)

	c.Next()

	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("id", id), slog.String("method", knownMethod(c.Request.Method)),
		slog.String("route", route), slog.Int("status", c.Writer.Status()),
		slog.Int64("ms", s.cfg.Now().Sub(start).Milliseconds()), slog.Int("bytes", max(0, c.Writer.Size())))
}

// knownMethod keeps what a client makes up out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// requestID is the name under which the request stands in the log.
func requestID(c *gin.Context) string { return c.GetString("request") }

// recover answers a request whose handler panicked, and logs where.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		what := fmt.Sprintf("%T", cause)
		if e, ok := cause.(runtime.Error); ok {
			what = e.Error() // the runtime's own words hold no text of a request
		}
		s.log.ErrorContext(c.Request.Context(), "panic", "id", requestID(c), "route", c.FullPath(), "cause", what,
			"stack", string(debug.Stack()))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler) // half an answer must not look whole
		}
		s.fail(c, errPanic)
	}()
	c.Next()
}

// protect sets the headers that guard browsers, and refuses writes that another site makes one send.
func (s *Server) protect(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "+
		"base-uri 'none'; frame-ancestors 'none'")
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Set("Cache-Control", "no-store") // what may be kept says so itself
	if err := s.crossing.Check(c.Request); err != nil {
		s.fail(c, errCrossOrigin)
		return
	}
	c.Next()
}

// forPrograms reports whether a path is answered in JSON.
func forPrograms(path string) bool {
	return path == "/v1" || strings.HasPrefix(path, "/v1/") || path == "/healthz" || path == "/readyz"
}

// fail answers outside of a handler: a problem for programs, a page for people.
func (s *Server) fail(c *gin.Context, err error) {
	if forPrograms(c.Request.URL.Path) {
		s.problem(c, err)
	} else {
		s.pageFailed(c, err)
	}
	c.Abort()
}

func (s *Server) noRoute(c *gin.Context) {
	if forPrograms(c.Request.URL.Path) {
		s.problem(c, errNoRoute)
		return
	}
	s.pageNotFound(c)
}

// noMethod answers 405. The router has set Allow already.
func (s *Server) noMethod(c *gin.Context) { s.fail(c, errMethod) }
