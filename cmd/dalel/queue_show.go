package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"dalel/claims"
)

type queueShowCmd struct {
	Common
	ID   claimID `arg:"" help:"The claim's ID, see 'dalel queue list'."`
	JSON bool    `help:"Print JSON: the claim and its events as they are stored."`
}

// Run shows a claim.
func (q queueShowCmd) Run(p program) error {
	return q.operate(p, q.show)
}

func (q queueShowCmd) show(p program, h *home) error {
	c, err := h.desk.Claim(p.ctx, keeper(), claims.ID(q.ID))
	if errors.Is(err, claims.ErrNotFound) {
		return fmt.Errorf("there is no claim %s (%w)", q.ID, err)
	}
	if err != nil {
		return err
	}
	history, err := h.desk.History(p.ctx, keeper(), c.ID)
	if err != nil {
		return err
	}
	if q.JSON {
		return printValue(p.stdout, struct {
			Claim   claims.Claim   `json:"claim"`
			History []claims.Event `json:"history"`
		}{c, history})
	}
	now, err := h.store.Now(p.ctx)
	if err != nil {
		return err
	}
	people, err := h.store.Accounts(p.ctx)
	if err != nil {
		return err
	}
	shown := sheet{claim: c, now: now, names: map[string]string{}}
	for _, a := range people {
		shown.names[a.ID] = a.Name
	}
	return shown.print(p, history)
}

// A sheet is what is shown of a claim.
type sheet struct {
	claim claims.Claim
	now   time.Time
	names map[string]string // of accounts, by ID
}

// name is an account's name, its ID where it is gone.
func (s sheet) name(account string) string {
	if name, known := s.names[account]; known {
		return inLine(name)
	}
	return account
}

// day is a time as it is shown.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func (s sheet) print(p program, history []claims.Event) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, line := range s.facts() {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := say(p.stdout, append([]string{""}, s.texts()...)...); err != nil {
		return err
	}
	if err := say(p.stdout, "", "History"); err != nil {
		return err
	}
	for _, e := range history {
		fmt.Fprintf(w, "  %d\t%s\t%s\t%s\t%s\t%s\n", e.Seq, day(e.At), e.Kind, e.To, s.by(e), inLine(e.Note))
	}
	return w.Flush()
}

// by is who did something.
func (s sheet) by(e claims.Event) string {
	switch {
	case e.By != "":
		return s.name(e.By) + ", " + string(e.Role)
	case e.Role != "":
		return "operator"
	}
	return "-"
}

// facts are the lines about a claim that have a name.
func (s sheet) facts() [][2]string {
	c := s.claim
	state := fmt.Sprintf("%s, %s, due %s (%s UTC)", c.State, c.Priority.Band, relative(c.Priority.Due, s.now), day(c.Priority.Due))
	if c.Escalated {
		state += ", escalated"
	}
	demand := fmt.Sprintf("%s, %d of them still open; in %s; first %s, last %s UTC", counted(c.Requests, "request"), c.Asking, c.Lang, day(c.FirstSeen), day(c.LastSeen))
	if c.Forwarded > 0 {
		demand += fmt.Sprintf("; %d forwarded many times", c.Forwarded)
	}
	if len(c.Channels) > 0 {
		demand += "; by " + strings.Join(c.Channels, ", ")
	}
	facts := [][2]string{{"Claim", fmt.Sprintf("%s, version %d", c.ID, c.Version)}, {"State", state}, {"Demand", demand},
		{"Priority", fmt.Sprintf("harm %d, spread %d: %s", c.Priority.Harm, c.Priority.Spread, reasons(c.Priority.Why))}}
	if c.Topic != "" {
		facts = append(facts, [2]string{"Topic", inLine(c.Topic)})
	}
	if l := c.Lease; l != nil {
		over := "until " + day(l.Until) + " UTC, " + relative(l.Until, s.now)
		facts = append(facts, [2]string{"Lease", fmt.Sprintf("%s, %s, token %d", s.name(l.Holder), over, l.Token)})
	}
	if c.Expiries > 0 {
		facts = append(facts, [2]string{"Leases", counted(int64(c.Expiries), "lease") + " ran out since the last finding"})
	}
	if r := c.Proposed; r != nil {
		facts = append(facts, [2]string{"Proposed", fmt.Sprintf("%s, by %s, %s UTC", r.Verdict, s.name(r.Author), day(r.Proposed))})
	}
	if r := c.Review; r != nil {
		facts = append(facts, [2]string{"Review", fmt.Sprintf("%s, version %d, by %s, %s UTC", r.Verdict, r.Version, s.name(r.Author), day(r.Modified))})
	}
	if end := c.Closing; end != nil {
		facts = append(facts, [2]string{"Closed", s.closing(*end)})
	}
	if c.Note != "" {
		facts = append(facts, [2]string{"Note", inLine(c.Note)})
	}
	return facts
}

