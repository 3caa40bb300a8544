package claims_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"dalel/claims"
)

var (
	start    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	aigerim  = claims.Account{ID: "u_aigerim", Name: "Aigerim", Roles: []claims.Role{claims.RoleReviewer}}
	marat    = claims.Account{ID: "u_marat", Name: "Marat", Roles: []claims.Role{claims.RoleReviewer}}
	editor   = claims.Account{ID: "u_editor", Name: "Ed", Roles: []claims.Role{claims.RoleEditor}}
	outsider = claims.Account{ID: "u_trainer", Name: "T", Roles: []claims.Role{claims.RoleTrainer}}
)

const lease = 30 * time.Minute

func sighting(text string, answered bool) claims.Sighting {
	return claims.Sighting{Submission: claims.Submission{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: claims.IDOf("en", text), Lang: "en", At: start},
		Text: text, Answered: answered}
}

func finding() claims.Review {
	return claims.Review{Verdict: claims.VerdictFalse, Summary: map[string]string{"en": "Onions do not cure COVID-19."},
		Evidence: []claims.Evidence{{URL: "https://www.who.int/x", Stance: claims.StanceRefutes, Quote: "No food cures it."}}}
}

// must unwraps what a transition gives when it may not fail.
func must(t *testing.T) func(claims.Claim, claims.Event, error) claims.Claim {
	return func(c claims.Claim, _ claims.Event, err error) claims.Claim {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// inState brings a new claim to a state by transitions alone.
func inState(t *testing.T, s claims.State) claims.Claim {
	t.Helper()
	ok := must(t)
	c, _ := claims.Submit(nil, sighting("raw onions cure covid in one night", s == claims.StateSourced), start)
	propose := func() claims.Claim {
		held := ok(claims.Take(c, aigerim, start, lease))
		return ok(claims.Propose(held, aigerim, held.Lease.Token, finding(), true, start))
	}
	switch s {
	case claims.StateSourced, claims.StateQueued:
		return c
	case claims.StateInReview:
		return ok(claims.Take(c, aigerim, start, lease))
	case claims.StateSecondReview:
		return propose()
	case claims.StatePublished:
		return ok(claims.Approve(propose(), marat, 0, "", start))
	case claims.StateNeedsUpdate:
		return ok(claims.NeedsUpdate(ok(claims.Approve(propose(), marat, 0, "", start)), claims.Account{}, "", start))
	case claims.StateRetracted:
		return ok(claims.Retract(ok(claims.Approve(propose(), marat, 0, "", start)), editor, "the source was withdrawn", start))
	case claims.StateClosed:
		return ok(claims.Close(c, aigerim, 0, claims.ReasonSpam, "", start))
	case claims.StateParked:
		for range claims.MaxExpiries {
			c = ok(claims.Take(c, aigerim, start, lease))
			c = ok(claims.Expire(c, start.Add(lease)))
		}
		return c
	}
	t.Fatalf("no way to %s", s)
	return c
}

// acts are all transitions on one claim, as the lead reviewer, a second one, or an editor would make them.
var acts = map[string]func(claims.Claim, time.Time) (claims.Claim, claims.Event, error){
	"take": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Take(c, aigerim, now, lease)
	},
	"take as editor": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Take(c, editor, now, lease)
	},
	"renew": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Renew(c, aigerim, token(c), now, lease)
	},
	"release": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Release(c, aigerim, token(c), "", now)
	},
	"expire": claims.Expire,
	"propose": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Propose(c, aigerim, token(c), finding(), true, now)
	},
	"approve": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Approve(c, marat, 0, "", now)
	},
	"return": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Return(c, marat, 0, "the quote is too short", now, lease)
	},
	"close": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Close(c, aigerim, token(c), claims.ReasonOutOfScope, "", now)
	},
	"needs update": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.NeedsUpdate(c, claims.Account{}, "guidance changed", now)
	},
	"retract": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Retract(c, editor, "wrong source", now)
	},
	"reopen": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Reopen(c, editor, "new evidence", now)
	},
	"escalate": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Escalate(c, aigerim, "a child is named", now)
	},
	"deescalate": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Deescalate(c, editor, "harmless", now)
	},
	"enqueue": claims.Enqueue,
	"free": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Free(c, "she left", now)
	},
	"requeue": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Requeue(c, "asked again", now)
	},
	"save": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Save(c, aigerim, token(c), claims.Draft{}, now)
	},
	"reject": func(c claims.Claim, now time.Time) (claims.Claim, claims.Event, error) {
		return claims.Reject(c, aigerim, claims.IDOf("en", "another"), now)
	},
}

