package claims

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// FlawKind says what is wrong in a store.
type FlawKind string

const (
	FlawDamaged    FlawKind = "damaged"       // a record was set aside; it is kept for somebody to look at
	FlawUnreadable FlawKind = "unreadable"    // a record cannot be read; repair sets it aside
	FlawMissing    FlawKind = "missing_entry" // an index lacks the claim; repair adds it
	FlawExtra      FlawKind = "extra_entry"   // an index has the claim where it does not belong, or one that is not there; repair takes it out
	FlawCount      FlawKind = "count"         // an index counts other than what it holds; repair counts it
	FlawVersion    FlawKind = "version"       // the claim's last event is of another version than the claim
	FlawHistory    FlawKind = "history"       // the claim's history is not what the log has of it
	FlawDemand     FlawKind = "demand"        // the claim counts other than the requests that there are
	FlawOrphan     FlawKind = "orphan"        // a request of a claim that is not there
	FlawMerge      FlawKind = "merge"         // a duplicate of a claim that is not there, or does not know of it
	FlawLog        FlawKind = "log"           // the event log does not fit together, see Verify
)

// A Flaw is something that Inspect found.
type Flaw struct {
	Kind   FlawKind
	Name   string // of a claim, a record, an index, an event
	Detail string
	Mended bool

	claim  ID
	key    Key // of an entry
	ticket Ticket
}

// An Inspection is what Inspect found.
type Inspection struct {
	Claims, Submissions, Events, Entries int64
	Flaws                                []Flaw
}

// Sound reports whether nothing is wrong that was not mended. What was set aside is kept, and does no harm; that requests, events and duplicates of it
// are still there is no other flaw.
func (i Inspection) Sound() bool {
	aside := map[string]bool{}
	for _, f := range i.Flaws {
		if f.Kind == FlawDamaged {
			aside[f.Name] = true
		}
	}
	return !slices.ContainsFunc(i.Flaws, func(f Flaw) bool {
		return !f.Mended && f.Kind != FlawDamaged && !aside["claims/"+string(f.claim)]
	})
}

// Inspect holds everything that a store keeps against its records and its log: the index entries that Keys gives, the versions and histories that
// the events tell, the demand that the requests add up to. Others go on using the store, so it looks a second time where it found something, and
// takes for a flaw what it saw twice. With repair set it mends what follows from the records.
func Inspect(ctx context.Context, s Store, repair bool, progress Progress) (Inspection, error) {
	i, err := look(ctx, s, progress)
	if err == nil && len(i.Flaws) > 0 {
		first := map[Flaw]bool{}
		for _, f := range i.Flaws {
			first[f] = true
		}
		i, err = look(ctx, s, progress)
		i.Flaws = slices.DeleteFunc(i.Flaws, func(f Flaw) bool { return !first[f] })
	}
	if err == nil && repair {
		err = mend(ctx, s, i.Flaws)
	}
	if err != nil {
		return i, fmt.Errorf("claims: inspect: %w", err)
	}
	return i, nil
}

// told is what the log says of a claim.
type told struct{ events, version int64 }

// asked is what the requests say of a claim.
type asked struct{ requests, asking, own int64 }

// known is what Inspect keeps of a claim.
type known struct {
	version     int64
	asked       asked
	duplicateOf ID
	merged      []ID
}

// A inspector looks at a store once.
type inspector struct {
	store    Store
	progress Progress
	found    Inspection
	told     map[ID]told
	claims   map[ID]known
	expected map[Entry]struct{}
}

// look goes over the whole store.
func look(ctx context.Context, s Store, progress Progress) (Inspection, error) {
	i := &inspector{store: s, progress: progress, told: map[ID]told{}, claims: map[ID]known{}, expected: map[Entry]struct{}{}}
	for _, part := range []func(context.Context) error{i.log, i.records, i.demand, i.entries, i.histories, i.damaged} {
		if err := part(ctx); err != nil {
			return i.found, err
		}
	}
	return i.found, nil
}

