package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// form is how this program keeps a store, see the package's keys.
const form = "2"

var (
	errLoading = errors.New("it was being filled from a backup and that was interrupted: restore the backup again")
	errForm    = errors.New("its records were written in another form, by another version of the program: give the store an empty database")
	errVersion = errors.New("redis before version 7 does not know the scripts' flags")
)

// found makes a store of an empty database, and refuses what is no store of this form. emptied says that the database lost everything while the store
// was open: what came into it since does not make it another's. It gives the log's epoch.
func (s *Store) found(ctx context.Context, emptied bool) (epoch string, err error) {
	keys := []string{s.key("form"), s.key("epoch"), s.key("loading"), s.key("head"), s.key("log"), s.key("accounts"), s.key("damaged")}
	again := "0"
	if emptied {
		again = "1"
	}
	fresh := newNonce()
	var answer []string
	err = s.call(ctx, "found", func(ctx context.Context, db *redis.Client) (err error) {
		answer, err = foundScript.Run(ctx, db, keys, form, fresh, again).StringSlice()
		return err
	})
	switch {
	case err != nil:
		return "", err
	case answer[0] == "loading":
		return "", errLoading
	case answer[0] == "form":
		return "", fmt.Errorf("%w (it is form %q, this program's is %q)", errForm, answer[1], form)
	}
	return answer[1], nil
}

// checkVersion makes a first call, of a script that older versions of Redis cannot read.
func (s *Store) checkVersion(ctx context.Context) error {
	err := s.call(ctx, "now", func(ctx context.Context, db *redis.Client) error {
		_, err := s.timeByScript(ctx, db)
		return err
	})
	if redis.HasErrorPrefix(err, "Error compiling script") {
		return errors.Join(errVersion, err)
	}
	return err
}