// closing says how a claim ended.
func (s sheet) closing(end claims.Closing) string {
	parts := []string{string(end.Reason)}
	if end.DuplicateOf != "" {
		parts = append(parts, "of "+string(end.DuplicateOf))
	}
	if end.By != "" {
		parts = append(parts, "by "+s.name(end.By))
	}
	parts = append(parts, day(end.At)+" UTC")
	if end.Note != "" {
		parts = append(parts, inLine(end.Note))
	}
	return strings.TrimPrefix(strings.Join(parts, ", "), ", ")
}

// texts are the claim's words, other wordings, and other claims.
func (s sheet) texts() []string {
	c := s.claim
	lines := []string{"Text"}
	if c.Text == "" {
		lines = append(lines, "  (erased)")
	} else {
		lines = append(lines, wrapped(inLine(c.Text), "  "))
	}
	if c.Review != nil && c.Review.Statement != "" {
		lines = append(lines, "", "In the reviewer's words", wrapped(inLine(c.Review.Statement), "  "))
	}
	if len(c.Wordings) > 0 {
		lines = append(lines, "", "Other wordings")
	}
	for _, w := range c.Wordings {
		lines = append(lines, wrapped(fmt.Sprintf("%s: %s", w.ID, inLine(w.Text)), "  "))
	}
	if len(c.Merged) > 0 {
		lines = append(lines, "", "Duplicates of it")
	}
	for _, id := range c.Merged {
		lines = append(lines, "  "+string(id))
	}
	if len(c.Similar) > 0 {
		lines = append(lines, "", "May be the same")
	}
	for _, other := range c.Similar {
		lines = append(lines, fmt.Sprintf("  %s  %.2f  %s", other.Claim, other.Score, other.Status))
	}
	return lines
}

// reasons are why a priority is what it is, for reading.
func reasons(why []claims.Why) string {
	var parts []string
	for _, w := range why {
		parts = append(parts, reason(w))
	}
	return strings.Join(parts, "; ")
}

func reason(w claims.Why) string {
	switch w.Code {
	case claims.WhyRequests:
		return fmt.Sprintf("%d people in 7 days", w.N)
	case claims.WhyForwarded:
		return fmt.Sprintf("%d times forwarded many times", w.N)
	case claims.WhyGrowing:
		return "growing"
	case claims.WhyTopicCure:
		return "about a cure"
	case claims.WhyTopicVaccine:
		return "about vaccines"
	case claims.WhyTopicRestrict:
		return "about restrictions"
	case claims.WhyTopicOrigin:
		return "about the origin"
	case claims.WhyPhysicalDanger:
		return "a danger to the body"
	case claims.WhyTargetsPerson:
		return "against a person or children"
	case claims.WhyStigma:
		return "stigma"
	case claims.WhyVoid:
		return "no trusted passage answers it"
	case claims.WhySlack:
		return fmt.Sprintf("to be looked at within %d h", w.N)
	}
	return w.Code
}