func token(c claims.Claim) int64 {
	if c.Lease == nil {
		return 0
	}
	return c.Lease.Token
}

// TestLifeCycle holds the transitions to the table of a claim's life: where each leads from each state, and that all others are refused.
func TestLifeCycle(t *testing.T) {
	type move struct{ from, to claims.State }
	allowed := map[string][]move{
		"take": {{claims.StateSourced, claims.StateInReview}, {claims.StateQueued, claims.StateInReview}, {claims.StateNeedsUpdate, claims.StateInReview},
			{claims.StateInReview, claims.StateInReview}}, // the holder renews
		"take as editor": {{claims.StateSourced, claims.StateInReview}, {claims.StateQueued, claims.StateInReview},
			{claims.StateNeedsUpdate, claims.StateInReview}, {claims.StateParked, claims.StateInReview}},
		"renew":        {{claims.StateInReview, claims.StateInReview}},
		"release":      {{claims.StateInReview, claims.StateQueued}},
		"expire":       {},
		"propose":      {{claims.StateInReview, claims.StateSecondReview}},
		"approve":      {{claims.StateSecondReview, claims.StatePublished}},
		"return":       {{claims.StateSecondReview, claims.StateInReview}},
		"close":        {{claims.StateSourced, claims.StateClosed}, {claims.StateQueued, claims.StateClosed}, {claims.StateInReview, claims.StateClosed}},
		"needs update": {{claims.StatePublished, claims.StateNeedsUpdate}},
		"retract":      {{claims.StatePublished, claims.StateRetracted}, {claims.StateNeedsUpdate, claims.StateRetracted}},
		"reopen":       {{claims.StateClosed, claims.StateQueued}, {claims.StateRetracted, claims.StateQueued}},
		"escalate": {{claims.StateSourced, claims.StateSourced}, {claims.StateQueued, claims.StateQueued}, {claims.StateInReview, claims.StateQueued},
			{claims.StateSecondReview, claims.StateSecondReview}, {claims.StateNeedsUpdate, claims.StateNeedsUpdate}, {claims.StateParked, claims.StateParked}},
		"deescalate": {}, // nothing is escalated here
		"enqueue":    {{claims.StateSourced, claims.StateQueued}},
		"free":       {{claims.StateInReview, claims.StateQueued}},
		"requeue": {{claims.StateSourced, claims.StateQueued}, {claims.StateParked, claims.StateQueued}, {claims.StateClosed, claims.StateQueued},
			{claims.StateRetracted, claims.StateQueued}, {claims.StatePublished, claims.StateNeedsUpdate}},
		"save": {{claims.StateInReview, claims.StateInReview}},
		"reject": {{claims.StateSourced, claims.StateSourced}, {claims.StateQueued, claims.StateQueued}, {claims.StateInReview, claims.StateInReview},
			{claims.StateSecondReview, claims.StateSecondReview}, {claims.StateNeedsUpdate, claims.StateNeedsUpdate}, {claims.StateParked, claims.StateParked}},
	}
	for name, act := range acts {
		for _, from := range claims.States() {
			t.Run(fmt.Sprintf("%s from %s", name, from), func(t *testing.T) {
				before := inState(t, from)
				after, event, err := act(before, start.Add(time.Minute))
				for _, m := range allowed[name] {
					if m.from != from {
						continue
					}
					if err != nil {
						t.Fatalf("got %v, want a move to %s", err, m.to)
					}
					if after.State != m.to || event.From != from || event.To != m.to {
						t.Errorf("got %s (event %s to %s), want %s", after.State, event.From, event.To, m.to)
					}
					if after.Version != before.Version+1 || event.Before != before.Version || event.After != after.Version {
						t.Errorf("version %d to %d, event %d to %d", before.Version, after.Version, event.Before, event.After)
					}
					return
				}
				if err == nil {
					t.Fatalf("was allowed, to %s", after.State)
				}
			})
		}
	}
}

