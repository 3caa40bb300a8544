package claims

import (
	"context"
	"io"
	"time"
)

// A Store keeps records, their index entries and one numbered event log. It knows nothing of claims' rules: it commits a Change
// wholly or not at all, if the versions it was made from still stand. What it acknowledged is durable. claimstest checks all that
// is said here.
//
// Every method may give ErrUnavailable, wrapped, when the store cannot be reached within two seconds or was closed; nothing has changed
// then. Where the caller's own deadline is shorter, the context's error comes instead. A limit below 1, a negative number and a cursor that is none
// are *InvalidError. All methods are safe for concurrent use.
type Store interface {
	// Get gives the claims in the order of the ids, nil where there is none. A record that cannot be read is nil too and is set aside: its
	// bytes are kept for Damaged, and its place is free. One that a newer version of the program has written is nil, and left as it is. Neither
	// fails the others.
	Get(ctx context.Context, ids ...ID) ([]*Claim, error)

	// Submission gives what was sent under a ticket, or ErrNotFound, also where the record cannot be read: that is set aside, as a claim's.
	Submission(ctx context.Context, t Ticket) (*Submission, error)

	// Commit makes a change, wholly or not at all. It gives ErrConflict when a version is not the one the change was made from, a *DoneError
	// when one of its once keys is known, ErrFull when the store has little room left and the change brings new submissions, and ErrUnsure when
	// the connection broke before the store answered, or too few of its replicas have the change: then the same change, with the same once keys,
	// may be committed again.
	Commit(ctx context.Context, c Change) error

	// Done gives the value that was stored with a once key, and whether the key is known.
	Done(ctx context.Context, key string) (value string, known bool, err error)

	// Range gives up to limit claims of some indexes together in the order of their scores, then IDs, after a cursor; the empty cursor is the
	// beginning. The cursor it gives is empty when there are no more. A claim that keeps its score and its index while others move is never
	// skipped or given twice.
	Range(ctx context.Context, after Cursor, limit int, xs ...Index) ([]ID, Cursor, error)

	// Pick gives up to n claims of the heads of some indexes together, in the order of Range, and hides them from other calls of Pick for the
	// time of hold. It is a hint that spreads reviewers over the queue, not a lease.
	Pick(ctx context.Context, n int, hold time.Duration, xs ...Index) ([]ID, error)

	// Count gives how many claims each index holds.
	Count(ctx context.Context, xs ...Index) ([]int64, error)

	// Events gives up to limit events after a number, in order. Numbers are dense from 1: a gap is a loss. Where there are none yet it
	// waits up to the given time for one. One that cannot be read comes with its number alone.
	Events(ctx context.Context, after int64, limit int, wait time.Duration) ([]Event, error)

	// History gives all events of a claim, oldest first.
	History(ctx context.Context, id ID) ([]Event, error)

	// Head gives the log's epoch, a random name that a store gets when it is made, and the number of its last event.
	Head(ctx context.Context) (epoch string, seq int64, err error)

	// Damaged lists the records that were set aside because they could not be read, as "claims/ID", "events/number" and so on. Of tickets, which
	// are secrets, it shows the first symbols only.
	Damaged(ctx context.Context) ([]string, error)

	// Now is the store's clock, the only one that decides a lease.
	Now(ctx context.Context) (time.Time, error)

	People
	Upkeep
	io.Closer
}

// People keeps who may sign in.
type People interface {
	// Accounts gives all accounts, oldest first.
	Accounts(ctx context.Context) ([]Account, error)

	// Account gives one, or ErrNotFound.
	Account(ctx context.Context, id string) (Account, error)

	// PutAccount stores an account under its ID, whether it is new or not. With first set it is stored only where there is no account at
	// all, else ErrConflict: of many servers that start on an empty store, one makes the first account.
	PutAccount(ctx context.Context, a Account, first bool) error

	// PutCredential stores a credential under its hash. One that has an end is forgotten some time after it.
	PutCredential(ctx context.Context, c Credential) error

	// Credential gives the credential of a hash, or ErrNotFound. Whether it has ended is for the caller to see.
	Credential(ctx context.Context, hash string) (Credential, error)

	// TakeCredential gives a credential and removes it in one step: of many callers one gets it, the others get ErrNotFound.
	TakeCredential(ctx context.Context, hash string) (Credential, error)

	// DropCredentials removes all credentials of an account.
	DropCredentials(ctx context.Context, account string) error
}

