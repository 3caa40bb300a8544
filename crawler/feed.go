package crawler

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"dalel/index"
)

// maxFeed bounds what After gives at once, in documents.
const maxFeed = 1_000

// Name is "archive".
func (a *Archive) Name() string { return "archive" }

// After implements index.Feed. A place is "epoch/n": the n-th entry of the log of one archive. The documents are those of now, also for
// old entries; a page that is gone gives a Delete.
func (a *Archive) After(ctx context.Context, place string, limit int, wait time.Duration) (index.Batch, string, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	limit = min(max(limit, 1), maxFeed)
	for {
		news := a.listen()
		b, next, err := a.read(place, limit)
		if err != nil {
			return index.Batch{}, place, fmt.Errorf("crawler: archive feed after %q: %w", place, err)
		}
		if !b.Empty() || wait <= 0 {
			return b, next, ctx.Err()
		}
		select {
		case <-news:
		case <-timer.C:
			return index.Batch{}, place, nil
		case <-ctx.Done():
			return index.Batch{}, place, ctx.Err()
		}
	}
}

func (a *Archive) read(place string, limit int) (b index.Batch, next string, err error) {
	err = a.view(func(tx *bolt.Tx) error {
		log := tx.Bucket(bucketLog)
		n, ok := a.place(place, log.Sequence())
		if !ok {
			b.Clear = []index.Kind{index.KindGuidance}
		}
		var ids []string
		seen := map[string]bool{}
		c := log.Cursor()
		for k, data := c.Seek([]byte(number(n + 1))); k != nil && len(ids) < limit; k, data = c.Next() {
			var e logEntry
			if err := json.Unmarshal(data, &e); err != nil {
				return a.damaged(fmt.Errorf("log: %w", err))
			}
			if n++; !seen[e.Document] {
				seen[e.Document] = true
				ids = append(ids, e.Document)
			}
		}
		for _, id := range ids {
			d, exists, err := a.docState(tx, id)
			switch {
			case err != nil:
				return err
			case !exists || d.Gone:
				b.Delete = append(b.Delete, id)
			default:
				b.Put = append(b.Put, d.Document)
			}
		}
		next = a.epoch + "/" + strconv.FormatUint(n, 10)
		return nil
	})
	if b.Empty() {
		next = place
	}
	return b, next, err
}

// place reads a place; it reports false for one that this log does not know.
func (a *Archive) place(place string, head uint64) (uint64, bool) {
	if place == "" {
		return 0, true
	}
	epoch, count, _ := strings.Cut(place, "/")
	n, err := strconv.ParseUint(count, 10, 64)
	if err != nil || epoch != a.epoch || n > head {
		return 0, false
	}
	return n, true
}

// listen gives a channel that is closed at the next log entry.
func (a *Archive) listen() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.news
}

func (a *Archive) announce() {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.news)
	a.news = make(chan struct{})
}

var _ index.Feed = (*Archive)(nil)
