package claims

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// Progress is told how far a long work has come: what it does, how much of it is done, and how much there is in all, 0 where nobody knows. It is
// called often and must be quick.
type Progress func(what string, done, total int64)

func (p Progress) tell(what string, done, total int64) {
	if p != nil {
		p(what, done, total)
	}
}

// A Verification is what Verify found of the event log.
type Verification struct {
	Events   int64      // that were read
	Last     LogEntry   // the last of them: who notes its number and link elsewhere can tell later whether all before it still stands
	Problems []LogFault // in the order of the log, at most MaxFaults
}

// Sound reports whether nothing was removed or changed, as far as the log itself can tell.
func (v Verification) Sound() bool { return len(v.Problems) == 0 }

// A LogFault is a place where the event log does not fit together.
type LogFault struct {
	Number int64
	Fault  FaultKind
}

// FaultKind says what is wrong with a place of the log.
type FaultKind string

const (
	FaultGap        FaultKind = "gap"        // the event is missing
	FaultLink       FaultKind = "link"       // the event, its number or one before it was changed
	FaultUnreadable FaultKind = "unreadable" // the event is no event
	FaultTail       FaultKind = "tail"       // the log is shorter than its own head, or than what was noted, says
	FaultNoted      FaultKind = "noted"      // the link is another than the one that was noted
)

// MaxFaults bounds how many faults are listed: behind a changed event each link may be wrong.
const MaxFaults = 100

// logPage is how many entries of the log are read at once.
const logPage = 1000

// Verify reads the whole event log and checks that numbers are dense, records are events and every link follows from what is before it. noted is an
// entry of an earlier Verification, of which only number and link matter; the zero LogEntry is none.
func Verify(ctx context.Context, s Store, noted LogEntry, progress Progress) (Verification, error) {
	_, head, err := s.Head(ctx)
	if err != nil {
		return Verification{}, fmt.Errorf("claims: verify: %w", err)
	}
	var v Verification
	err = readLog(ctx, s, func(e LogEntry) {
		v.take(e, noted)
		if v.Events%logPage == 0 {
			progress.tell("events", v.Events, max(head, v.Events))
		}
	})
	if err != nil {
		return v, fmt.Errorf("claims: verify: %w", err)
	}
	progress.tell("events", v.Events, v.Events)
	if v.Last.Number < max(head, noted.Number) {
		v.fault(v.Last.Number+1, FaultTail)
	}
	return v, nil
}

// readLog calls f with each entry of the event log, in order.
func readLog(ctx context.Context, s Store, f func(LogEntry)) error {
	for after := int64(0); ; {
		entries, err := s.Log(ctx, after, logPage)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			f(e)
			after = e.Number
		}
	}
}

// take checks the next entry.
func (v *Verification) take(e, noted LogEntry) {
	for missing := v.Last.Number + 1; missing < e.Number && len(v.Problems) < MaxFaults; missing++ {
		v.fault(missing, FaultGap)
	}
	switch gap := e.Number != v.Last.Number+1; {
	case !readable(e.Record):
		v.fault(e.Number, FaultUnreadable)
	case !gap && e.Link != Link(v.Last.Link, e.Number, e.Record):
		v.fault(e.Number, FaultLink)
	case e.Number == noted.Number && e.Link != noted.Link:
		v.fault(e.Number, FaultNoted)
	}
	v.Events++
	v.Last = e
}

func (v *Verification) fault(number int64, f FaultKind) {
	if len(v.Problems) < MaxFaults {
		v.Problems = append(v.Problems, LogFault{Number: number, Fault: f})
	}
}

// readable reports whether a record is an event, of this form or a newer one.
func readable(record []byte) bool {
	var e Event
	return json.Unmarshal(record, &e) == nil && e.Kind != "" && e.Claim != "" && !bytes.Contains(record, []byte{0})
}