func (i *inspector) flaw(kind FlawKind, id ID, key Key, format string, args ...any) {
	i.found.Flaws = append(i.found.Flaws, Flaw{Kind: kind, Name: string(id), Detail: fmt.Sprintf(format, args...), claim: id, key: key})
}

func (i *inspector) log(ctx context.Context) error {
	_, head, err := i.store.Head(ctx)
	if err != nil {
		return err
	}
	var v Verification
	err = readLog(ctx, i.store, func(entry LogEntry) {
		v.take(entry, LogEntry{})
		var e Event
		if json.Unmarshal(entry.Record, &e) == nil && e.Claim != "" {
			i.told[e.Claim] = told{i.told[e.Claim].events + 1, cmp.Or(e.After, i.told[e.Claim].version)}
		}
		if v.Events%logPage == 0 {
			i.progress.tell("events", v.Events, 0)
		}
	})
	i.found.Events = v.Events
	if v.Last.Number < head {
		v.fault(v.Last.Number+1, FaultTail)
	}
	for _, f := range v.Problems {
		i.found.Flaws = append(i.found.Flaws, Flaw{Kind: FlawLog, Name: fmt.Sprint(f.Number), Detail: string(f.Fault)})
	}
	return err
}

func (i *inspector) records(ctx context.Context) error {
	return i.store.Each(ctx, ItemClaim, func(item Item) error {
		if i.found.Claims++; i.found.Claims%logPage == 0 {
			i.progress.tell("claims", i.found.Claims, 0)
		}
		id := ID(item.Name)
		c, err := DecodeClaim(item.Data, id, item.Version)
		if errors.Is(err, ErrNewer) {
			return fmt.Errorf("claim %s: %w", id, err)
		}
		if err != nil {
			i.flaw(FlawUnreadable, id, Key{}, "%v", err)
			return nil
		}
		k := known{version: c.Version, asked: asked{c.Requests, c.Asking, c.Own}, merged: c.Merged}
		if c.duplicate() {
			k.duplicateOf = c.Closing.DuplicateOf
		}
		i.claims[id] = k
		if said := i.told[id]; said.version != c.Version {
			i.flaw(FlawVersion, id, Key{}, "it is version %d, its last event made version %d", c.Version, said.version)
		}
		for _, key := range Keys(*c) {
			i.expected[Entry{key, id}] = struct{}{}
		}
		return nil
	})
}

func (i *inspector) demand(ctx context.Context) error {
	sums := map[ID]asked{}
	err := i.store.Each(ctx, ItemSubmission, func(item Item) error {
		if i.found.Submissions++; i.found.Submissions%logPage == 0 {
			i.progress.tell("requests", i.found.Submissions, 0)
		}
		s, err := DecodeSubmission(item.Data, Ticket(item.Name), item.Version)
		if errors.Is(err, ErrNewer) {
			return fmt.Errorf("a request: %w", err)
		}
		if err != nil {
			i.found.Flaws = append(i.found.Flaws, Flaw{Kind: FlawUnreadable, Name: fmt.Sprintf("submissions/%.4s…", item.Name), Detail: err.Error(), ticket: Ticket(item.Name)})
			return nil
		}
		if _, there := i.claims[s.Claim]; !there {
			i.flaw(FlawOrphan, s.Claim, Key{}, "a request of %s", s.At)
			return nil
		}
		i.ask(sums, *s)
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(i.claims)) {
		c := i.claims[id]
		if got := sums[id]; got != c.asked {
			i.flaw(FlawDemand, id, Key{}, "it counts %d requests, %d of them open, %d in its own words; there are %d, %d and %d",
				c.asked.requests, c.asked.asking, c.asked.own, got.requests, got.asking, got.own)
		}
		if of := c.duplicateOf; of != "" && !slices.Contains(i.claims[of].merged, id) {
			i.flaw(FlawMerge, id, Key{}, "of %s", of)
		}
	}
	return err
}

// ask counts a request on its claim and on those above it.
func (i *inspector) ask(sums map[ID]asked, s Submission) {
	id := s.Claim
	for range maxChain {
		sum := sums[id]
		sum.requests++
		if !s.Erased {
			sum.asking++
		}
		if !s.Erased && id == s.Claim {
			sum.own++
		}
		sums[id] = sum
		above := i.claims[id].duplicateOf
		if above == "" || !slices.Contains(i.claims[above].merged, id) {
			return
		}
		id = above
	}
}

func (i *inspector) entries(ctx context.Context) error {
	held := map[Index]int64{}
	err := i.store.Entries(ctx, func(e Entry) error {
		if i.found.Entries++; i.found.Entries%logPage == 0 {
			i.progress.tell("index entries", i.found.Entries, 0)
		}
		held[e.Index]++
		if _, expected := i.expected[e]; expected {
			delete(i.expected, e)
		} else {
			i.flaw(FlawExtra, e.Claim, e.Key, "in %s at %d", e.Index, e.Score)
		}
		return nil
	})
	if err != nil {
		return err
	}
	byName := func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Claim, b.Claim)) }
	for _, e := range slices.SortedFunc(maps.Keys(i.expected), byName) {
		i.flaw(FlawMissing, e.Claim, e.Key, "in %s at %d", e.Index, e.Score)
	}
	names := slices.Sorted(maps.Keys(held))
	counts, err := i.store.Count(ctx, names...)
	for at, n := range counts {
		if n != held[names[at]] {
			i.found.Flaws = append(i.found.Flaws, Flaw{Kind: FlawCount, Name: string(names[at]), Detail: fmt.Sprintf("it counts %d and holds %d", n, held[names[at]]),
				key: Key{Index: names[at]}})
		}
	}
	return err
}

