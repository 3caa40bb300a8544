package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// How much goes to Redis at once while a store is filled: it serves nobody else meanwhile, but the time limit of a call holds here too.
const (
	loadItems = 500
	loadBytes = 1 << 20
)

// A loading fills a store. Nothing else may be written while it lasts, nor after it was interrupted.
type loading struct {
	store  *Store
	now    time.Time // of the store: what has ended by then is left out
	items  []claims.Item
	events []claims.Item
	bytes  int
}

// Load fills an empty store, see claims.Upkeep. Claims of a newer version of the program come in without index entries, which that version adds.
func (s *Store) Load(ctx context.Context, items iter.Seq2[claims.Item, error]) error {
	l := &loading{store: s}
	var err error
	if l.now, err = s.Now(ctx); err != nil {
		return err
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	for item, err := range items {
		if err == nil {
			err = l.add(ctx, item)
		}
		if err != nil {
			return fmt.Errorf("redisstore: load: %w", err)
		}
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	if err := l.settle(ctx); err != nil {
		return err
	}
	return l.finish(ctx)
}

// pipe sends commands that are harmless when repeated.
func (l *loading) pipe(ctx context.Context, f func(p redis.Pipeliner)) error {
	return l.store.call(ctx, "load", func(ctx context.Context, db *redis.Client) error {
		_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			f(p)
			return nil
		})
		return err
	})
}

// add takes an item, and sends what has come together.
func (l *loading) add(ctx context.Context, item claims.Item) error {
	if item.Kind == claims.ItemEvent {
		l.events = append(l.events, item)
	} else {
		if err := claims.CheckName(string(item.Kind), item.Name); err != nil {
			return err
		}
		l.items = append(l.items, item)
	}
	l.bytes += len(item.Name) + len(item.Data)
	if len(l.items) < loadItems && len(l.events) < loadItems && l.bytes < loadBytes {
		return nil
	}
	return l.flush(ctx)
}

func (l *loading) flush(ctx context.Context) error {
	if len(l.items) > 0 {
		if err := l.pipe(ctx, func(p redis.Pipeliner) {
			for _, item := range l.items {
				l.put(ctx, p, item)
			}
		}); err != nil {
			return err
		}
	}
	if err := l.chain(ctx); err != nil {
		return err
	}
	l.items, l.events, l.bytes = nil, nil, 0
	return nil
}

// put writes one item that is no event.
func (l *loading) put(ctx context.Context, p redis.Pipeliner, item claims.Item) {
	s := l.store
	switch item.Kind {
	case claims.ItemClaim:
		_, err := claims.DecodeClaim(item.Data, claims.ID(item.Name), item.Version)
		l.putRecord(ctx, p, item, packedClaims.packed(strconv.FormatInt(item.Version, 10)+" 0 ", item.Data), err)
	case claims.ItemSubmission:
		_, err := claims.DecodeSubmission(item.Data, claims.Ticket(item.Name), item.Version)
		l.putRecord(ctx, p, item, packedSubmissions.packed(strconv.FormatInt(item.Version, 10)+" ", item.Data), err)
	case claims.ItemAccount:
		p.HSet(ctx, s.key("accounts"), item.Name, item.Data)
	case claims.ItemCredential:
		l.putCredential(ctx, p, item)
	case claims.ItemOnce:
		if item.Until.After(l.now) {
			p.Do(ctx, "SET", s.keyOf("once", item.Name), newNonce()+string(item.Data), "PXAT", item.Until.UnixMilli())
		}
	case claims.ItemDamaged:
		p.HSet(ctx, s.key("damaged"), item.Name, item.Data)
	}
}

// putRecord writes the record of a claim or a submission, or sets aside one that cannot be read. Records of a newer version of the program are kept as
// they are.
func (l *loading) putRecord(ctx context.Context, p redis.Pipeliner, item claims.Item, record []byte, why error) {
	s := l.store
	key := s.keyOf(string(item.Kind), item.Name)
	if (why == nil || errors.Is(why, claims.ErrNewer)) && item.Version > 0 {
		p.Set(ctx, key, record, 0)
		return
	}
	p.Del(ctx, key)
	p.HSet(ctx, s.key("damaged"), string(item.Kind)+"s/"+item.Name, item.Data)
}