func TestGuards(t *testing.T) {
	ok := must(t)
	held := inState(t, claims.StateInReview)
	later := start.Add(lease)
	second := inState(t, claims.StateSecondReview)
	escalated := ok(claims.Escalate(inState(t, claims.StateQueued), aigerim, "threat", start))
	escalatedSecond := ok(claims.Escalate(second, aigerim, "threat", start))
	unproven := finding()
	unproven.Verdict = claims.VerdictUnproven
	noEvidence := finding()
	noEvidence.Evidence = nil

	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"another's lease", errOf(claims.Take(held, marat, start, lease)), claims.ErrLeaseHeld},
		{"release by another", errOf(claims.Release(held, marat, 1, "", start)), claims.ErrLeaseLost},
		{"an old token", errOf(claims.Propose(held, aigerim, 0, finding(), true, start)), claims.ErrLeaseLost},
		{"a lease that ran out", errOf(claims.Propose(held, aigerim, 1, finding(), true, later)), claims.ErrLeaseLost},
		{"a token from before the finding", errOf(claims.Propose(second, aigerim, 1, finding(), true, start)), claims.ErrLeaseLost},
		{"one's own finding", errOf(claims.Approve(second, aigerim, 0, "", start)), claims.ErrOwnReview},
		{"returning one's own finding", errOf(claims.Return(second, aigerim, 0, "again", start, lease)), claims.ErrOwnReview},
		{"approval by a trainer", errOf(claims.Approve(second, outsider, 0, "", start)), claims.ErrForbidden},
		{"taking as a trainer", errOf(claims.Take(inState(t, claims.StateQueued), outsider, start, lease)), claims.ErrForbidden},
		{"an escalated claim as a reviewer", errOf(claims.Take(escalated, aigerim, start, lease)), claims.ErrForbidden},
		{"escalating without an account", errOf(claims.Escalate(held, claims.Account{}, "threat", start)), claims.ErrForbidden},
		{"seconding an escalated finding as a reviewer", errOf(claims.Approve(escalatedSecond, marat, 0, "", start)), claims.ErrForbidden},
		{"approving another finding than was seen", errOf(claims.Approve(second, marat, 7, "", start)), claims.ErrOtherProposal},
		{"returning another finding than was seen", errOf(claims.Return(second, marat, 7, "no", start, lease)), claims.ErrOtherProposal},
		{"closing a parked claim as a reviewer", errOf(claims.Close(inState(t, claims.StateParked), aigerim, 0, claims.ReasonSpam, "", start)), claims.ErrForbidden},
		{"a parked claim as a reviewer", errOf(claims.Take(inState(t, claims.StateParked), aigerim, start, lease)), claims.ErrForbidden},
		{"retracting as a reviewer", errOf(claims.Retract(inState(t, claims.StatePublished), aigerim, "no", start)), claims.ErrForbidden},
		{"reopening as a reviewer", errOf(claims.Reopen(inState(t, claims.StateClosed), aigerim, "no", start)), claims.ErrForbidden},
		{"closing under another's lease", errOf(claims.Close(held, marat, 1, claims.ReasonSpam, "", start)), claims.ErrLeaseLost},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, tt.err, tt.want)
		}
	}
	for _, tt := range []struct {
		name, field string
		err         error
	}{
		{"no evidence", "evidence", errOf(claims.Propose(held, aigerim, 1, noEvidence, true, start))},
		{"unproven without a date", "validUntil", errOf(claims.Propose(held, aigerim, 1, unproven, true, start))},
		{"nothing", "verdict", errOf(claims.Propose(held, aigerim, 1, claims.Review{}, true, start))},
		{"return without a comment", "comment", errOf(claims.Return(second, marat, 0, " ", start, lease))},
		{"close without a reason", "reason", errOf(claims.Close(held, aigerim, 1, "", "", start))},
		{"retract without a reason", "reason", errOf(claims.Retract(inState(t, claims.StatePublished), editor, "", start))},
	} {
		e, invalid := errors.AsType[*claims.InvalidError](tt.err)
		if !invalid || e.Field != tt.field {
			t.Errorf("%s: got %v, want an invalid %s", tt.name, tt.err, tt.field)
		}
	}
}

func errOf(_ claims.Claim, _ claims.Event, err error) error { return err }

