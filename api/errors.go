package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// What goes wrong before the desk is asked.
var (
	errNoRoute     = errors.New("api: no such address")
	errMethod      = errors.New("api: the address does not know this method")
	errPanic       = errors.New("api: a handler panicked")
	errCrossOrigin = errors.New("api: another site made the browser send this")
	errMediaType   = errors.New("api: the body is not JSON")
	errTooLarge    = errors.New("api: the body is too large")
	errInFlight    = errors.New("api: a request with this idempotency key is being answered")
	errVersion     = errors.New("api: the resource is at another version")
	errNotStored   = errors.New("api: the request could not be stored")
	errNotReady    = errors.New("api: not ready")
	errUnknownRef  = errors.New("api: no such resource")
)

// retracted says that a review was withdrawn, and why.
type retracted struct{ reason string }

func (retracted) Error() string { return "api: the review was withdrawn" }

// notStored carries the answer to a question that nothing settles and that could not be queued either.
type notStored struct {
	check checkJSON
	cause error
}

func (e *notStored) Error() string   { return errNotStored.Error() + ": " + e.cause.Error() }
func (e *notStored) Unwrap() []error { return []error{errNotStored, e.cause} }

// notReady says which parts of the server work and which do not.
type notReady struct{ parts map[string]string }

func (*notReady) Error() string { return errNotReady.Error() }
func (*notReady) Unwrap() error { return errNotReady }

// A ruling is one line of the table: which error is answered how.
type ruling struct {
	err    error
	status int
	code   string // stable; the catalogs have its title and detail
}

// rulings is the one table from errors to answers. The first line that matches decides.
var rulings = []ruling{
	{errNoRoute, http.StatusNotFound, "not_found"},
	{errUnknownRef, http.StatusNotFound, "not_found"},
	{errMethod, http.StatusMethodNotAllowed, "method_not_allowed"},
	{errPanic, http.StatusInternalServerError, "internal"},
	{errCrossOrigin, http.StatusForbidden, "cross_origin"},
	{errMediaType, http.StatusUnsupportedMediaType, "unsupported_media_type"},
	{errTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{errInFlight, http.StatusConflict, "idempotency_in_flight"},
	{errVersion, http.StatusPreconditionFailed, "precondition_failed"},
	{claims.ErrFull, http.StatusServiceUnavailable, "full"}, // also of what could not be queued
	{errNotStored, http.StatusServiceUnavailable, "not_stored"},
	{errNotReady, http.StatusServiceUnavailable, "not_ready"},
	{errSignIn, http.StatusUnauthorized, "unauthorized"},
	{errStreams, http.StatusServiceUnavailable, "streams_full"},
	{errOwnStreams, http.StatusTooManyRequests, "too_many_streams"},

	{claims.ErrOwnReview, http.StatusForbidden, "own_review"},
	{claims.ErrOtherProposal, http.StatusConflict, "other_proposal"},
	{claims.ErrForbidden, http.StatusForbidden, "forbidden"},
	{claims.ErrTicket, http.StatusNotFound, "unknown_ticket"},
	{claims.ErrLeaseHeld, http.StatusConflict, "lease_held"},
	{claims.ErrLeaseLost, http.StatusConflict, "lease_lost"},
	{claims.ErrKeyReused, http.StatusUnprocessableEntity, "key_reused"},
	{claims.ErrConflict, http.StatusConflict, "conflict"},
	{claims.ErrNotFound, http.StatusNotFound, "not_found"},
	{claims.ErrUnavailable, http.StatusServiceUnavailable, "unavailable"},

	{index.ErrNotFound, http.StatusNotFound, "not_found"},
	{index.ErrClosed, http.StatusServiceUnavailable, "unavailable"},
	{index.ErrDamaged, http.StatusServiceUnavailable, "unavailable"},

	{context.Canceled, statusClientGone, "client_gone"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "unavailable"},
}

// statusClientGone stands in the log for requests that nobody waits for any more.
const statusClientGone = 499

// classify gives the status and the code of an error. An error that the table does not know is ours to mend: 500.
func classify(err error) (status int, code string) {
	if _, ok := errors.AsType[*claims.InvalidError](err); ok {
		return http.StatusUnprocessableEntity, "invalid"
	}
	if _, ok := errors.AsType[*claims.StateError](err); ok {
		return http.StatusConflict, "wrong_state"
	}
	if e, ok := errors.AsType[*badRequest](err); ok {
		return e.status, e.code
	}
	if _, ok := errors.AsType[retracted](err); ok {
		return http.StatusGone, "retracted"
	}
	for _, r := range rulings {
		if errors.Is(err, r.err) {
			return r.status, r.code
		}
	}
	return http.StatusInternalServerError, "internal"
}

// A badRequest is a request that does not have the form the contract asks for.
type badRequest struct {
	status int
	code   string
	fields []fieldFault
}

func (e *badRequest) Error() string { return "api: bad request: " + e.code }

// A fieldFault is what is wrong with one part of a request. It never holds a value.
type fieldFault struct {
	pointer   string // into the body, RFC 6901
	parameter string // or the name of a query parameter
	header    string // or of a header
	code      string // one of claims' Problem constants, or one of this package's
	limit     int
	line, col int // of a syntax error, from 1
}

// badParameter says that a query parameter has a value that it cannot have.
func badParameter(name, code string, limit int) error {
	return &badRequest{http.StatusBadRequest, "invalid_parameter", []fieldFault{{parameter: name, code: code, limit: limit}}}
}

// badHeader is badParameter for a header.
func badHeader(name, code string) error {
	return &badRequest{http.StatusBadRequest, "invalid_header", []fieldFault{{header: name, code: code}}}
}

// When a client may try again what was not taken: from a store that was away, and from one that somebody has to make room in.
const (
	retryAfter     = 30 * time.Second
	retryAfterFull = 5 * time.Minute
)

// retryIn is the time, in seconds, after which what an error stopped may be tried again.
func retryIn(err error) int {
	if errors.Is(err, claims.ErrFull) {
		return int(retryAfterFull / time.Second)
	}
	return int(retryAfter / time.Second)
}

// problemJSON is RFC 9457's problem, with what this server adds to it.
type problemJSON struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Code     string            `json:"code"`
	Detail   string            `json:"detail,omitempty"`
	Instance string            `json:"instance"`
	Errors   []faultJSON       `json:"errors,omitempty"`
	Reason   string            `json:"reason,omitempty"` // why a review was withdrawn
	Parts    map[string]string `json:"parts,omitempty"`  // of not_ready: what works and what does not
	Check    *checkJSON        `json:"check,omitempty"`  // of not_stored and full, for a check: the answer all the same
}

