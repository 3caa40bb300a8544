package claims

import (
	"context"
	"iter"
	"time"
)

// Upkeep is what operators do with a store. Unless it is said otherwise, others go on using the store meanwhile.
type Upkeep interface {
	// Log gives up to limit entries of the event log after a number, as they are stored.
	Log(ctx context.Context, after int64, limit int) ([]LogEntry, error)

	// Each gives every record of a kind, claims or submissions, as it is stored, readable or not, in no order. One that is written meanwhile may
	// come as it was, as it is, or not at all. The error of f ends it.
	Each(ctx context.Context, kind ItemKind, f func(Item) error) error

	// Entries gives every index entry, in the order of the indexes' names. One that comes or goes meanwhile may be missed. The error of f ends it.
	Entries(ctx context.Context, f func(Entry) error) error

	// Mend takes away and adds index entries of a claim if its record still has a version, 0 for none; else it gives ErrConflict. The indexes that it
	// names count then what they hold.
	Mend(ctx context.Context, id ID, version int64, gone, come []Key) error

	// Snapshot gives all that the store keeps, as it is at one moment of the call: claims, submissions, accounts, credentials and once keys in
	// any order, what was set aside, and the event log in order. An item may come several times: the last holds. Writers may have to wait for
	// its end, at most a second. The error of f ends it; f must not use the store.
	Snapshot(ctx context.Context, f func(Item) error) error

	// Load fills an empty store with what Snapshot gave, also another store's, and gives its log a new epoch; it gives ErrNotEmpty where there is
	// anything. Index entries come from the records: claims that cannot be read are kept as what was set aside. What an interrupted Load has left
	// is no store: Open refuses it, and the next Load begins by removing it.
	Load(ctx context.Context, items iter.Seq2[Item, error]) error

	// Compact gives back space that deleted records have left. It gives how many bytes the store takes before and after.
	Compact(ctx context.Context) (before, after int64, err error)
}

// A LogEntry is an event as it is stored.
type LogEntry struct {
	Number int64
	Link   string // see the function Link
	Record []byte // the event's JSON, with the number 0
}

// ItemKind says what an item is.
type ItemKind string

const (
	ItemClaim      ItemKind = "claim"
	ItemSubmission ItemKind = "submission"
	ItemEvent      ItemKind = "event"
	ItemAccount    ItemKind = "account"
	ItemCredential ItemKind = "credential"
	ItemOnce       ItemKind = "once"
	ItemDamaged    ItemKind = "damaged" // a record that was set aside
)

// An Item is a record as a store keeps it, for copying and for looking after.
type Item struct {
	Kind    ItemKind
	Name    string    // ID, ticket, account, hash, once key; of what was set aside, what Damaged lists
	Version int64     // of claims and submissions; 0 where it cannot be read
	Number  int64     // of events
	Link    string    // of events
	Until   time.Time // of once keys: until when they must be remembered
	Data    []byte    // JSON; of once keys the value; of what was set aside, whatever was there
}
