package claims

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"regexp"
	"time"

	"dalel/index"
)

// A Searcher finds what bears on a text. *index.Index is one.
type Searcher interface {
	Search(ctx context.Context, q index.Query) ([]index.Hit, error)
	Document(ctx context.Context, id string) (index.Document, error)
}

// Options are a desk's settings. The zero value has its defaults.
type Options struct {
	Lease        time.Duration // of a claim to a reviewer; 0 is 30 minutes
	SingleReview bool          // publish without a second reviewer
	Log          *slog.Logger  // nil logs nothing

	// Open finds open claims, see OpenFeed: a text that is like one joins it, or is suggested to reviewers as its duplicate. nil joins nothing.
	Open Searcher

	// Shared are the sentences of what the service gives people to pass on; they are left out of what is compared.
	Shared []*regexp.Regexp

	// Now is the clock by which a review is too old to be asserted; nil is the computer's. Leases go by the store's.
	Now func() time.Time
}

// A Desk is what people, reviewers and editors do with claims. Its methods may be called concurrently, also by many desks on one store.
type Desk struct {
	store    Store
	search   Searcher
	open     Searcher // nil joins nothing
	shared   []*regexp.Regexp
	lease    time.Duration
	second   bool
	now      func() time.Time
	log      *slog.Logger
	requests *together[*request] // by the claim that they are of
	picks    *together[*pick]    // by their queue
	reads    *together[*reading] // by the claim
	// turns lets one act at a time work on a claim in this process: acts of one process would only make each other start over. A turn is the
	// slot of a channel, so that who waits for it can give up.
	turns [256]chan struct{}
	seed  maphash.Seed
}

