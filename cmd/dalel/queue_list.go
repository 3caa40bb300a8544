package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"dalel/claims"
)

type queueListCmd struct {
	Common
	State     string `help:"Claims of this state: ${states}. Default: the queue." enum:",${states}" default:"" placeholder:"STATE"`
	Lang      string `help:"Only claims in this language: en, ru or kk." enum:",en,ru,kk" default:"" placeholder:"LANG" env:"-"` // check has one of another meaning
	Band      string `help:"Only claims of this priority: P1, P2, P3 or P4." enum:",P1,P2,P3,P4" default:"" placeholder:"BAND"`
	Escalated bool   `help:"What waits for editors alone."`
	Damaged   bool   `help:"The records that were set aside because they could not be read."`
	Limit     int    `help:"How many claims at most, 1 to 1000." default:"50" placeholder:"N"`
	All       bool   `help:"All of them."`
	After     string `help:"Go on from where a list ended." placeholder:"CURSOR"`
	JSON      bool   `help:"Print JSON."`
}

// maxPage is how many claims are read at once.
const maxPage = 1000

// Run lists claims.
func (q queueListCmd) Run(p program) error {
	if q.Limit < 1 || q.Limit > maxPage {
		return usagef("--limit is between 1 and %d", maxPage)
	}
	if q.Damaged && (q.Escalated || q.State+q.Lang+q.Band+q.After != "") {
		return usagef("--damaged lists records that cannot be read: nothing can be chosen among them")
	}
	if q.Damaged {
		return q.operate(p, q.damaged)
	}
	return q.operate(p, q.list)
}

// listed is a claim of a list.
type listed struct {
	ID        claims.ID    `json:"id"`
	State     claims.State `json:"state"`
	Band      claims.Band  `json:"band"`
	Due       time.Time    `json:"due"`
	Requests  int64        `json:"requests"`
	Lang      string       `json:"lang"`
	Escalated bool         `json:"escalated,omitempty"`
	Holder    string       `json:"holder,omitempty"` // the account's ID
	Until     time.Time    `json:"until,omitzero"`   // of the lease
	Text      string       `json:"text"`
}

func listedOf(c claims.Claim) listed {
	l := listed{ID: c.ID, State: c.State, Band: c.Priority.Band, Due: c.Priority.Due, Requests: c.Requests, Lang: c.Lang, Escalated: c.Escalated, Text: c.Text}
	if c.Lease != nil {
		l.Holder, l.Until = c.Lease.Holder, c.Lease.Until
	}
	return l
}

// list prints claims as they are read: there may be a million of them.
func (q queueListCmd) list(p program, h *home) error {
	if q.JSON {
		items := []listed{}
		next, err := q.each(p.ctx, h.desk, func(l listed) { items = append(items, l) })
		if err != nil {
			return err
		}
		return printValue(p.stdout, struct {
			Items []listed      `json:"items"`
			Next  claims.Cursor `json:"next,omitempty"`
		}{items, next})
	}
	now, err := h.store.Now(p.ctx)
	if err != nil {
		return err
	}
	out, n := bufio.NewWriter(p.stdout), 0
	next, err := q.each(p.ctx, h.desk, func(l listed) {
		if n++; n == 1 {
			fmt.Fprintf(out, row, "claim", "state", "band", "due", "asked", "lang", "text")
		}
		l.print(out, now)
	})
	if err = errors.Join(err, out.Flush()); err != nil {
		return err
	}
	switch {
	case n == 0:
		return q.sayNothing(p, h)
	case next != "":
		return say(p.stdout, "", fmt.Sprintf("There are more: --all lists all, --after '%s' the next.", next))
	}
	return nil
}

// each tells the claims that were asked for, and gives the cursor to go on from.
func (q queueListCmd) each(ctx context.Context, d *claims.Desk, tell func(listed)) (claims.Cursor, error) {
	after := claims.Cursor(q.After)
	for n := 0; ; {
		page := q.Limit - n
		if q.All {
			page = maxPage
		}
		cs, next, err := d.List(ctx, keeper(), claims.Listing{State: claims.State(q.State), Lang: q.Lang, Band: claims.Band(q.Band),
			Escalated: q.Escalated, After: after, Limit: page})
		if err != nil {
			return "", err
		}
		for _, c := range cs {
			tell(listedOf(c))
		}
		n += len(cs)
		if after = next; after == "" || !q.All && n >= q.Limit {
			return after, nil
		}
	}
}

// row is how a line of a list is set.
const row = "%-16s  %-13s  %-4s  %-9s  %5v  %-4s  %s\n"

// print writes a claim as one line.
func (l listed) print(w io.Writer, now time.Time) {
	state := string(l.State)
	if l.Escalated {
		state += " escalated"
	}
	fmt.Fprintf(w, row, l.ID, state, l.Band, relative(l.Due, now), l.Requests, l.Lang, cutAt(inLine(l.Text), 60))
}

// cutAt is a text of at most n characters.
func cutAt(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}

// sayNothing says that the list is empty, and where there is something instead.
func (q queueListCmd) sayNothing(p program, h *home) error {
	elsewhere, err := elsewhere(p.ctx, h.store)
	if err != nil {
		return err
	}
	nothing := "The queue is empty: nothing waits for a reviewer."
	if q.Escalated || q.State+q.Lang+q.Band+q.After != "" {
		nothing = "There is no such claim."
	}
	if elsewhere == "" {
		return say(p.stdout, nothing, "The store has no claims at all yet.")
	}
	return say(p.stdout, nothing, "The store has "+elsewhere+".")
}

// elsewhere says how many claims there are in each state, and of which only editors know; empty where there are none.
func elsewhere(ctx context.Context, s claims.Store) (string, error) {
	var parts []string
	for _, state := range claims.States() {
		n, err := sumOf(ctx, s, claims.OfState(state))
		if err != nil {
			return "", err
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	n, err := sumOf(ctx, s, claims.EscalatedQueue())
	if n > 0 {
		parts = append(parts, fmt.Sprintf("%d of these escalated (--escalated)", n))
	}
	return strings.Join(parts, ", "), err
}

func sumOf(ctx context.Context, s claims.Store, xs []claims.Index) (int64, error) {
	counts, err := s.Count(ctx, xs...)
	var n int64
	for _, count := range counts {
		n += count
	}
	return n, err
}

// damaged lists what was set aside.
func (q queueListCmd) damaged(p program, h *home) error {
	names, err := h.store.Damaged(p.ctx)
	if err != nil {
		return err
	}
	if q.JSON {
		return printValue(p.stdout, struct {
			Items []string `json:"items"`
		}{append([]string{}, names...)})
	}
	if len(names) == 0 {
		return say(p.stdout, "No record was set aside: all that were read could be.")
	}
	for i, name := range names {
		names[i] = inLine(name)
	}
	return say(p.stdout, append(names, "", counted(int64(len(names)), "record")+" set aside. Their bytes are kept, also in a backup; 'dalel queue fsck' finds what else lacks.")...)
}
