package redisstore

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// shown is how many symbols of a ticket, which is a secret, the list of what is damaged shows.
const shown = 4

// A torn is a record that could not be read.
type torn struct {
	name string // as "claims/ID"
	key  string
	id   string // of a claim, whose history keeps what the record knew of it
	seen []byte // nil where the key has another type than it should
	want string // that type
	why  error
}

// setAside moves a record that cannot be read to where its bytes are kept, so that its place is free again. It does not if the record is another by
// now, and reports that by moved. That it could not be moved is logged and harms no reader.
func (s *Store) setAside(ctx context.Context, t torn) (moved bool) {
	keys := []string{t.key, s.key("damaged"), s.keyOf("damaged", t.name), s.keyOf("history", t.id)}
	n := int64(0)
	err := s.call(context.WithoutCancel(ctx), "set aside", func(ctx context.Context, db *redis.Client) (err error) {
		n, err = asideScript.Run(ctx, db, keys, t.name, t.seen, t.want).Int64()
		return err
	})
	if n > 0 || err != nil {
		s.log.ErrorContext(ctx, "record cannot be read and was set aside", "record", veil(t.name), "reason", t.why, "moved", err == nil)
	}
	return n > 0
}

// note lists what cannot be read and stays where it is: an event, or what is a field of something else.
func (s *Store) note(ctx context.Context, name string, why error) {
	added := false
	err := s.call(context.WithoutCancel(ctx), "note", func(ctx context.Context, db *redis.Client) (err error) {
		added, err = db.HSetNX(ctx, s.key("damaged"), name, "").Result()
		return err
	})
	if added || err != nil {
		s.log.ErrorContext(ctx, "record cannot be read", "record", name, "reason", why, "noted", err == nil)
	}
}

// Damaged lists what could not be read, see claims.Store.
func (s *Store) Damaged(ctx context.Context) ([]string, error) {
	var names []string
	err := s.call(ctx, "damaged", func(ctx context.Context, db *redis.Client) (err error) {
		names, err = db.HKeys(ctx, s.key("damaged")).Result()
		return err
	})
	for i, name := range names {
		names[i] = veil(name)
	}
	slices.Sort(names)
	return names, err
}

// veil shortens a ticket in a name.
func veil(name string) string {
	ticket, is := strings.CutPrefix(name, "submissions/")
	if !is || len(ticket) <= shown || strings.HasSuffix(ticket, "…") {
		return name
	}
	return "submissions/" + ticket[:shown] + "…"
}

// read gets the strings of some keys, in their order: nil where there is none. For a key of another type it gives isTyped.
func (s *Store) read(ctx context.Context, what string, keys []string) (raws [][]byte, isTyped []bool, err error) {
	var cmds []redis.Cmder
	err = s.call(ctx, what, func(ctx context.Context, db *redis.Client) (err error) {
		cmds, err = db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.Get(ctx, key)
			}
			return nil
		})
		return trouble(cmds, err)
	})
	if err != nil {
		return nil, nil, err
	}
	raws, isTyped = make([][]byte, len(keys)), make([]bool, len(keys))
	for i, cmd := range cmds {
		raw, err := cmd.(*redis.StringCmd).Bytes()
		if isTyped[i] = redis.HasErrorPrefix(err, "WRONGTYPE"); err == nil {
			raws[i] = raw
		}
	}
	return raws, isTyped, nil
}

// trouble is the first error of a pipeline that does not come from one key that is missing or of another type: that is one record, which must not
// fail the others.
func trouble(cmds []redis.Cmder, err error) error {
	harmless := func(err error) bool { return errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE") }
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !harmless(err) {
			return err
		}
	}
	if err == nil || harmless(err) {
		return nil
	}
	return err
}

// rereads is how often a reader looks again at a record that could not be read and was another when it was to be moved.
const rereads = 3

var errType = errors.New("redisstore: the key is of another type")

// claimsNamed gives claims by their IDs, nil where there is none or it cannot be read.
func (s *Store) claimsNamed(ctx context.Context, ids []claims.ID) ([]*claims.Claim, error) {
	cs := make([]*claims.Claim, len(ids))
	which := make([]int, len(ids)) // those that are still to be read
	for i := range ids {
		which[i] = i
	}
	for range rereads {
		keys := make([]string, len(which))
		for i, at := range which {
			keys[i] = s.keyOf("claim", string(ids[at]))
		}
		raws, isTyped, err := s.read(ctx, "get", keys)
		if err != nil {
			return nil, err
		}
		var again []int
		for i, at := range which {
			id, t := ids[at], torn{seen: raws[i], want: "string", why: errType}
			if raws[i] == nil && !isTyped[i] {
				continue
			}
			if !isTyped[i] {
				cs[at], t.why = decodeClaim(raws[i], id)
			}
			if t.why == nil {
				continue
			}
			cs[at] = nil
			if errors.Is(t.why, claims.ErrNewer) {
				continue
			}
			t.name, t.key, t.id = "claims/"+string(id), keys[i], string(id)
			if !s.setAside(ctx, t) {
				again = append(again, at)
			}
		}
		if which = again; len(which) == 0 {
			break
		}
	}
	return cs, ctx.Err()
}