// A Change is what one act writes.
type Change struct {
	Puts        []Put
	Submissions []Submission // stored when Version is one more than what is stored, from 1
	Events      []Event      // at least one; numbered by the store in this order
	Once        []Once       // at least one, each with another key
}

// A Put replaces a claim. Its index entries go from Keys(*Before) to Keys(After).
type Put struct {
	Before *Claim // as it was read; nil: there was none
	After  Claim  // its Version is higher than Before's, by one for each act that the change makes
}

// OnceFor is how long a once key is remembered at least, where it does not say itself.
const OnceFor = 24 * time.Hour

// Once makes an act happen once: a key that is already known makes Commit give what was stored with it and change nothing. A change without one is
// refused: a retry after a lost reply would count twice. A change that makes the acts of several people has the key of each.
type Once struct {
	Key   string        // at most 200 bytes
	Value string        // at most 200 bytes
	For   time.Duration // how long the key is remembered at least; 0 is OnceFor
}

// Index names an ordered set of claims, see Keys.
type Index string

// A Key is a claim's entry in an index. Smaller scores come first.
type Key struct {
	Index Index
	Score int64
}

// A Cursor is a place in an index. It is the store's own and opaque.
type Cursor string

// EventKind is what happened.
type EventKind string

const (
	EventSubmitted   EventKind = "submitted"
	EventQueued      EventKind = "queued" // a sourced claim came to the queue
	EventTaken       EventKind = "taken"
	EventRenewed     EventKind = "renewed"
	EventReleased    EventKind = "released"
	EventExpired     EventKind = "expired"
	EventParked      EventKind = "parked"
	EventProposed    EventKind = "proposed"
	EventPublished   EventKind = "published"
	EventReturned    EventKind = "returned"
	EventClosed      EventKind = "closed"
	EventDuplicate   EventKind = "duplicate" // closed as a duplicate
	EventMerged      EventKind = "merged"    // took over the requests of a duplicate
	EventEscalated   EventKind = "escalated"
	EventDeescalated EventKind = "deescalated"
	EventNeedsUpdate EventKind = "needs_update"
	EventReopened    EventKind = "reopened"
	EventRetracted   EventKind = "retracted"
	EventWithdrawn   EventKind = "withdrawn"
	EventPurged      EventKind = "purged" // the text of a closed claim was removed
	EventSaved       EventKind = "saved"  // a draft
	EventFeedback    EventKind = "feedback"
	EventErased      EventKind = "erased"   // what came with a ticket, where no claim has it any more
	EventUnmerged    EventKind = "unmerged" // is no duplicate any more
	EventParted      EventKind = "parted"   // lost the requests of what is no duplicate of it any more
	EventJoined      EventKind = "joined"   // new, and so like another claim that it was counted there
	EventRejected    EventKind = "rejected" // is not the same as the claim that was suggested
	EventFreed       EventKind = "freed"    // an operator ended a lease
	EventRequeued    EventKind = "requeued" // an operator put the claim on the queue
)

// An Event is one entry of the append-only history. It holds no text of a submission.
type Event struct {
	Seq    int64     `json:"seq"` // given by the store
	Kind   EventKind `json:"kind"`
	Claim  ID        `json:"claim"`
	From   State     `json:"from,omitempty"`
	To     State     `json:"to"`
	Before int64     `json:"before"` // versions of the claim; both 0 where it stayed as it was
	After  int64     `json:"after"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"` // Account.ID; empty: the system, or a person without an account
	Role   Role      `json:"role,omitempty"`
	Note   string    `json:"note,omitempty"`
}
