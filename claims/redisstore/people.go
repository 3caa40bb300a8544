package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
)

const (
	keepEnded = 24 * time.Hour   // how long a credential is kept after its end
	keepTaken = 10 * time.Minute // how long the caller that took one may ask again
)

// Accounts gives all accounts that can be read, oldest first.
func (s *Store) Accounts(ctx context.Context) ([]claims.Account, error) {
	var kept map[string]string
	err := s.call(ctx, "accounts", func(ctx context.Context) (err error) {
		kept, err = s.db.HGetAll(ctx, s.key("accounts")).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	var as []claims.Account
	for id, data := range kept {
		var a claims.Account
		if err := json.Unmarshal([]byte(data), &a); err != nil {
			s.setAside(ctx, "accounts/"+id, err)
			continue
		}
		as = append(as, a)
	}
	slices.SortFunc(as, func(a, b claims.Account) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return as, nil
}

// Account gives one account, or claims.ErrNotFound.
func (s *Store) Account(ctx context.Context, id string) (a claims.Account, err error) {
	err = s.load(ctx, "account", &a, func(ctx context.Context) *redis.StringCmd { return s.db.HGet(ctx, s.key("accounts"), id) })
	return a, err
}

// load reads JSON, or gives claims.ErrNotFound where there is none.
func (s *Store) load(ctx context.Context, what string, v any, f func(ctx context.Context) *redis.StringCmd) error {
	var data []byte
	err := s.call(ctx, what, func(ctx context.Context) (err error) {
		data, err = f(ctx).Bytes()
		return err
	})
	return unmarshal(what, data, v, err)
}

// unmarshal reads the JSON that a call gave, if it did.
func unmarshal(what string, data []byte, v any, err error) error {
	if errors.Is(err, redis.Nil) {
		return fmt.Errorf("redisstore: %s: %w", what, claims.ErrNotFound)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("redisstore: %s: damaged: %w", what, err)
	}
	return nil
}

// PutAccount stores an account; with first set only where there is none, else claims.ErrConflict.
func (s *Store) PutAccount(ctx context.Context, a claims.Account, first bool) error {
	const what = "put account"
	if err := claims.CheckName("account", a.ID); err != nil {
		return err
	}
	data, err := claims.EncodeRecord("account", a)
	if err != nil {
		return err
	}
	only := "0"
	if first {
		only = "1"
	}
	stored := 0
	err = s.call(ctx, what, func(ctx context.Context) (err error) {
		stored, err = accountScript.Run(ctx, s.db, []string{s.key("accounts")}, a.ID, data, only).Int()
		return err
	})
	if err == nil && stored == 0 {
		return fmt.Errorf("redisstore: %s: %w", what, claims.ErrConflict)
	}
	return err
}

// PutCredential stores a credential. One that has an end is forgotten a day after it.
func (s *Store) PutCredential(ctx context.Context, c claims.Credential) error {
	if err := errors.Join(claims.CheckName("hash", c.Hash), claims.CheckName("account", c.Account)); err != nil {
		return err
	}
	data, err := claims.EncodeRecord("credential", c)
	if err != nil {
		return err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	key, owned := s.keyOf("credential", c.Hash), s.keyOf("credentials", c.Account)
	forgotten, score := time.Time{}, math.Inf(1)
	if !c.Until.IsZero() {
		forgotten = c.Until.Add(keepEnded)
		score = float64(forgotten.UnixMilli())
	}
	return s.call(ctx, "put credential", func(ctx context.Context) error {
		_, err := s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, key, data, 0)
			if !forgotten.IsZero() {
				p.PExpireAt(ctx, key, forgotten)
			}
			p.ZRemRangeByScore(ctx, owned, "-inf", strconv.FormatInt(now.UnixMilli(), 10))
			p.ZAdd(ctx, owned, redis.Z{Score: score, Member: c.Hash})
			return nil
		})
		return err
	})
}

// Credential gives the credential of a hash, or claims.ErrNotFound.
func (s *Store) Credential(ctx context.Context, hash string) (c claims.Credential, err error) {
	err = s.load(ctx, "credential", &c, func(ctx context.Context) *redis.StringCmd { return s.db.Get(ctx, s.keyOf("credential", hash)) })
	return c, err
}

// TakeCredential gives a credential and removes it, or claims.ErrNotFound.
func (s *Store) TakeCredential(ctx context.Context, hash string) (c claims.Credential, err error) {
	const what = "take credential"
	nonce, data := newNonce(), ""
	err = s.call(ctx, what, func(ctx context.Context) (err error) {
		data, err = takeScript.Run(ctx, s.db, []string{s.keyOf("credential", hash), s.keyOf("taken", hash)}, nonce, keepTaken.Milliseconds()).Text()
		return err
	})
	err = unmarshal(what, []byte(data), &c, err)
	return c, err
}

// DropCredentials removes all credentials of an account.
func (s *Store) DropCredentials(ctx context.Context, account string) error {
	owned := s.keyOf("credentials", account)
	return s.call(ctx, "drop credentials", func(ctx context.Context) error {
		hashes, err := s.db.ZRange(ctx, owned, 0, -1).Result()
		if err != nil || len(hashes) == 0 {
			return err
		}
		_, err = s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for _, hash := range hashes {
				p.Del(ctx, s.keyOf("credential", hash))
				p.ZRem(ctx, owned, hash)
			}
			return nil
		})
		return err
	})
}
