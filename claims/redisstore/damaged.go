package redisstore

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// shown is how many symbols of a ticket, which is a secret, the list of what is damaged shows.
const shown = 4

// A torn is a record that could not be read.
type torn struct {
	name string // as "claims/ID"
	key  string
	id   string // of a claim, whose history keeps what the record knew of it
	seen []byte
	want string // the type that the key should have, where it has another; then nothing was seen
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
