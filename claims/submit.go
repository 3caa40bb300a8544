package claims

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A request is a question on its way to the claim that it is counted on. Requests of one claim that meet are written together: a claim that a whole city
// asks about at once then costs as many commits as the store makes, not as many as there are people.
type request struct {
	sighting Sighting
	join     ID     // of the claim that the text was found to be of
	seen     *world // what was read for the answer; nil: nothing, or it is old
	once     Once
	claim    Claim // as it was after this request
	at       time.Time
	err      error // ErrUnavailable until it is known
}

// submit counts the question on its claim and files it under the answer's ticket. When the store is not available the answer goes
// without a ticket.
func (d *Desk) submit(ctx context.Context, a Answer, q Question, once Once) (Answer, error) {
	if a.Unstored != nil {
		return a.unstored(a.Unstored)
	}
	id := a.own
	s := Submission{Schema: schema, Ticket: a.Ticket, Version: 1, Claim: id, Lang: a.Lang, Channel: q.Channel, SeenIn: q.SeenIn, Forwarded: q.Forwarded}
	var join ID
	if a.Claim != nil {
		id = a.Claim.ID
		join = id
	}
	r := &request{sighting: Sighting{Submission: s, Text: a.Text, Topic: a.topic(), Answered: a.Outcome != OutcomeQueued, Similar: a.similar},
		join: join, seen: a.seen, once: once, err: ErrUnavailable}
	slot := d.slot(id)
	err := d.requests.meet(ctx, string(id), r, func(rs []*request) {
		slot <- struct{}{}
		defer func() { <-slot }()
		d.file(ctx, id, rs)
	})
	if err != nil {
		return a.unstored(err)
	}
	switch {
	case errors.Is(r.err, ErrDone):
		if e, ok := errors.AsType[*DoneError](r.err); ok && e.Value != once.Value {
			return d.sameAnswer(ctx, e.Value, q.Body)
		}
	case r.err != nil:
		return a.unstored(r.err)
	}
	a.Claim, a.At = &r.claim, r.at
	return a, nil
}

// fileTimeout bounds how long requests are written together: the caller who does it for the others may be gone.
const fileTimeout = 10 * time.Second

// file counts requests on a claim, all or, where a once key is known, the others, and tells each what became of it.
func (d *Desk) file(ctx context.Context, id ID, rs []*request) {
	rs, again := apart(rs)
	if len(again) > 0 {
		defer d.file(ctx, id, again)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fileTimeout)
	defer cancel()
	end := func(err error) {
		for _, r := range rs {
			r.err = err
		}
	}
	for range attempts {
		if len(rs) == 0 {
			return
		}
		err := d.fileOnce(ctx, rs)
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case errors.Is(err, ErrDone):
			var known error
			rs, known = d.filed(ctx, rs)
			if known != nil {
				end(known)
				return
			}
			continue
		}
		end(err)
		return
	}
	end(fmt.Errorf("claims: %s changed %d times under us: %w", id, attempts, ErrUnavailable))
}

// apart takes out requests that have the once key of another: they are the same one, sent again.
func apart(rs []*request) (once, again []*request) {
	keys := map[string]bool{}
	for _, r := range rs {
		if keys[r.once.Key] {
			again = append(again, r)
		} else {
			once = append(once, r)
		}
		keys[r.once.Key] = true
	}
	return once, again
}

// fileOnce tries to count requests in one commit.
func (d *Desk) fileOnce(ctx context.Context, rs []*request) error {
	now, err := d.store.Now(ctx)
	if err != nil {
		return err
	}
	w := d.newWorld()
	if len(rs) == 1 && rs[0].seen != nil { // what was read for the answer a moment ago
		w, rs[0].seen = rs[0].seen, nil
	}
	var change Change
	for _, r := range rs {
		r.at = Clean(now)
		r.sighting.At = r.at
		chain, err := w.chain(ctx, r.sighting.Claim)
		if err != nil {
			return err
		}
		var target *Claim
		if len(chain) == 0 && r.join != "" && r.join != r.sighting.Claim {
			above, err := w.chain(ctx, r.join)
			if err != nil {
				return err
			}
			if len(above) > 0 && above[len(above)-1].joinable() {
				target = &above[len(above)-1]
			}
		}
		after, events := File(chain, target, r.sighting, now)
		w.set(after)
		r.claim = after[len(after)-1]
		change.Submissions = append(change.Submissions, r.sighting.Submission)
		change.Events = append(change.Events, events...)
		change.Once = append(change.Once, r.once)
	}
	change.Puts = w.puts()
	return d.commit(ctx, change)
}

// filed tells those requests whose once keys are known, and gives the others. The error is the store's.
func (d *Desk) filed(ctx context.Context, rs []*request) (others []*request, err error) {
	for i, r := range rs {
		value, known, err := d.store.Done(ctx, r.once.Key)
		if err != nil {
			return append(others, rs[i:]...), err
		}
		if !known {
			others = append(others, r)
			continue
		}
		r.err = &DoneError{Key: r.once.Key, Value: value}
	}
	return others, nil
}
