package claims

import (
	"errors"
	"fmt"
)

// What a caller acts on. A store gives the first group, the transitions and the desk the second.
var (
	ErrConflict    = errors.New("claims: the record has changed meanwhile")
	ErrDone        = errors.New("claims: already done under this once key")
	ErrUnsure      = errors.New("claims: the store did not say whether it was done")
	ErrUnavailable = errors.New("claims: the store is not available")
	ErrFull        = fmt.Errorf("claims: the store has no room for new submissions: %w", ErrUnavailable)
	ErrLocked      = errors.New("claims: the store is in use by another process")
	ErrNotEmpty    = errors.New("claims: the store is not empty")
	ErrNewer       = errors.New("claims: the record was written by a newer version of the program")

	ErrNotFound      = errors.New("claims: not found")
	ErrTicket        = errors.New("claims: not a ticket")
	ErrLeaseHeld     = errors.New("claims: another reviewer has this claim")
	ErrLeaseLost     = errors.New("claims: the lease is over or was given to another")
	ErrOwnReview     = errors.New("claims: nobody approves their own review")
	ErrOtherProposal = errors.New("claims: another finding waits now than the one that was seen")
	ErrForbidden     = errors.New("claims: this account may not do that")
	ErrKeyReused     = errors.New("claims: the idempotency key was used for another request")
)

// DoneError is ErrDone with the once key that is known and the value that was stored under it.
type DoneError struct{ Key, Value string }

func (e *DoneError) Error() string        { return ErrDone.Error() }
func (e *DoneError) Is(target error) bool { return target == ErrDone }

// StateError says that a transition does not exist from a state.
type StateError struct {
	Act  string
	From State
}

func (e *StateError) Error() string {
	return fmt.Sprintf("claims: cannot %s a claim that is %s", e.Act, e.From)
}

// InvalidError says which field of an input is wrong and how. Problem is one of the Problem constants, so that a page can say it in
// the reader's language; Limit goes with those that have one.
type InvalidError struct {
	Field   string
	Problem string
	Limit   int
}

// What can be wrong with a field.
const (
	ProblemRequired  = "required"
	ProblemTooLong   = "too_long"
	ProblemTooMany   = "too_many"
	ProblemUTF8      = "not_utf8"
	ProblemNUL       = "control_characters"
	ProblemUnknown   = "unknown"
	ProblemFormat    = "format"
	ProblemQuote     = "quote_not_in_passage"
	ProblemPast      = "in_the_past"
	ProblemTaken     = "taken"
	ProblemLastAdmin = "last_admin"
)

func (e *InvalidError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("claims: %s: %s (limit %d)", e.Field, e.Problem, e.Limit)
	}
	return fmt.Sprintf("claims: %s: %s", e.Field, e.Problem)
}
