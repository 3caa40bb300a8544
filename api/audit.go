package api

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// A period is from since, included, until, not included; a zero time leaves that side open.
type period struct{ since, until time.Time }

func periodOf(c *gin.Context) (period, error) {
	p := &params{c: c}
	return period{p.time("since"), p.time("until")}, p.err
}

// name is the period as a part of a file's name.
func (p period) name() string {
	name := ""
	for _, side := range []struct {
		word string
		at   time.Time
	}{{"-since-", p.since}, {"-until-", p.until}} {
		switch at := side.at.UTC(); {
		case side.at.IsZero():
		case at.Equal(at.Truncate(24 * time.Hour)):
			name += side.word + at.Format(time.DateOnly)
		default:
			name += side.word + at.Format("2006-01-02T150405Z")
		}
	}
	return name
}

// auditColumns are the columns of the table.
func auditColumns() []string {
	return []string{"number", "at", "kind", "claim", "from", "to", "before", "after", "by", "role", "note"}
}

// auditCSV gives the events of a period as a table for spreadsheets, as casesCSV does cases.
func (s *Server) auditCSV(c *gin.Context) error {
	return s.audit(c, "csv", "text/csv; charset=utf-8", func(out io.Writer) auditWriter {
		w := csv.NewWriter(out)
		w.UseCRLF = true
		return auditWriter{
			begin: func() error {
				if _, err := io.WriteString(out, "\ufeff"); err != nil {
					return err
				}
				return w.Write(auditColumns())
			},
			event: func(e auditJSON) error { return w.Write(auditRow(e)) },
			end: func() error {
				w.Flush()
				return w.Error()
			},
		}
	})
}

// auditRow is an event as a row of the table.
func auditRow(e auditJSON) []string {
	at := ""
	if e.At != nil {
		at = e.At.Format(time.RFC3339Nano)
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	row := []string{number(e.Number), at, e.Kind, e.Claim, e.From, e.To, number(e.Before), number(e.After), e.By, e.Role, e.Note}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

// auditLines gives the events of a period for programs: one JSON object a line.
func (s *Server) auditLines(c *gin.Context) error {
	return s.audit(c, "ndjson", "application/x-ndjson", func(out io.Writer) auditWriter {
		w := json.NewEncoder(out)
		w.SetEscapeHTML(false)
		nothing := func() error { return nil }
		return auditWriter{begin: nothing, event: func(e auditJSON) error { return w.Encode(e) }, end: nothing}
	})
}

// An auditWriter writes the audit in one form.
type auditWriter struct {
	begin, end func() error
	event      func(auditJSON) error
}

// audit streams the events of a period. What goes wrong while nothing has gone out yet is answered as any error; afterwards the connection is broken off:
// half an audit must not look whole.
func (s *Server) audit(c *gin.Context, form, contentType string, in func(io.Writer) auditWriter) error {
	who, err := s.account(c)
	if err != nil {
		return err
	}
	p, err := periodOf(c)
	if err != nil {
		return err
	}
	d := &download{c: c, out: http.NewResponseController(c.Writer), contentType: contentType, name: "dalel-audit" + p.name() + "." + form}
	if c.Request.Method == http.MethodHead {
		d.head()
		return nil
	}
	buffer := bufio.NewWriterSize(d, 16<<10)
	w := in(buffer)
	err = w.begin()
	if err == nil {
		err = s.desk.Audit(c.Request.Context(), who, p.since, p.until, func(e claims.Event) error { return w.event(auditOf(e)) })
	}
	if err == nil {
		err = w.end()
	}
	if err == nil {
		err = d.finish(buffer)
	}
	if err == nil {
		return nil
	}
	if !d.begun {
		return fmt.Errorf("api: audit: %w", err)
	}
	s.log.WarnContext(c.Request.Context(), "audit cut off", "id", requestID(c), "error", err)
	panic(http.ErrAbortHandler)
}

// A download is a file that is written while it is made. Each write has a deadline of its own: a whole file may take longer than any other answer.
type download struct {
	c                 *gin.Context
	out               *http.ResponseController
	contentType, name string
	begun             bool
}

func (d *download) head() {
	d.c.Header("Content-Type", d.contentType)
	d.c.Header("Content-Disposition", `attachment; filename="`+d.name+`"`)
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.head()
	}
	if err := d.out.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return 0, err
	}
	return d.c.Writer.Write(b)
}

// finish sends what is left of a file, even if that is nothing at all.
func (d *download) finish(b *bufio.Writer) error {
	if b.Buffered() == 0 && !d.begun {
		d.head()
		d.c.Writer.WriteHeaderNow()
		return nil
	}
	return b.Flush()
}