func (l *loading) putCredential(ctx context.Context, p redis.Pipeliner, item claims.Item) {
	s := l.store
	var c claims.Credential
	if err := json.Unmarshal(item.Data, &c); err != nil || c.Hash != item.Name {
		p.HSet(ctx, s.key("damaged"), "credentials/"+item.Name, item.Data)
		return
	}
	key, owned := s.keyOf("credential", c.Hash), s.keyOf("credentials", c.Account)
	if c.Until.IsZero() {
		p.Set(ctx, key, item.Data, 0)
		p.Do(ctx, "ZADD", owned, "+inf", c.Hash)
		return
	}
	forgotten := c.Until.Add(keepEnded)
	if forgotten.After(l.now) {
		p.Do(ctx, "SET", key, item.Data, "PXAT", forgotten.UnixMilli())
		p.ZAdd(ctx, owned, redis.Z{Score: float64(forgotten.UnixMilli()), Member: c.Hash})
	}
}

// chain appends the events that have come together.
func (l *loading) chain(ctx context.Context) error {
	s := l.store
	if len(l.events) == 0 {
		return nil
	}
	keys, args := []string{s.key("head"), s.key("log")}, []any{}
	for _, item := range l.events {
		var e claims.Event
		belongs := "0"
		if err := json.Unmarshal(item.Data, &e); err == nil && claims.CheckName("event", string(e.Claim)) == nil {
			belongs = "1"
		}
		keys = append(keys, s.keyOf("history", string(e.Claim)))
		args = append(args, item.Number, item.Link, item.Data, belongs)
	}
	return s.call(ctx, "load", func(ctx context.Context, db *redis.Client) error {
		return chainScript.Run(ctx, db, keys, args...).Err()
	})
}

// settle goes over the claims as they ended up: it adds their index entries, and puts the number of the first event where Commit has it.
func (l *loading) settle(ctx context.Context) error {
	s := l.store
	return s.scan(ctx, "claim:", func(keys []string) error {
		raws, _, err := s.read(ctx, "load", keys)
		if err != nil {
			return err
		}
		return s.call(ctx, "load", func(ctx context.Context, db *redis.Client) error {
			if err := settleScript.Load(ctx, db).Err(); err != nil {
				return err
			}
			_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
				for i, key := range keys {
					name := s.nameOf(key, "claim")
					settleScript.EvalSha(ctx, p, []string{key, s.keyOf("history", name)})
					c, err := decodeClaim(raws[i], claims.ID(name))
					if err != nil {
						continue // of a newer version
					}
					for _, k := range claims.Keys(*c) {
						p.ZAdd(ctx, s.keyOf("index", string(k.Index)), redis.Z{Member: member(k.Score, c.ID)})
					}
				}
				return nil
			})
			return err
		})
	})
}

// finish opens the store: from now on it is one, with a log of a new name.
func (l *loading) finish(ctx context.Context) error {
	s := l.store
	epoch := newNonce()
	return s.call(ctx, "load", func(ctx context.Context, db *redis.Client) error {
		var have *redis.Cmd
		_, err := db.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, s.key("epoch"), epoch, 0)
			p.Del(ctx, s.key("loading"), s.key("pause"))
			return nil
		})
		if err != nil || s.replicas == 0 {
			return err
		}
		_, err = db.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, s.key("epoch"), epoch, 0) // on the connection that waits
			have = p.Do(ctx, "WAIT", s.replicas, waitTime(ctx).Milliseconds())
			return nil
		})
		if n, _ := have.Int(); err == nil && n < s.replicas {
			err = fmt.Errorf("%w: %d of %d", errFewReplicas, n, s.replicas)
		}
		return err
	})
}
