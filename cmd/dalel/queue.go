package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"dalel/claims"
)

type queueCmd struct {
	List    queueListCmd    `cmd:"" help:"What waits for reviewers, the most urgent first; or the claims of a state."`
	Show    queueShowCmd    `cmd:"" help:"All about a claim: state, demand, priority, lease, texts, history."`
	Release queueReleaseCmd `cmd:"" help:"End a lease before its time, because its holder is gone. The draft stays."`
	Requeue queueRequeueCmd `cmd:"" help:"Put a claim on the queue: one that is parked, sourced, closed, retracted or published."`
	Fsck    queueFsckCmd    `cmd:"" help:"Hold indexes, versions, histories and demand against the records and the log. Exits with 1 when something is wrong."`
	Compact queueCompactCmd `cmd:"" help:"Give back the space that deleted records have left."`
	Verify  queueVerifyCmd  `cmd:"" help:"Check the chain of the event log: nothing removed, nothing changed. Exits with 1 when something is wrong."`
}

// claimID names the claim that a command is about.
type claimID claims.ID

// Validate refuses what is no ID; the parser calls it.
func (id claimID) Validate() error {
	if !claims.ID(id).Valid() {
		return fmt.Errorf("%q is no claim's ID: those have 16 letters and digits, as 'dalel queue list' shows them", string(id))
	}
	return nil
}

type queueReleaseCmd struct {
	Common
	ID  claimID `arg:"" help:"The claim's ID, see 'dalel queue list'."`
	Why string  `help:"What the history says." default:"released by the operator" placeholder:"TEXT"`
}

// Run ends a lease.
func (q queueReleaseCmd) Run(p program) error {
	return q.operate(p, func(p program, h *home) error {
		c, err := h.desk.Free(p.ctx, claims.ID(q.ID), q.Why)
		return sayMoved(p, h, c, err)
	})
}

type queueRequeueCmd struct {
	Common
	ID  claimID `arg:"" help:"The claim's ID, see 'dalel queue list'."`
	Why string  `help:"What the history says." required:"" placeholder:"TEXT"`
}

// Run puts a claim on the queue.
func (q queueRequeueCmd) Run(p program) error {
	return q.operate(p, func(p program, h *home) error {
		c, err := h.desk.Requeue(p.ctx, claims.ID(q.ID), q.Why)
		return sayMoved(p, h, c, err)
	})
}

// sayMoved says where a claim is after an act, or why it stayed.
func sayMoved(p program, h *home, c claims.Claim, err error) error {
	if state, ok := errors.AsType[*claims.StateError](err); ok {
		return fmt.Errorf("the claim stays as it is, it is %s (%w)", state.From, err)
	}
	if err != nil {
		return err
	}
	now, err := h.store.Now(p.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is %s, %s, due %s.\n", c.ID, c.State, c.Priority.Band, relative(c.Priority.Due, now))
	return err
}

type queueCompactCmd struct {
	Common
	JSON bool `help:"Print JSON."`
}

// Run compacts the store.
func (q queueCompactCmd) Run(p program) error {
	return q.operate(p, func(p program, h *home) error {
		before, after, err := h.store.Compact(p.ctx)
		if err != nil {
			return err
		}
		if q.JSON {
			return printValue(p.stdout, struct {
				Before int64 `json:"before"`
				After  int64 `json:"after"`
			}{before, after})
		}
		_, err = fmt.Fprintf(p.stdout, "The store took %s, and takes %s now.\n", size(before), size(after))
		return err
	})
}

// size is a number of bytes for reading.
func size(bytes int64) string {
	n, unit := float64(bytes), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if n < 1000 {
			break
		}
		n, unit = n/1000, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", n, unit)
}

// relative is a time as seen from now: "in 3 h", "2 d ago".
func relative(at, now time.Time) string {
	d := at.Sub(now)
	if d < 0 {
		return lasting(-d) + " ago"
	}
	return "in " + lasting(d)
}

// lasting is a time span for reading, in the largest unit of which it has one.
func lasting(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// inLine is a text as one line of a terminal: what people send must not move the cursor or set colours.
func inLine(text string) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

// counted is a number with its word, "1 claim", "2 claims".
func counted(n int64, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case strings.HasSuffix(word, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(word, "y"))
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// say writes lines of a text.
func say(w io.Writer, lines ...string) error {
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}
