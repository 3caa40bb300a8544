package claims

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A request is a question on its way to the claim that it is counted on.
type request struct {
	sighting Sighting
	join     ID // of the claim that the text was found to be of
	once     Once
	done     chan struct{} // closed when the rest is set
	claim    Claim         // as it was after this request
	at       time.Time
	err      error
}

// requests are those on their way, by the claim that they were found to be of. Requests of one claim that meet are written together: one of their callers
// writes for all. A claim that a whole city asks about at once then costs as many commits as the store makes, not as many as there are people.
type requests struct {
	mu      sync.Mutex
	waiting map[ID][]*request
}

// maxTogether is how many requests one commit counts at most.
const maxTogether = 64

func (q *requests) add(id ID, r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting[id] = append(q.waiting[id], r)
}

// take gives the next requests of a claim, which are then the caller's to write.
func (q *requests) take(id ID) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	rs := q.waiting[id]
	n := min(len(rs), maxTogether)
	if n == len(rs) {
		delete(q.waiting, id)
	} else {
		q.waiting[id] = rs[n:]
	}
	return rs[:n:n]
}

// drop takes a request back, unless somebody writes it already.
func (q *requests) drop(id ID, r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting[id], r)
	if at < 0 {
		return false
	}
	if q.waiting[id] = slices.Delete(slices.Clone(q.waiting[id]), at, at+1); len(q.waiting[id]) == 0 {
		delete(q.waiting, id)
	}
	return true
}

// submit counts the question on its claim and files it under the answer's ticket. When the store is not available the answer goes
// without a ticket.
func (d *Desk) submit(ctx context.Context, a Answer, q Question, once Once) (Answer, error) {
	if a.Unstored != nil {
		return a.unstored(a.Unstored)
	}
	id := IDOf(a.Lang, a.Text)
	s := Submission{Schema: schema, Ticket: a.Ticket, Version: 1, Claim: id, Lang: a.Lang, Channel: q.Channel, SeenIn: q.SeenIn, Forwarded: q.Forwarded}
	var join ID
	if a.Claim != nil {
		id = a.Claim.ID
		join = id
	}
	r := &request{sighting: Sighting{Submission: s, Text: a.Text, Topic: a.topic(), Answered: a.Outcome != OutcomeQueued, Similar: a.similar},
		join: join, once: once, done: make(chan struct{})}
	d.requests.add(id, r)
	slot := d.slot(id)
	for written := false; !written; {
		select {
		case <-r.done:
			written = true
		case slot <- struct{}{}:
			d.file(ctx, id, d.requests.take(id))
			<-slot
		case <-ctx.Done():
			if d.requests.drop(id, r) {
				return a.unstored(ctx.Err())
			}
			<-r.done
			written = true
		}
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
			close(r.done)
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
			if len(above) > 0 {
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

// A world is what several acts of one change make of the claims that they touch.
type world struct {
	desk        *Desk
	before, now map[ID]*Claim
	order       []ID
}

func (d *Desk) newWorld() *world {
	return &world{desk: d, before: map[ID]*Claim{}, now: map[ID]*Claim{}}
}

// chain is Desk.chain, as the acts before have left it.
func (w *world) chain(ctx context.Context, id ID) ([]Claim, error) {
	var out []Claim
	for range maxChain {
		c, read := w.now[id]
		if !read {
			cs, err := w.desk.store.Get(ctx, id)
			if err != nil {
				return nil, err
			}
			c = cs[0]
			w.before[id], w.now[id] = c, c
		}
		if c == nil {
			return out, nil
		}
		if out = append(out, *c); !c.duplicate() {
			return out, nil
		}
		id = c.Closing.DuplicateOf
	}
	return nil, fmt.Errorf("claims: claim %s: more than %d duplicates of duplicates", id, maxChain)
}

func (w *world) set(cs []Claim) {
	for _, c := range cs {
		if !slices.Contains(w.order, c.ID) {
			w.order = append(w.order, c.ID)
		}
		w.now[c.ID] = &c
	}
}

func (w *world) puts() []Put {
	var puts []Put
	for _, id := range w.order {
		puts = append(puts, Put{Before: w.before[id], After: *w.now[id]})
	}
	return puts
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
		close(r.done)
	}
	return others, nil
}