// TestRecheckKeepsReview follows a published claim through another round: the old verdict is public until the new one is approved.
func TestRecheckKeepsReview(t *testing.T) {
	ok := must(t)
	c := inState(t, claims.StateNeedsUpdate)
	c = ok(claims.Take(c, marat, start, lease))
	if released := ok(claims.Release(c, marat, token(c), "", start)); released.State != claims.StateNeedsUpdate {
		t.Errorf("released to %s, want needs_update", released.State)
	}
	if _, _, err := claims.Close(c, marat, token(c), claims.ReasonSpam, "", start); err == nil {
		t.Error("a claim with a public review was closed")
	}
	changed := finding()
	changed.Verdict = claims.VerdictMisleading
	c = ok(claims.Propose(c, marat, token(c), changed, true, start.Add(time.Hour-lease-lease)))
	if !c.Public() || c.Review.Verdict != claims.VerdictFalse {
		t.Fatalf("public %v with %s while the change is proposed", c.Public(), c.Review.Verdict)
	}
	c = ok(claims.Approve(c, aigerim, 0, "", start.Add(2*time.Hour)))
	if c.Review.Version != 2 || c.Review.Verdict != claims.VerdictMisleading || !c.Review.Published.Equal(start) || !c.Review.Modified.After(start) {
		t.Errorf("got version %d, %s, published %s, modified %s", c.Review.Version, c.Review.Verdict, c.Review.Published, c.Review.Modified)
	}
}

func TestPrivateLosesText(t *testing.T) {
	ok := must(t)
	c, _ := claims.Submit(nil, sighting("my neighbour at flat 12 is ill", false), start)
	other := sighting("my neighbour at flat 12 is ill!!", false)
	c, _ = claims.Submit(&c, other, start)
	c = ok(claims.Close(c, aigerim, 0, claims.ReasonPrivate, "", start))
	if c.Text != "" || len(c.Wordings) != 0 {
		t.Errorf("kept %q and %d wordings", c.Text, len(c.Wordings))
	}
	if _, _, err := claims.Reopen(c, editor, "why not", start); err == nil {
		t.Error("a claim without a text was reopened")
	}
}

