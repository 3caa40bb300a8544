package redisstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// How a snapshot is taken.
const (
	noteFor     = 5 * time.Minute        // how long writers note what they write for a reader that is not heard of
	pauseFor    = time.Second            // how long they wait for it at most
	waitForTurn = 100 * time.Millisecond // between two tries to begin while another reader is at work
	fewTouched  = 200                    // so few keys are read within a pause
	rounds      = 100                    // of reading again what was written meanwhile, and of pauses that were too short
)

var (
	errForgotten = errors.New("what was written meanwhile was not noted: begin again")
	errMoved     = errors.New("the keys are on another node than at the beginning, or on their way to one: begin again")
	errBusy      = errors.New("writers wrote faster than could be read")
)

// A snapshot reads everything while others write. It goes through all keys, has the writers note what they touch meanwhile, and reads that again,
// until so little is left that they can be made to wait for the rest. Credentials are kept back to the end, because they are the one kind
// of record that may also disappear.
type snapshot struct {
	store       *Store
	nonce       string
	node        string // which server is read
	at          int64  // place in the list of what was touched
	credentials map[string]claims.Item
	emit        func(claims.Item) error
}

// Snapshot gives all that the store keeps, see claims.Upkeep. Only one is taken at a time: another one waits for its end. Where the master changes, or
// the keys move to another node meanwhile, it gives claims.ErrUnavailable.
func (s *Store) Snapshot(ctx context.Context, f func(claims.Item) error) error {
	r := &snapshot{store: s, nonce: newNonce(), at: 1, credentials: map[string]claims.Item{}, emit: f}
	if err := r.begin(ctx); err != nil {
		return err
	}
	err := r.take(ctx)
	return errors.Join(err, r.end(ctx))
}

func (r *snapshot) take(ctx context.Context) error {
	s := r.store
	var err error
	if r.node, err = s.whichNode(ctx); err != nil {
		return err
	}
	err = s.scan(ctx, "", func(keys []string) error {
		if err := r.renew(ctx); err != nil {
			return err
		}
		items, err := r.read(ctx, keys)
		if err != nil {
			return err
		}
		return r.give(items)
	})
	if err != nil {
		return err
	}
	rest, last, err := r.rest(ctx)
	if err != nil {
		return err
	}
	if node, err := s.whichNode(ctx); err != nil || node != r.node {
		return failure("snapshot", cmpError(err, errMoved))
	}
	if err := r.give(rest); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.credentials)) {
		if err := r.emit(r.credentials[name]); err != nil {
			return err
		}
	}
	return r.events(ctx, last)
}

