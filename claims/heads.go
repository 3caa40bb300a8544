package claims

import (
	"context"
	"time"
)

// A pick is a caller of Next who waits for a head of a queue.
type pick struct {
	id  ID // empty where there is none left
	err error
}

// pickTimeout bounds a pick that one caller makes for others: that caller may be gone.
const pickTimeout = 5 * time.Second

// head gives a head of a queue that nobody else is given for a while, or none. Callers who meet are given theirs by one question to the store.
func (d *Desk) head(ctx context.Context, queue []Index) (ID, error) {
	key := ""
	for _, x := range queue {
		key += string(x) + " "
	}
	p := &pick{err: ErrUnavailable} // nobody is told anything else before it is so
	err := d.picks.meet(ctx, key, p, func(ps []*pick) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pickTimeout)
		defer cancel()
		ids, err := d.store.Pick(ctx, len(ps), pickHold, queue...)
		for i, p := range ps {
			if p.err = err; i < len(ids) {
				p.id = ids[i]
			}
		}
	})
	if err != nil {
		return "", err
	}
	return p.id, p.err
}