type faultJSON struct {
	Pointer   *string `json:"pointer,omitempty"` // "" is the whole body
	Parameter string  `json:"parameter,omitempty"`
	Header    string  `json:"header,omitempty"`
	Code      string  `json:"code"`
	Message   string  `json:"message"`
}

// problem answers with an error. It logs what somebody must look at: errors of ours, with their cause.
func (s *Server) problem(c *gin.Context, err error) {
	p := s.problemOf(c, err)
	switch {
	case p.Status == http.StatusUnauthorized:
		c.Header("WWW-Authenticate", `Bearer realm="dalel"`)
	case p.Status == http.StatusTooManyRequests:
		c.Header("Retry-After", strconv.Itoa(retryIn(err)))
	case p.Status == http.StatusServiceUnavailable:
		c.Header("Retry-After", strconv.Itoa(retryIn(err)))
		s.log.WarnContext(c.Request.Context(), "unavailable", "id", p.Instance, "route", c.FullPath(), "error", err)
	case p.Status == http.StatusInternalServerError && !errors.Is(err, errPanic):
		s.log.ErrorContext(c.Request.Context(), "request failed", "id", p.Instance, "route", c.FullPath(), "error", err)
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Vary", "Accept-Language")
	c.Writer.Header().Del("ETag")
	if err := write(c, p.Status, "application/problem+json", p); err != nil {
		s.log.ErrorContext(c.Request.Context(), "problem not written", "id", p.Instance, "error", err)
	}
}

// problemOf is the problem that tells of an error, in the reader's language.
func (s *Server) problemOf(c *gin.Context, err error) problemJSON {
	status, code := classify(err)
	language := s.readerLang(c, "")
	p := problemJSON{Type: "/v1/openapi.yaml#" + code, Status: status, Code: code, Instance: requestID(c),
		Title: s.say(language, "problem."+code+".title", nil), Detail: s.say(language, "problem."+code+".detail", nil)}
	for _, f := range faultsOf(err) {
		j := faultJSON{Parameter: f.parameter, Header: f.header, Code: f.code, Message: s.say(language, "field."+f.code,
			map[string]any{"Limit": f.limit, "Line": f.line, "Column": f.col})}
		if f.parameter == "" && f.header == "" {
			j.Pointer = &f.pointer
		}
		p.Errors = append(p.Errors, j)
	}
	if e, ok := errors.AsType[retracted](err); ok {
		p.Reason = e.reason
	}
	if e, ok := errors.AsType[*notStored](err); ok {
		p.Check = &e.check
	}
	if e, ok := errors.AsType[*notReady](err); ok {
		p.Parts = e.parts
	}
	return p
}

// faultsOf is what an error says of the parts of the request.
func faultsOf(err error) []fieldFault {
	if e, ok := errors.AsType[*badRequest](err); ok {
		return e.fields
	}
	if e, ok := errors.AsType[*claims.InvalidError](err); ok {
		return []fieldFault{{pointer: pointerTo(e.Field), code: e.Problem, limit: e.Limit}}
	}
	return nil
}

// pointerTo is the pointer to a field as the desk names it. Parts that a client chose and that are no name are not repeated.
func pointerTo(field string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(field, "/") {
		if _, err := strconv.ParseUint(part, 10, 16); err == nil {
			b.WriteString("/" + part)
		} else {
			b.WriteString(shown(part))
		}
	}
	return b.String()
}