func (i *inspector) histories(ctx context.Context) error {
	for n, id := range slices.Sorted(maps.Keys(i.claims)) {
		if n%logPage == 0 {
			i.progress.tell("histories", int64(n), int64(len(i.claims)))
		}
		events, err := i.store.History(ctx, id)
		if err != nil {
			return err
		}
		if got, want := int64(len(events)), i.told[id].events; got != want {
			i.flaw(FlawHistory, id, Key{}, "it has %d events, the log has %d", got, want)
		}
	}
	return nil
}

func (i *inspector) damaged(ctx context.Context) error {
	names, err := i.store.Damaged(ctx)
	for _, name := range names {
		i.found.Flaws = append(i.found.Flaws, Flaw{Kind: FlawDamaged, Name: name})
	}
	return err
}

// nobody is an ID that no claim has.
const nobody ID = "nobody"

// mend puts right what follows from the records.
func mend(ctx context.Context, s Store, flaws []Flaw) error {
	for at := range flaws {
		f := &flaws[at]
		if f.Kind != FlawUnreadable {
			continue
		}
		_, err := s.Get(ctx, f.claim) // reading it sets it aside
		if f.ticket != "" {
			_, err = s.Submission(ctx, f.ticket)
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		f.Mended = true
	}
	for at := range flaws {
		f := &flaws[at]
		if f.Kind == FlawCount { // to take out what is not there makes the index count
			if err := s.Mend(ctx, nobody, 0, []Key{f.key}, nil); err != nil {
				return err
			}
			f.Mended = true
		}
		if f.Kind != FlawExtra && f.Kind != FlawMissing {
			continue
		}
		for range attempts {
			err := mendEntry(ctx, s, *f)
			if err == nil {
				f.Mended = true
				break
			}
			if !errors.Is(err, ErrConflict) {
				return err
			}
		}
	}
	return nil
}

// mendEntry puts an entry where it belongs by the record as it stands now; ErrConflict says that it does not stand any more.
func mendEntry(ctx context.Context, s Store, f Flaw) error {
	cs, err := s.Get(ctx, f.claim)
	if err != nil {
		return err
	}
	var version int64
	var keys []Key
	if cs[0] != nil {
		version, keys = cs[0].Version, Keys(*cs[0])
	}
	var gone, come []Key
	switch belongs := slices.Contains(keys, f.key); {
	case f.Kind == FlawExtra && !belongs:
		gone = []Key{f.key}
	case f.Kind == FlawMissing && belongs:
		come = []Key{f.key}
	}
	return s.Mend(ctx, f.claim, version, gone, come)
}
