package boltstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dalel/claims"
)

// Accounts gives all accounts that can be read, oldest first.
func (s *Store) Accounts(ctx context.Context) ([]claims.Account, error) {
	var as []claims.Account
	var bad unreadable
	err := s.view(ctx, "accounts", func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketAccounts).ForEach(func(id, value []byte) error {
			var a claims.Account
			if err := json.Unmarshal(value, &a); err != nil {
				bad.note(tx, bucketAccounts, id, value, err)
				return nil
			}
			as = append(as, a)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	s.setAside(ctx, bad)
	slices.SortFunc(as, func(a, b claims.Account) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return as, nil
}

// Account gives one account, or claims.ErrNotFound.
func (s *Store) Account(ctx context.Context, id string) (a claims.Account, err error) {
	err = s.view(ctx, "account", func(tx *bbolt.Tx) error { return load(tx, bucketAccounts, id, &a) })
	return a, err
}

// load reads what is kept under a key as JSON, or gives claims.ErrNotFound.
func load(tx *bbolt.Tx, bucket []byte, key string, v any) error {
	value := tx.Bucket(bucket).Get([]byte(key))
	if value == nil {
		return fmt.Errorf("boltstore: %s: %w", bucket, claims.ErrNotFound)
	}
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("boltstore: %s: damaged: %w", bucket, err)
	}
	return nil
}

// PutAccount stores an account; with first set only where there is none, else claims.ErrConflict.
func (s *Store) PutAccount(ctx context.Context, a claims.Account, first bool) error {
	if err := claims.CheckName("account", a.ID); err != nil {
		return err
	}
	data, err := claims.EncodeRecord("account", a)
	if err != nil {
		return err
	}
	return s.write(ctx, "put account", func(tx *bbolt.Tx) error {
		accounts := tx.Bucket(bucketAccounts)
		if k, _ := accounts.Cursor().First(); first && k != nil {
			return claims.ErrConflict
		}
		return accounts.Put([]byte(a.ID), data)
	})
}

// PutCredential stores a credential. One that has an end is forgotten a day after it, when the store next writes.
func (s *Store) PutCredential(ctx context.Context, c claims.Credential) error {
	if err := errors.Join(claims.CheckName("hash", c.Hash), claims.CheckName("account", c.Account)); err != nil {
		return err
	}
	data, err := claims.EncodeRecord("credential", c)
	if err != nil {
		return err
	}
	return s.write(ctx, "put credential", func(tx *bbolt.Tx) error {
		if err := removeCredential(tx, []byte(c.Hash)); err != nil {
			return err
		}
		err := errors.Join(tx.Bucket(bucketCredentials).Put([]byte(c.Hash), data),
			tx.Bucket(bucketOwners).Put(under(c.Account, []byte(c.Hash)...), present()))
		if !c.Until.IsZero() {
			err = errors.Join(err, tx.Bucket(bucketEnds).Put(timed(millis(c.Until), []byte(c.Hash)), present()))
		}
		return err
	})
}

// Credential gives the credential of a hash, or claims.ErrNotFound.
func (s *Store) Credential(ctx context.Context, hash string) (c claims.Credential, err error) {
	err = s.view(ctx, "credential", func(tx *bbolt.Tx) error { return load(tx, bucketCredentials, hash, &c) })
	return c, err
}

// TakeCredential gives a credential and removes it, or claims.ErrNotFound.
func (s *Store) TakeCredential(ctx context.Context, hash string) (claims.Credential, error) {
	var taken claims.Credential
	err := s.write(ctx, "take credential", func(tx *bbolt.Tx) error {
		taken = claims.Credential{}
		if err := load(tx, bucketCredentials, hash, &taken); err != nil {
			return err
		}
		return removeCredential(tx, []byte(hash))
	})
	if err != nil {
		return claims.Credential{}, err
	}
	return taken, nil
}

// DropCredentials removes all credentials of an account.
func (s *Store) DropCredentials(ctx context.Context, account string) error {
	return s.write(ctx, "drop credentials", func(tx *bbolt.Tx) error {
		prefix := under(account)
		var hashes [][]byte
		c := tx.Bucket(bucketOwners).Cursor()
		for k, _ := c.Seek(prefix); len(k) > len(prefix) && slices.Equal(k[:len(prefix)], prefix); k, _ = c.Next() {
			hashes = append(hashes, slices.Clone(k[len(prefix):]))
		}
		for _, hash := range hashes {
			if err := errors.Join(removeCredential(tx, hash), tx.Bucket(bucketOwners).Delete(under(account, hash...))); err != nil {
				return err
			}
		}
		return nil
	})
}

// removeCredential removes a credential and what leads to it. Where it cannot be read, what leads to it goes when that is come upon.
func removeCredential(tx *bbolt.Tx, hash []byte) error {
	credentials := tx.Bucket(bucketCredentials)
	value := credentials.Get(hash)
	if value == nil {
		return nil
	}
	var c claims.Credential
	if err := json.Unmarshal(value, &c); err == nil {
		err := tx.Bucket(bucketOwners).Delete(under(c.Account, hash...))
		if !c.Until.IsZero() {
			err = errors.Join(err, tx.Bucket(bucketEnds).Delete(timed(millis(c.Until), hash)))
		}
		if err != nil {
			return err
		}
	}
	return credentials.Delete(hash)
}