// rest reads what was touched, round after round, the last time while nobody writes. It gives what that round found and the number of the last event.
func (r *snapshot) rest(ctx context.Context) (items []claims.Item, last int64, err error) {
	s := r.store
	for range rounds {
		keys, err := r.touched(ctx)
		if err != nil {
			return nil, 0, err
		}
		items, err := r.read(ctx, keys)
		if err == nil {
			err = r.give(items)
		}
		if err != nil {
			return nil, 0, err
		}
		if len(keys) > fewTouched {
			continue
		}
		if paused, err := r.pause(ctx); err != nil || !paused {
			if err != nil || !pause(ctx, whilePaused) {
				return nil, 0, cmpError(err, ctx.Err())
			}
			continue
		}
		items, last, readErr := r.still(ctx)
		held, err := s.endOf(ctx, r.nonce, "pause")
		if err := cmpError(readErr, err); err != nil {
			return nil, 0, err
		}
		if held {
			return items, last, nil
		}
		// The items are good, but writers did not wait until the last was read: what they touched since is in the list.
		if err := r.give(items); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, failure("snapshot", errBusy)
}

// still reads all that is left while writers wait.
func (r *snapshot) still(ctx context.Context) (items []claims.Item, last int64, err error) {
	s := r.store
	keys, err := r.touched(ctx)
	if err != nil {
		return nil, 0, err
	}
	if items, err = r.read(ctx, keys); err != nil {
		return nil, 0, err
	}
	var accounts, damaged map[string]string
	err = s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) (err error) {
		if accounts, err = db.HGetAll(ctx, s.key("accounts")).Result(); err != nil {
			return err
		}
		damaged, err = db.HGetAll(ctx, s.key("damaged")).Result()
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	for _, id := range slices.Sorted(maps.Keys(accounts)) {
		items = append(items, claims.Item{Kind: claims.ItemAccount, Name: id, Data: []byte(accounts[id])})
	}
	for _, name := range slices.Sorted(maps.Keys(damaged)) {
		items = append(items, claims.Item{Kind: claims.ItemDamaged, Name: veil(name), Data: []byte(damaged[name])})
	}
	_, last, _, err = s.last(ctx)
	return items, last, err
}

// read gives the records of some keys. Of keys that are no records it gives nothing, of credentials it only takes note.
func (r *snapshot) read(ctx context.Context, keys []string) ([]claims.Item, error) {
	s := r.store
	var items []claims.Item
	for some := range slices.Chunk(keys, scanSlice) {
		var wanted []claims.Item
		for _, key := range some {
			kind, name, _ := strings.Cut(strings.TrimPrefix(key, s.key("")), ":")
			switch k := claims.ItemKind(kind); k {
			case claims.ItemClaim, claims.ItemSubmission, claims.ItemOnce, claims.ItemCredential:
				wanted = append(wanted, claims.Item{Kind: k, Name: name})
			}
		}
		found, err := r.values(ctx, wanted)
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
	}
	return items, nil
}

// values reads the records of some names.
func (r *snapshot) values(ctx context.Context, wanted []claims.Item) (items []claims.Item, err error) {
	s := r.store
	if len(wanted) == 0 {
		return nil, nil
	}
	var cmds []redis.Cmder
	err = s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) (err error) {
		cmds, err = db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, w := range wanted {
				key := s.keyOf(string(w.Kind), w.Name)
				p.Get(ctx, key)
				p.PExpireTime(ctx, key)
			}
			return nil
		})
		return trouble(cmds, err)
	})
	if err != nil {
		return nil, err
	}
	for i, w := range wanted {
		raw, err := cmds[2*i].(*redis.StringCmd).Bytes()
		switch {
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			if w.Kind == claims.ItemClaim || w.Kind == claims.ItemSubmission {
				items = append(items, claims.Item{Kind: claims.ItemDamaged, Name: veil(string(w.Kind) + "s/" + w.Name)})
			}
		case err != nil: // it is gone
			if w.Kind == claims.ItemCredential {
				delete(r.credentials, w.Name)
			}
		case w.Kind == claims.ItemCredential:
			w.Data = raw
			r.credentials[w.Name] = w
		case w.Kind == claims.ItemOnce:
			w.Data, w.Until = raw[min(len(raw), nonceSize):], time.UnixMilli(cmds[2*i+1].(*redis.DurationCmd).Val().Milliseconds()).UTC()
			items = append(items, w)
		default:
			items = append(items, recordItem(w.Kind, w.Name, raw))
		}
	}
	return items, nil
}

func (r *snapshot) give(items []claims.Item) error {
	for _, item := range items {
		if err := r.emit(item); err != nil {
			return err
		}
	}
	return nil
}

// events gives the log up to a number. It does not change any more.
func (r *snapshot) events(ctx context.Context, last int64) error {
	for after := int64(0); after < last; {
		es, err := r.store.Log(ctx, after, scanSlice)
		if err != nil || len(es) == 0 {
			return err
		}
		for _, e := range es {
			if after = e.Number; after > last {
				return nil
			}
			if err := r.emit(claims.Item{Kind: claims.ItemEvent, Number: e.Number, Link: e.Link, Data: e.Record}); err != nil {
				return err
			}
		}
	}
	return nil
}

// cmpError is the first of two errors.
func cmpError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// whichNode names the server that has the keys, and gives errMoved where it is giving them to another.
func (s *Store) whichNode(ctx context.Context) (id string, err error) {
	err = s.call(ctx, "snapshot", func(ctx context.Context, db *redis.Client) error {
		info, err := infoOf(ctx, db, "server")
		if err != nil {
			return err
		}
		id = info["run_id"]
		if s.db.cluster == nil {
			return nil
		}
		slot, err := db.ClusterKeySlot(ctx, s.prefix).Result()
		if err != nil {
			return err
		}
		nodes, err := db.ClusterNodes(ctx).Result()
		if err == nil && strings.Contains(nodes, fmt.Sprintf("[%d->-", slot)) {
			id = ""
		}
		return err
	})
	if err == nil && id == "" {
		err = failure("snapshot", errMoved)
	}
	return id, err
}