// NewDesk is a desk on a store and a search.
func NewDesk(store Store, search Searcher, o Options) *Desk {
	if o.Lease == 0 {
		o.Lease = 30 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Desk{store: store, search: search, open: o.Open, shared: o.Shared, lease: o.Lease, second: !o.SingleReview, now: o.Now, log: o.Log,
		requests: newTogether[*request](), picks: newTogether[*pick](), reads: newTogether[*reading](), seed: maphash.MakeSeed()}
	for i := range d.turns {
		d.turns[i] = make(chan struct{}, 1)
	}
	return d
}

// An Act is one thing an account does to a claim.
type Act struct {
	By      Account
	Version int64  // the claim's version that the account has seen; 0 does not care
	Key     string // once key; empty: every call is an act of its own
	Body    string // a hash of the request, to tell a repeated one from another under the same key
}

// attempts bounds how often an act starts over because others changed the claim first.
const attempts = 12

// change reads a claim, applies a transition and commits, again from the start when somebody else was faster.
func (d *Desk) change(ctx context.Context, id ID, a Act, f func(c Claim, now time.Time) (Claim, Event, error)) (Claim, error) {
	end, err := d.turn(ctx, id)
	if err != nil {
		return Claim{}, err
	}
	defer end()
	once := a.once(id)
	if done, err := d.done(ctx, once, a.Key); err != nil || done {
		return d.seen(ctx, id, a.By, err)
	}
	for range attempts {
		c, now, err := d.read(ctx, id)
		if err != nil {
			return Claim{}, err
		}
		if a.Version != 0 && a.Version != c.Version {
			return c, fmt.Errorf("claims: %s is at version %d: %w", id, c.Version, ErrConflict)
		}
		next, event, err := f(c, now)
		if err != nil {
			return c, err
		}
		switch err := d.commit(ctx, Change{Puts: []Put{{Before: &c, After: next}}, Events: []Event{event}, Once: []Once{once}}); {
		case errors.Is(err, ErrConflict):
			continue
		case errors.Is(err, ErrDone) && a.Key != "":
			return d.again(ctx, id, a, err)
		case errors.Is(err, ErrDone): // by an attempt of ours whose reply was lost
			return next, nil
		default:
			return next, err
		}
	}
	return Claim{}, fmt.Errorf("claims: %s changed %d times under us: %w", id, attempts, ErrConflict)
}

// turn waits until no other act of this process works on the claim, and gives the function that ends the turn, or the context's error.
func (d *Desk) turn(ctx context.Context, id ID) (end func(), err error) {
	slot := d.slot(id)
	select {
	case slot <- struct{}{}:
		return func() { <-slot }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *Desk) slot(id ID) chan struct{} {
	return d.turns[maphash.String(d.seed, string(id))%uint64(len(d.turns))]
}

// read gives a claim and the store's time.
func (d *Desk) read(ctx context.Context, id ID) (Claim, time.Time, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return Claim{}, time.Time{}, err
	}
	cs, err := d.store.Get(ctx, id)
	if err != nil {
		return Claim{}, now, err
	}
	if cs[0] == nil {
		return Claim{}, now, fmt.Errorf("claims: claim %s: %w", id, ErrNotFound)
	}
	return *cs[0], now, nil
}

// commit makes a change, and asks again when the store did not say whether it was made: the once key makes that safe.
func (d *Desk) commit(ctx context.Context, c Change) error {
	for range 3 {
		err := d.store.Commit(ctx, c)
		if !errors.Is(err, ErrUnsure) {
			return err
		}
		d.log.WarnContext(ctx, "commit unsure, asking again", "error", err)
	}
	return fmt.Errorf("claims: commit: %w", ErrUnavailable)
}

// newOnce is the once key of an act that its caller does not name. Only this process can repeat it, which it does within seconds.
func newOnce(act string) Once { return Once{Key: act + "/" + rand.Text(), For: time.Minute} }

// once is the act's once key, or a random one.
func (a Act) once(id ID) Once {
	if a.Key == "" {
		return newOnce("act")
	}
	return Once{Key: "act/" + a.By.ID + "/" + string(id) + "/" + a.Key, Value: a.Body}
}

// done reports whether a caller's act was made before. Acts without a key of the caller's never were.
func (d *Desk) done(ctx context.Context, once Once, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	value, known, err := d.store.Done(ctx, once.Key)
	if err == nil && known && value != once.Value {
		err = ErrKeyReused
	}
	return known, err
}

// again is the answer to an act whose once key became known while it was made: by an attempt of ours whose reply was lost, or by the
// same request sent twice at once.
func (d *Desk) again(ctx context.Context, id ID, a Act, err error) (Claim, error) {
	if e, ok := errors.AsType[*DoneError](err); ok && a.Key != "" && e.Value != a.Body {
		return Claim{}, ErrKeyReused
	}
	return d.seen(ctx, id, a.By, nil)
}

// seen gives the claim as it stands to who acted on it, where there was no error and it is still theirs to see.
func (d *Desk) seen(ctx context.Context, id ID, who Account, err error) (Claim, error) {
	if err != nil {
		return Claim{}, err
	}
	c, _, err := d.read(ctx, id)
	if err == nil {
		err = d.mayRead(ctx, who, c)
	}
	if err != nil {
		return Claim{}, err
	}
	return c, nil
}

// mayRead gives ErrForbidden where a claim, or what it is a duplicate of, is for editors alone. The zero account is the program or its operator.
func (d *Desk) mayRead(ctx context.Context, who Account, c Claim) error {
	if who.ID == "" || who.Is(RoleEditor) {
		return nil
	}
	if c.duplicate() && !c.Escalated {
		root, err := d.resolve(ctx, c.ID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		c = *root
	}
	if c.Escalated {
		return ErrForbidden
	}
	return nil
}

// Claim gives a claim to a reviewer or editor. Escalated ones are for editors.
func (d *Desk) Claim(ctx context.Context, who Account, id ID) (Claim, error) {
	if !who.Is(RoleReviewer) {
		return Claim{}, ErrForbidden
	}
	return d.seen(ctx, id, who, nil)
}

// History gives the events of a claim, oldest first.
func (d *Desk) History(ctx context.Context, who Account, id ID) ([]Event, error) {
	if _, err := d.Claim(ctx, who, id); err != nil {
		return nil, err
	}
	return d.store.History(ctx, id)
}

// SecondReview reports whether a finding waits for a second reviewer before it is published.
func (d *Desk) SecondReview() bool { return d.second }

// Ready reports why the desk cannot work, or nil.
func (d *Desk) Ready(ctx context.Context) error {
	_, _, err := d.store.Head(ctx) // the time may be known without asking
	return err
}
