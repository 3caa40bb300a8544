package claims

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"dalel/index/lang"
)

// A Listing chooses claims for the desk's list. Empty fields choose all.
type Listing struct {
	State       State // empty: queued and needs_update, in the order in which Next gives them
	Lang        string
	Band        Band
	Topic       string
	MinRequests int64
	Q           string // words that the claim's text has
	Mine        bool   // held or proposed by the account
	Escalated   bool   // for editors
	After       Cursor
	Limit       int
}

// scanAtMost bounds how many records a filtered list reads before it gives what it has and a cursor to go on from.
const scanAtMost = 500

// List gives the claims of a listing, the earliest due first. Escalated ones are only for editors.
func (d *Desk) List(ctx context.Context, who Account, l Listing) ([]Claim, Cursor, error) {
	if !who.Is(RoleReviewer) {
		return nil, "", ErrForbidden
	}
	var languages []string
	if l.Lang != "" {
		languages = []string{l.Lang}
	}
	xs := Queue(l.Band, languages...)
	switch {
	case l.Mine:
		xs = []Index{MineIndex(who.ID)}
	case l.Escalated:
		if !who.Is(RoleEditor) {
			return nil, "", ErrForbidden
		}
		xs = EscalatedQueue()
	case l.State != "":
		xs = OfState(l.State)
	}
	found, next, err := d.scan(ctx, xs, l.After, l.Limit, func(c Claim) bool {
		return (!c.Escalated || who.Is(RoleEditor)) &&
			(l.State == "" || c.State == l.State) && (l.Lang == "" || c.Lang == l.Lang) && (l.Band == "" || c.Priority.Band == l.Band) &&
			(l.Topic == "" || c.Topic == l.Topic) && c.Requests >= l.MinRequests && hasWords(c.Text, l.Q)
	})
	if err != nil {
		return nil, "", err
	}
	var out []Claim
	for _, c := range found {
		switch err := d.mayRead(ctx, who, c); {
		case errors.Is(err, ErrForbidden):
		case err != nil:
			return nil, "", err
		default:
			out = append(out, c)
		}
	}
	return out, next, nil
}

// scan gives the first limit claims of some indexes that a filter keeps.
func (d *Desk) scan(ctx context.Context, xs []Index, after Cursor, limit int, keep func(Claim) bool) ([]Claim, Cursor, error) {
	var out []Claim
	for read := 0; read < scanAtMost; {
		ids, next, err := d.store.Range(ctx, after, limit-len(out), xs...)
		if err != nil {
			return nil, "", err
		}
		cs, err := d.store.Get(ctx, ids...)
		if err != nil {
			return nil, "", err
		}
		read += len(ids)
		for _, c := range cs {
			if c != nil && keep(*c) {
				out = append(out, *c)
			}
		}
		if after = next; next == "" || len(out) >= limit {
			break
		}
	}
	return out, after, nil
}

// hasWords reports whether a text has all the words of a query, as people type them.
func hasWords(text, query string) bool {
	text = lang.Normalize(text)
	for word := range strings.FieldsSeq(lang.Normalize(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// A Selection chooses published reviews. Empty fields choose all.
type Selection struct {
	Lang      string // the claim's, or a language that the summary is in
	Topic     string
	Verdict   Verdict
	Technique string
	Q         string
	Since     time.Time // of the last publication
	Until     time.Time // excluded
	After     Cursor
	Limit     int
}

func (s Selection) keeps(c Claim) bool {
	r := c.Review
	if !c.Public() || c.Priority.Band == P4 {
		return false
	}
	summary, _ := r.SummaryIn(s.Lang)
	return (s.Lang == "" || c.Lang == s.Lang || r.Summary[s.Lang] != "") && (s.Topic == "" || c.Topic == s.Topic) &&
		(s.Verdict == "" || r.Verdict == s.Verdict) && (s.Technique == "" || slices.Contains(r.Techniques, s.Technique)) &&
		(s.Since.IsZero() || !r.Modified.Before(s.Since)) && (s.Until.IsZero() || r.Modified.Before(s.Until)) &&
		hasWords(c.Statement()+" "+summary, s.Q)
}

// Reviews gives the claims whose review is public, the last published first. What is not to be amplified is answered to who asks, and not listed.
func (d *Desk) Reviews(ctx context.Context, s Selection) ([]Claim, Cursor, error) {
	return d.scan(ctx, []Index{IndexPublic}, s.After, s.Limit, s.keeps)
}

// Review gives a claim whose review is public or was retracted, or of which it is a duplicate. It gives ErrNotFound for all others.
func (d *Desk) Review(ctx context.Context, id ID) (Claim, error) {
	c, err := d.resolve(ctx, id)
	if err != nil {
		return Claim{}, err
	}
	if c.Review == nil || !c.Public() && c.State != StateRetracted {
		return Claim{}, ErrNotFound
	}
	return *c, nil
}

// Cases gives public reviews for teaching: what Reviews gives without those that are being re-checked. A seed other than zero gives
// limit of them in an order that the seed decides, always the same while the same reviews are public.
func (d *Desk) Cases(ctx context.Context, s Selection, seed uint64) ([]Claim, Cursor, error) {
	keep := func(c Claim) bool { return s.keeps(c) && c.State == StatePublished }
	if seed == 0 {
		return d.scan(ctx, []Index{IndexPublic}, s.After, s.Limit, keep)
	}
	cs, _, err := d.scan(ctx, []Index{IndexPublic}, "", scanAtMost, keep)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(cs, func(a, b Claim) int { return strings.Compare(string(a.ID), string(b.ID)) })
	rand.New(rand.NewPCG(seed, seed)).Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
	return cs[:min(len(cs), s.Limit)], "", nil
}
