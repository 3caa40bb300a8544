package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

// scanSlice is how much one step through all keys looks at: a millisecond of Redis, which serves nobody else meanwhile.
const scanSlice = 1000

// Log gives events as they are stored, see claims.Upkeep.
func (s *Store) Log(ctx context.Context, after int64, limit int) ([]claims.LogEntry, error) {
	if after < 0 {
		return nil, &claims.InvalidError{Field: "after", Problem: claims.ProblemFormat}
	}
	if limit < 1 {
		return nil, &claims.InvalidError{Field: "limit", Problem: claims.ProblemFormat}
	}
	var found []redis.XMessage
	err := s.call(ctx, "log", func(ctx context.Context, db *redis.Client) (err error) {
		found, err = db.XRangeN(ctx, s.key("log"), eventID(after+1), "+", int64(limit)).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	var es []claims.LogEntry
	for _, m := range found {
		number, err := numberOf(m)
		if err != nil {
			return nil, fmt.Errorf("redisstore: log: the number of an event: %w", err)
		}
		link, _ := m.Values["l"].(string)
		record, _ := m.Values["e"].(string)
		es = append(es, claims.LogEntry{Number: number, Link: link, Record: []byte(record)})
	}
	return es, nil
}

// Each gives every record of a kind as it is stored, see claims.Upkeep. A key of another type than a record's comes without bytes.
func (s *Store) Each(ctx context.Context, kind claims.ItemKind, f func(claims.Item) error) error {
	if kind != claims.ItemClaim && kind != claims.ItemSubmission {
		return &claims.InvalidError{Field: "kind", Problem: claims.ProblemUnknown}
	}
	return s.scan(ctx, string(kind)+":", func(keys []string) error {
		raws, isTyped, err := s.read(ctx, "each", keys)
		if err != nil {
			return err
		}
		for i, key := range keys {
			if raws[i] == nil && !isTyped[i] {
				continue // gone meanwhile
			}
			if err := f(recordItem(kind, s.nameOf(key, string(kind)), raws[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

// recordItem is a claim or a submission as it is stored. Its version is 0 where it cannot be taken apart, and Data whatever is there.
func recordItem(kind claims.ItemKind, name string, raw []byte) claims.Item {
	item := claims.Item{Kind: kind, Name: name, Data: raw}
	var data []byte
	var version int64
	var err error
	if kind == claims.ItemClaim {
		data, version, _, err = openClaim(raw)
	} else {
		data, version, err = openSubmission(raw)
	}
	if err == nil {
		item.Version, item.Data = version, data
	}
	return item
}

// nameOf is what comes behind the kind in a key.
func (s *Store) nameOf(key, kind string) string { return strings.TrimPrefix(key, s.keyOf(kind, "")) }

// scan gives all keys that begin with the prefix and then with a text, in slices and no order; some may come twice. A key that is there all the
// time is given.
func (s *Store) scan(ctx context.Context, begin string, f func(keys []string) error) error {
	pattern := glob.Replace(s.key(begin)) + "*"
	for cursor := uint64(0); ; {
		var keys []string
		next := uint64(0)
		err := s.call(ctx, "scan", func(ctx context.Context, db *redis.Client) (err error) {
			keys, next, err = db.Scan(ctx, cursor, pattern, scanSlice).Result()
			return err
		})
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			if err := f(keys); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// glob makes a pattern of a text that matches the text alone.
var glob = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// Entries gives every index entry, see claims.Upkeep. A key that should be an index and is none is set aside, so that there can be an index again.
func (s *Store) Entries(ctx context.Context, f func(claims.Entry) error) error {
	var names []string
	err := s.scan(ctx, "index:", func(keys []string) error {
		for _, key := range keys {
			names = append(names, s.nameOf(key, "index"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := s.entriesOf(ctx, name, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) entriesOf(ctx context.Context, name string, f func(claims.Entry) error) error {
	key := s.keyOf("index", name)
	for from := "-"; ; {
		var members []string
		err := s.call(ctx, "entries", func(ctx context.Context, db *redis.Client) (err error) {
			members, err = db.ZRangeArgs(ctx, redis.ZRangeArgs{Key: key, Start: from, Stop: "+", ByLex: true, Count: scanSlice}).Result()
			return err
		})
		if redis.HasErrorPrefix(err, "WRONGTYPE") {
			s.setAside(ctx, torn{name: "indexes/" + name, key: key, want: "zset", why: errType})
			return nil
		}
		if err != nil || len(members) == 0 {
			return err
		}
		for _, m := range members {
			score, ok := scoreOf(m)
			if !ok {
				s.log.ErrorContext(ctx, "index has an entry that is none", "index", name, "entry", m)
				continue
			}
			if err := f(claims.Entry{Key: claims.Key{Index: claims.Index(name), Score: score}, Claim: idOf(m)}); err != nil {
				return err
			}
		}
		from = "(" + members[len(members)-1]
	}
}

// Mend takes away and adds index entries of a claim, see claims.Upkeep.
func (s *Store) Mend(ctx context.Context, id claims.ID, version int64, gone, come []claims.Key) error {
	const what = "mend"
	if err := claims.CheckName("claim", string(id)); err != nil {
		return err
	}
	if version < 0 {
		return &claims.InvalidError{Field: "version", Problem: claims.ProblemFormat}
	}
	keys, args := []string{s.keyOf("claim", string(id))}, []any{versionText(version), len(gone)}
	for _, k := range slices.Concat(gone, come) {
		if err := claims.CheckName("index", string(k.Index)); err != nil {
			return err
		}
		keys, args = append(keys, s.keyOf("index", string(k.Index))), append(args, member(k.Score, id))
	}
	answer, err := s.change(ctx, what, mendScript, keys, args...)
	if err == nil && answer[0] == "conflict" {
		return fmt.Errorf("redisstore: %s: %w", what, claims.ErrConflict)
	}
	return err
}

// lookAtRewrite is how often Compact looks whether Redis is done.
const lookAtRewrite = 50 * time.Millisecond

// Compact has Redis write its append-only file anew, without what was overwritten, and waits for that as long as ctx lasts. The sizes are that
// file's.
func (s *Store) Compact(ctx context.Context) (before, after int64, err error) {
	const what = "compact"
	if before, _, err = s.rewriting(ctx); err != nil {
		return 0, 0, err
	}
	err = s.call(ctx, what, func(ctx context.Context, db *redis.Client) error {
		err := db.BgRewriteAOF(ctx).Err()
		if redis.HasErrorPrefix(err, "Background append only file rewriting already in progress") {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	tick := time.NewTicker(lookAtRewrite)
	defer tick.Stop()
	for {
		size, state, err := s.rewriting(ctx)
		switch {
		case err != nil && !errors.Is(err, claims.ErrUnavailable):
			return 0, 0, err
		case err == nil && state == "ok":
			return before, size, nil
		case err == nil && state != "":
			return 0, 0, fmt.Errorf("redisstore: %s: redis could not write its append-only file anew: %s", what, state)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		}
	}
}

// rewriting gives the size of the append-only file and how the last rewriting of it ended, "" while one goes on.
func (s *Store) rewriting(ctx context.Context) (size int64, state string, err error) {
	var info map[string]string
	err = s.call(ctx, "compact", func(ctx context.Context, db *redis.Client) (err error) {
		info, err = infoOf(ctx, db, "persistence")
		return err
	})
	if err != nil {
		return 0, "", err
	}
	size, _ = strconv.ParseInt(info["aof_current_size"], 10, 64)
	if info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0" {
		state = info["aof_last_bgrewrite_status"]
	}
	return size, state, nil
}
