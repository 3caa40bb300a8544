package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"dalel/claims"
)

// page is how many records are asked for at once.
const page = 500

// Get gives claims by their IDs, see claims.Store.
func (s *Store) Get(ctx context.Context, ids ...claims.ID) ([]*claims.Claim, error) {
	all := make([]*claims.Claim, 0, len(ids))
	for some := range slices.Chunk(ids, page) {
		cs, err := s.claimsNamed(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, cs...)
	}
	return all, ctx.Err()
}

// Submission gives what was sent under a ticket, or claims.ErrNotFound, also where the record cannot be read.
func (s *Store) Submission(ctx context.Context, t claims.Ticket) (*claims.Submission, error) {
	const what = "submission"
	key := s.keyOf("submission", string(t))
	for range rereads {
		raws, isTyped, err := s.read(ctx, what, []string{key})
		switch {
		case err != nil:
			return nil, err
		case raws[0] == nil && !isTyped[0]:
			return nil, fmt.Errorf("redisstore: %s: %w", what, claims.ErrNotFound)
		}
		why := errType
		if !isTyped[0] {
			sub, err := decodeSubmission(raws[0], t)
			if err == nil {
				return sub, nil
			}
			why = err
		}
		if errors.Is(why, claims.ErrNewer) {
			return nil, fmt.Errorf("redisstore: %s: %w: %w", what, claims.ErrNotFound, why)
		}
		if s.setAside(ctx, torn{name: "submissions/" + string(t), key: key, seen: raws[0], want: "string", why: why}) {
			break
		}
	}
	return nil, fmt.Errorf("redisstore: %s: its record is damaged: %w", what, claims.ErrNotFound)
}
