package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	err := s.call(ctx, "accounts", func(ctx context.Context, db *redis.Client) (err error) {
		kept, err = db.HGetAll(ctx, s.key("accounts")).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	var as []claims.Account
	for id, data := range kept {
		var a claims.Account
		if err := json.Unmarshal([]byte(data), &a); err != nil {
			s.note(ctx, "accounts/"+id, err)
			continue
		}
		as = append(as, a)
	}
	slices.SortFunc(as, func(a, b claims.Account) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return as, nil
}

// Account gives one account, or claims.ErrNotFound.
func (s *Store) Account(ctx context.Context, id string) (a claims.Account, err error) {
	err = s.readJSON(ctx, "account", &a, func(ctx context.Context, db *redis.Client) *redis.StringCmd {
		return db.HGet(ctx, s.key("accounts"), id)
	})
	return a, err
}

// readJSON reads JSON, or gives claims.ErrNotFound where there is none.
func (s *Store) readJSON(ctx context.Context, what string, v any, f func(ctx context.Context, db *redis.Client) *redis.StringCmd) error {
	var data []byte
	err := s.call(ctx, what, func(ctx context.Context, db *redis.Client) (err error) {
		data, err = f(ctx, db).Bytes()
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
	answer, err := s.change(ctx, what, accountScript, []string{s.key("accounts"), s.key("pause")}, a.ID, data, only)
	if err == nil && answer[0] == "conflict" {
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
	forgotten := ""
	if !c.Until.IsZero() {
		forgotten = strconv.FormatInt(c.Until.Add(keepEnded).UnixMilli(), 10)
	}
	keys := []string{s.keyOf("credential", c.Hash), s.keyOf("credentials", c.Account), s.key("pause"), s.key("touched")}
	_, err = s.change(ctx, "put credential", credentialScript, keys, data, c.Hash, forgotten, now.UnixMilli())
	return err
}

// Credential gives the credential of a hash, or claims.ErrNotFound.
func (s *Store) Credential(ctx context.Context, hash string) (c claims.Credential, err error) {
	err = s.readJSON(ctx, "credential", &c, func(ctx context.Context, db *redis.Client) *redis.StringCmd {
		return db.Get(ctx, s.keyOf("credential", hash))
	})
	return c, err
}

// TakeCredential gives a credential and removes it, or claims.ErrNotFound.
func (s *Store) TakeCredential(ctx context.Context, hash string) (c claims.Credential, err error) {
	const what = "take credential"
	keys := []string{s.keyOf("credential", hash), s.keyOf("taken", hash), s.key("pause"), s.key("touched")}
	answer, err := s.change(ctx, what, takeScript, keys, newNonce(), keepTaken.Milliseconds())
	if err == nil && len(answer) < 2 {
		return c, fmt.Errorf("redisstore: %s: %w", what, claims.ErrNotFound)
	}
	data := ""
	if err == nil {
		data = answer[1]
	}
	err = unmarshal(what, []byte(data), &c, err)
	return c, err
}

// DropCredentials removes all credentials of an account.
func (s *Store) DropCredentials(ctx context.Context, account string) error {
	const what = "drop credentials"
	keys := []string{s.keyOf("credentials", account), s.key("pause"), s.key("touched")}
	var hashes []string
	err := s.call(ctx, what, func(ctx context.Context, db *redis.Client) (err error) {
		hashes, err = db.ZRange(ctx, keys[0], 0, -1).Result()
		return err
	})
	if err != nil || len(hashes) == 0 {
		return err
	}
	var args []any
	for _, hash := range hashes {
		keys, args = append(keys, s.keyOf("credential", hash)), append(args, hash)
	}
	_, err = s.change(ctx, what, dropScript, keys, args...)
	return err
}
