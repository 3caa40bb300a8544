package claims

import (
	"context"
	"time"
)

// A pick is a caller of Next who waits for a head of a queue.
type pick struct {
	done chan struct{} // closed when the rest is set
	id   ID            // empty where there is none left
	err  error
}

// pickTimeout bounds a pick that one caller makes for others: that caller may be gone.
const pickTimeout = 5 * time.Second

// head gives a head of a queue that nobody else is given for a while, or none. Callers who meet are given theirs by one question to the store.
func (d *Desk) head(ctx context.Context, queue []Index) (id ID, err error) {
	key := ""
	for _, x := range queue {
		key += string(x) + " "
	}
	p := &pick{done: make(chan struct{})}
	d.picks.add(key, p)
	slot := d.slot(ID(key))
	for {
		select {
		case <-p.done:
			return p.id, p.err
		case slot <- struct{}{}:
			func() {
				defer func() { <-slot }()
				d.pick(ctx, queue, d.picks.take(key))
			}()
		case <-ctx.Done():
			if d.picks.drop(key, p) {
				return "", ctx.Err()
			}
			<-p.done
			return p.id, p.err
		}
	}
}

// pick gives each of some callers a head.
func (d *Desk) pick(ctx context.Context, queue []Index, ps []*pick) {
	if len(ps) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pickTimeout)
	defer cancel()
	err := ErrUnavailable // nobody waits for ever, whatever happens
	var ids []ID
	defer func() {
		for i, p := range ps {
			if p.err = err; i < len(ids) {
				p.id = ids[i]
			}
			close(p.done)
		}
	}()
	ids, err = d.store.Pick(ctx, len(ps), pickHold, queue...)
}
