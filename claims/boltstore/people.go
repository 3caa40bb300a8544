package boltstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
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
				bad.note(bucketAccounts, id, value)
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
func (s *Store) Account(ctx context.Context, id string) (claims.Account, error) {
	return one[claims.Account](ctx, s, bucketAccounts, id)
}

// one reads what is kept under a key as JSON, or gives claims.ErrNotFound, also where it cannot be read: that is set aside.
func one[T any](ctx context.Context, s *Store, bucket []byte, key string) (T, error) {
	var v T
	var bad unreadable
	err := s.view(ctx, "read", func(tx *bbolt.Tx) error { return kept(tx, bucket, key, &v, &bad) })
	s.setAside(ctx, bad)
	if err != nil {
		var none T
		return none, err
	}
	return v, nil
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
	return s.write(ctx, "put account", 0, func(tx *bbolt.Tx) error {
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
	return s.write(ctx, "put credential", 0, func(tx *bbolt.Tx) error {
		return putCredential(tx, c, data)
	})
}

func putCredential(tx *bbolt.Tx, c claims.Credential, data []byte) error {
	if err := removeCredential(tx, []byte(c.Hash)); err != nil {
		return err
	}
	err := errors.Join(tx.Bucket(bucketCredentials).Put([]byte(c.Hash), data),
		tx.Bucket(bucketOwners).Put(under(c.Account, []byte(c.Hash)...), present()))
	if !c.Until.IsZero() {
		err = errors.Join(err, tx.Bucket(bucketEnds).Put(timed(millis(c.Until), []byte(c.Hash)), present()))
	}
	return err
}

// Credential gives the credential of a hash, or claims.ErrNotFound.
func (s *Store) Credential(ctx context.Context, hash string) (claims.Credential, error) {
	return one[claims.Credential](ctx, s, bucketCredentials, hash)
}

// TakeCredential gives a credential and removes it, or claims.ErrNotFound.
func (s *Store) TakeCredential(ctx context.Context, hash string) (claims.Credential, error) {
	var taken claims.Credential
	var bad unreadable
	err := s.write(ctx, "take credential", 0, func(tx *bbolt.Tx) error {
		taken, bad = claims.Credential{}, nil
		if err := kept(tx, bucketCredentials, hash, &taken, &bad); err != nil {
			return err
		}
		return removeCredential(tx, []byte(hash))
	})
	s.setAside(ctx, bad)
	if err != nil {
		return claims.Credential{}, err
	}
	return taken, nil
}

// DropCredentials removes all credentials of an account.
func (s *Store) DropCredentials(ctx context.Context, account string) error {
	return s.write(ctx, "drop credentials", 0, func(tx *bbolt.Tx) error {
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