func TestDuplicateMovesRequests(t *testing.T) {
	a, _ := claims.Submit(nil, sighting("onions cure covid", false), start)
	b, _ := claims.Submit(nil, sighting("raw onions heal the corona virus", false), start.Add(time.Hour))
	b, _ = claims.Submit(&b, sighting("raw onions heal the corona virus", false), start.Add(26*time.Hour))
	closed, merged, events, err := claims.Duplicate(b, a, aigerim, 0, start.Add(27*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if closed.State != claims.StateClosed || closed.Closing.DuplicateOf != a.ID {
		t.Errorf("closed %s, %+v", closed.State, closed.Closing)
	}
	if merged.Requests != 3 || len(merged.Wordings) == 0 || merged.State != claims.StateQueued {
		t.Errorf("merged has %d requests, %d wordings, is %s", merged.Requests, len(merged.Wordings), merged.State)
	}
	if len(events) != 2 || events[0].Claim != b.ID || events[1].Claim != a.ID {
		t.Errorf("events %+v", events)
	}
	if _, _, _, err := claims.Duplicate(a, a, aigerim, 0, start); err == nil {
		t.Error("a claim became a duplicate of itself")
	}
	if _, _, _, err := claims.Duplicate(inState(t, claims.StatePublished), a, aigerim, 0, start); err == nil {
		t.Error("a published claim became a duplicate")
	}
}

func TestWithdraw(t *testing.T) {
	s := sighting("onions cure covid", false)
	c, _ := claims.Submit(nil, s, start)
	withdraw := func(c claims.Claim) claims.Claim {
		after, _ := claims.Withdraw([]claims.Claim{c}, start)
		return after[0]
	}
	gone := withdraw(c)
	if gone.State != claims.StateClosed || gone.Text != "" || gone.Requests != 1 {
		t.Errorf("got %s, %q, %d requests; want closed, no text, the count kept", gone.State, gone.Text, gone.Requests)
	}
	again, _ := claims.Submit(&gone, sighting("onions cure covid", false), start)
	if again.State != claims.StateQueued || again.Text == "" || again.Requests != 2 || again.Asking != 1 {
		t.Errorf("asked anew: %s, %q, %d", again.State, again.Text, again.Requests)
	}
	other := sighting("onions cure covid", false)
	both, _ := claims.Submit(&c, other, start)
	kept := withdraw(both)
	if kept.State != claims.StateQueued || kept.Text == "" {
		t.Errorf("another asks still: %s, %q", kept.State, kept.Text)
	}
	if none := withdraw(kept); none.State != claims.StateClosed || none.Text != "" || none.Requests != 2 {
		t.Errorf("nobody asks any more: %s, %q, %d requests", none.State, none.Text, none.Requests)
	}
	held := must(t)(claims.Take(c, aigerim, start, lease))
	if gone := withdraw(held); gone.State != claims.StateClosed || gone.Text != "" || gone.Lease != nil {
		t.Errorf("under review: %s, %q", gone.State, gone.Text)
	}
	// A flag for editors outlives the question.
	flagged := must(t)(claims.Escalate(c, aigerim, "a child is named", start))
	gone = withdraw(flagged)
	if again, _ := claims.Submit(&gone, sighting("onions cure covid", false), start); !again.Escalated {
		t.Error("asking anew took the flag away")
	}
}

// TestRetractWhileRechecked takes a public review back although another reviewer holds the claim.
func TestRetractWhileRechecked(t *testing.T) {
	ok := must(t)
	held := ok(claims.Take(inState(t, claims.StateNeedsUpdate), marat, start, lease))
	if c := ok(claims.Retract(held, editor, "it does harm", start)); c.State != claims.StateRetracted || c.Lease != nil || c.Public() {
		t.Errorf("got %s, lease %v", c.State, c.Lease)
	}
}

func TestSourcedComesToTheQueue(t *testing.T) {
	c, _ := claims.Submit(nil, sighting("onions cure covid", true), start)
	for i := 1; i < claims.QueueAfter; i++ {
		if c.State != claims.StateSourced {
			t.Fatalf("%s after %d requests", c.State, i)
		}
		c, _ = claims.Submit(&c, sighting("onions cure covid", true), start)
	}
	if c.State != claims.StateQueued {
		t.Errorf("%s after %d requests", c.State, c.Requests)
	}
}

// TestRandomLives makes random transitions in random order and holds every claim to what must always be so.
func TestRandomLives(t *testing.T) {
	names := append(slices.Sorted(maps.Keys(acts)), "take", "take", "expire", "expire", "expire") // so that leases run out often
	reached := map[claims.State]bool{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		now := start
		c, _ := claims.Submit(nil, sighting("onions cure covid", r.IntN(2) == 0), now)
		requests, published := int64(1), 0
		for step := range 60 {
			now = now.Add(time.Duration(r.IntN(40)) * time.Minute)
			before := c
			var err error
			var e claims.Event
			name := "submit"
			if r.IntN(6) == 0 {
				c, e = claims.Submit(&c, sighting("onions cure covid", true), now)
				requests++
			} else {
				name = names[r.IntN(len(names))]
				var next claims.Claim
				if next, e, err = acts[name](c, now); err == nil {
					c = next
				}
			}
			if err != nil {
				continue
			}
			reached[c.State] = true
			if e.Kind == "" || e.Before != before.Version || e.After != c.Version || e.From != before.State || e.To != c.State || e.At.IsZero() {
				t.Fatalf("seed %d step %d %s: event %+v for %d %s to %d %s", seed, step, name, e, before.Version, before.State, c.Version, c.State)
			}
			if e.Kind == claims.EventPublished {
				published++
			}
			if c.State == claims.StateQueued && c.Escalated && !slices.ContainsFunc(claims.Keys(c), func(k claims.Key) bool { return slices.Contains(claims.EscalatedQueue(), k.Index) }) {
				t.Fatalf("seed %d step %d %s: an escalated claim waits where no editor looks", seed, step, name)
			}
			if c.Requests != requests || c.Published != published {
				t.Fatalf("seed %d step %d %s: %d requests, want %d; published %d times, want %d", seed, step, name, c.Requests, requests, c.Published, published)
			}
			if (c.State == claims.StateInReview) != (c.Lease != nil) || (c.State == claims.StateSecondReview) != (c.Proposed != nil) {
				t.Fatalf("seed %d step %d %s: %s with lease %v, proposed %v", seed, step, name, c.State, c.Lease, c.Proposed)
			}
			if (c.State == claims.StatePublished || c.State == claims.StateNeedsUpdate) && c.Review == nil {
				t.Fatalf("seed %d step %d %s: %s without a review", seed, step, name, c.State)
			}
			if c.Leases < before.Leases || c.Lease != nil && c.Lease.Token != c.Leases {
				t.Fatalf("seed %d step %d %s: lease %v of %d", seed, step, name, c.Lease, c.Leases)
			}
		}
	}
	for _, s := range claims.States() {
		if !reached[s] {
			t.Errorf("%s was never reached", s)
		}
	}
}
