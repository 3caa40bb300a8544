package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"dalel/claims"
)

type queueFsckCmd struct {
	Common
	Repair bool `help:"Mend what follows from the records: index entries, and records that cannot be read are set aside."`
	JSON   bool `help:"Print JSON."`
}

// flaw is a claims.Flaw as it is printed.
type flaw struct {
	Kind   claims.FlawKind `json:"kind"`
	Name   string          `json:"name"`
	Detail string          `json:"detail,omitempty"`
	Mended bool            `json:"mended"`
}

// inspection is a claims.Inspection as it is printed.
type inspection struct {
	Claims   int64  `json:"claims"`
	Requests int64  `json:"requests"`
	Events   int64  `json:"events"`
	Entries  int64  `json:"indexEntries"`
	Sound    bool   `json:"sound"`
	Flaws    []flaw `json:"flaws"`
}

// Run looks the store over. The error says what is left.
func (q queueFsckCmd) Run(p program) error {
	return q.operate(p, func(p program, h *home) error {
		found, err := claims.Inspect(p.ctx, h.store, q.Repair, p.progress)
		if err != nil {
			return err
		}
		i := inspection{Claims: found.Claims, Requests: found.Submissions, Events: found.Events, Entries: found.Entries, Sound: found.Sound(), Flaws: []flaw{}}
		for _, f := range found.Flaws {
			i.Flaws = append(i.Flaws, flaw{f.Kind, f.Name, f.Detail, f.Mended})
		}
		slices.SortStableFunc(i.Flaws, func(a, b flaw) int { return cmp.Compare(a.Kind, b.Kind) })
		if q.JSON {
			err = printValue(p.stdout, i)
		} else {
			err = i.print(p)
		}
		if err == nil && !i.Sound {
			err = i.unsound(q.Repair)
		}
		return err
	})
}

// print writes a line a flaw, those of a kind together, and what was looked at.
func (i inspection) print(p program) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	mended, aside := int64(0), int64(0)
	for _, f := range i.Flaws {
		fate := ""
		if f.Mended {
			mended++
			fate = "mended"
		}
		if f.Kind == claims.FlawDamaged {
			aside++
			fate = "set aside"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Kind, inLine(f.Name), inLine(f.Detail), fate)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	summary := []string{counted(i.Claims, "claim"), counted(i.Requests, "request"), counted(i.Events, "event"), counted(i.Entries, "index entry")}
	fate := "sound"
	if !i.Sound {
		fate = counted(i.left(), "flaw")
	}
	if mended > 0 {
		fate += fmt.Sprintf(", %d mended", mended)
	}
	if aside > 0 {
		fate += fmt.Sprintf(", %s set aside before", counted(aside, "record"))
	}
	return say(p.stdout, strings.Join(summary, ", ")+": "+fate+".")
}

// left is how many flaws do harm and were not mended.
func (i inspection) left() int64 {
	var n int64
	for _, f := range i.Flaws {
		if !f.Mended && f.Kind != claims.FlawDamaged {
			n++
		}
	}
	return n
}

// unsound says what can be done.
func (i inspection) unsound(repaired bool) error {
	mendable := slices.ContainsFunc(i.Flaws, func(f flaw) bool {
		return !f.Mended && (f.Kind == claims.FlawMissing || f.Kind == claims.FlawExtra || f.Kind == claims.FlawUnreadable)
	})
	left := counted(i.left(), "flaw")
	if mendable && !repaired {
		return fmt.Errorf("the store is not sound: %s; --repair mends what follows from the records", left)
	}
	return fmt.Errorf("the store is not sound: %s that cannot be mended from the records; keep the store and compare it with a backup", left)
}

type queueVerifyCmd struct {
	Common
	Noted string `help:"Number and link that an earlier verify has printed." placeholder:"N:LINK"`
	JSON  bool   `help:"Print JSON."`
}

// place is an event and its link.
type place struct {
	Number int64  `json:"number"`
	Link   string `json:"link"`
}

// fault is a claims.LogFault as it is printed.
type fault struct {
	Number int64            `json:"number"`
	Fault  claims.FaultKind `json:"fault"`
}

// Run checks the event log.
func (q queueVerifyCmd) Run(p program) error {
	noted, err := parseNoted(q.Noted)
	if err != nil {
		return err
	}
	return q.operate(p, func(p program, h *home) error {
		v, err := claims.Verify(p.ctx, h.store, noted, p.progress)
		if err != nil {
			return err
		}
		if q.JSON {
			err = printVerification(p, v)
		} else {
			err = say(p.stdout, verified(v, noted)...)
		}
		if err == nil && !v.Sound() {
			err = errors.New("the event log is not what was written")
		}
		return err
	})
}

// parseNoted reads "N:LINK"; empty is none.
func parseNoted(text string) (claims.LogEntry, error) {
	if text == "" {
		return claims.LogEntry{}, nil
	}
	number, link, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || len(link) != 40 || strings.Trim(link, "0123456789abcdef") != "" {
		return claims.LogEntry{}, usagef("--noted is a number and a link of 40 hexadecimal digits, as verify prints them: N:LINK")
	}
	return claims.LogEntry{Number: n, Link: link}, nil
}

func printVerification(p program, v claims.Verification) error {
	out := struct {
		Events int64   `json:"events"`
		Last   place   `json:"last"`
		Sound  bool    `json:"sound"`
		Faults []fault `json:"faults"`
	}{v.Events, place{v.Last.Number, v.Last.Link}, v.Sound(), []fault{}}
	for _, f := range v.Problems {
		out.Faults = append(out.Faults, fault{f.Number, f.Fault})
	}
	return printValue(p.stdout, out)
}

// verified is what is said of an event log.
func verified(v claims.Verification, noted claims.LogEntry) []string {
	if v.Sound() && v.Events == 0 {
		return []string{"The event log is empty."}
	}
	if v.Sound() {
		lines := []string{fmt.Sprintf("%s: none is missing, none was changed.", counted(v.Events, "event"))}
		if noted.Number > 0 {
			lines[0] = fmt.Sprintf("%s: none is missing, none was changed, and number %d is the one that was noted.", counted(v.Events, "event"), noted.Number)
		}
		return append(lines, "", fmt.Sprintf("The last: %d:%s", v.Last.Number, v.Last.Link),
			"Note it where nobody who can write to the store can: given to --noted later, it shows also that nobody has written the whole chain anew.")
	}
	var lines []string
	for _, f := range v.Problems {
		lines = append(lines, fmt.Sprintf("event %d: %s", f.Number, faultText(f.Fault)))
	}
	if len(v.Problems) == claims.MaxFaults {
		lines = append(lines, "and maybe more")
	}
	return append(lines, fmt.Sprintf("%s read.", counted(v.Events, "event")))
}

func faultText(f claims.FaultKind) string {
	switch f {
	case claims.FaultGap:
		return "it is missing"
	case claims.FaultLink:
		return "its link does not follow from what is there: it, or one before it, was changed"
	case claims.FaultUnreadable:
		return "it is no event"
	case claims.FaultTail:
		return "it is missing, with all that came after it: the log is shorter than it was"
	case claims.FaultNoted:
		return "its link is not the one that was noted: the chain was written anew"
	}
	return string(f)
}
