package claims_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dalel/claims"
)

// TestJoining holds what joins an open claim by itself, what is suggested, and what is neither.
func TestJoining(t *testing.T) {
	const text = "The city authorities will spray disinfectant from helicopters over all districts tonight from eleven until five, take the laundry inside"
	for _, tt := range []struct {
		name, text string
		joins      bool
		suggested  bool
	}{
		{"the same in a few other words", "FW: The city authorities will spray disinfectant from helicopters over all the districts tonight from eleven until five, bring laundry inside!!!", true, false},
		{"denied", "The city authorities will not spray disinfectant from helicopters over all districts tonight from eleven until five, take the laundry inside", false, true},
		{"another number", "The city authorities will spray disinfectant from 12 helicopters over all districts tonight from eleven until five, take the laundry inside", false, true},
		{"another place", "The city authorities of Shymkent will spray disinfectant from helicopters over all districts tonight from eleven until five, take the laundry inside", false, true},
		{"a fragment", "The city authorities will spray disinfectant from helicopters over all districts", false, true},
		{"too short", "Authorities will spray disinfectant from helicopters tonight", false, true},
		{"something else", "Drinking camel milk with honey every morning protects the whole family against the virus for a year", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t, claims.Options{})
			first := r.check(t, text).Claim.ID
			r.follow(t)
			second := r.check(t, tt.text).Claim
			if joined := second.ID == first; joined != tt.joins {
				t.Errorf("joined: %t", joined)
			}
			if got := len(second.Similar) > 0; got != tt.suggested {
				t.Errorf("suggested: %+v", second.Similar)
			}
			if !tt.suggested {
				return
			}
			found, err := r.Suggestions(t.Context(), aigerim, second.ID)
			if err != nil || len(found) != 1 || found[0].Other.ID != first {
				t.Fatalf("suggestions: %v, %v", found, err)
			}
			if _, err := r.Reject(t.Context(), second.ID, claims.Act{By: aigerim}, first); err != nil {
				t.Fatal(err)
			}
			found, err = r.Suggestions(t.Context(), aigerim, second.ID)
			if err != nil || len(found) != 1 || found[0].Status != claims.SimilarRejected {
				t.Errorf("after it was rejected: %v, %v", found, err)
			}
			if found, err = r.Suggestions(t.Context(), aigerim, first); err != nil || len(found) > 0 && found[0].Status != claims.SimilarRejected {
				t.Errorf("seen from the other: %v, %v", found, err)
			}
		})
	}
}

// TestTakeOutAndUndo takes a wording out that was joined wrongly, and puts it back.
func TestTakeOutAndUndo(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	first := r.check(t, message(0, 0))
	r.follow(t)
	joined := r.check(t, message(0, 1))
	again := r.check(t, message(0, 1))
	if joined.Claim.ID != first.Claim.ID || again.Claim.Requests != 3 {
		t.Fatalf("not joined: %s, %d requests", joined.Claim.ID, again.Claim.Requests)
	}
	own := joined.Claim.Wordings[0].ID
	apart, err := r.Unmerge(ctx, own, claims.Act{By: aigerim}, "another hospital")
	if err != nil || apart.Requests != 2 || apart.State != claims.StateQueued {
		t.Fatalf("%v, %s with %d requests", err, apart.State, apart.Requests)
	}
	for _, ticket := range []claims.Ticket{joined.Ticket, again.Ticket} {
		if a, err := r.Ask(ctx, ticket); err != nil || a.Claim.ID != own || a.Claim.Requests != 2 {
			t.Errorf("a ticket of the wording: %v, %+v", err, a.Claim)
		}
	}
	r.follow(t)
	if a := r.check(t, message(0, 1)); a.Claim.ID != own {
		t.Errorf("who asks in these words now is counted on %s", a.Claim.ID)
	}
	back, err := r.Duplicate(ctx, own, claims.Act{By: marat}, 0, first.Claim.ID)
	if err != nil || back.State != claims.StateClosed {
		t.Fatal(err)
	}
	if a, err := r.Ask(ctx, joined.Ticket); err != nil || a.Claim.ID != first.Claim.ID || a.Claim.Requests != 4 {
		t.Errorf("after the undo: %v, %+v", err, a.Claim)
	}
	sound(t, r.store)
}

// TestErasedWordsAreNowhere lets people ask in each other's words, merge and erase: words that nobody asks in any more are in no record, and nobody is
// shown another's as their own.
func TestErasedWordsAreNowhere(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	first, second := r.check(t, rumour(1)), r.check(t, rumour(2))
	if _, err := r.Duplicate(ctx, second.Claim.ID, claims.Act{By: aigerim}, 0, first.Claim.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.Erase(ctx, first.Ticket); err != nil { // the claim is put in the second's words now
		t.Fatal(err)
	}
	again := r.check(t, rumour(1))
	if a, err := r.Ask(ctx, again.Ticket); err != nil || a.Text != rumour(1) {
		t.Errorf("asked in its own words again: %q, %v", a.Text, err)
	}
	third := r.check(t, rumour(3))
	if _, err := r.Duplicate(ctx, first.Claim.ID, claims.Act{By: aigerim}, 0, third.Claim.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.Erase(ctx, second.Ticket); err != nil {
		t.Fatal(err)
	}
	for _, a := range []claims.Answer{first, second, third} {
		c, err := r.Claim(ctx, editor, a.Claim.ID)
		if err != nil || strings.Contains(fmt.Sprintf("%+v", c), rumour(2)) {
			t.Errorf("claim %s has words that nobody asks in: %v", a.Claim.ID, err)
		}
	}
	sound(t, r.store)
}

// TestPrivateStaysPrivate sends the words of a claim that was closed as private again: they are counted, and kept nowhere.
func TestPrivateStaysPrivate(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	a, b := r.check(t, rumour(1)).Claim.ID, r.check(t, rumour(2)).Claim.ID
	if _, err := r.Duplicate(ctx, a, claims.Act{By: aigerim}, 0, b); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second goes on where the first was interrupted
		if _, err := r.Close(ctx, b, claims.Act{By: aigerim}, 0, claims.ReasonPrivate, ""); err != nil {
			t.Fatal(err)
		}
	}
	again := r.check(t, rumour(1))
	if again.Outcome != claims.OutcomeClosed || again.Reason != claims.ReasonPrivate {
		t.Errorf("asked again: %s, %s", again.Outcome, again.Reason)
	}
	if err := r.Feedback(ctx, again.Ticket, "claim#0", "not_mine"); err != nil {
		t.Errorf("not mine: %v", err)
	}
	for _, id := range []claims.ID{a, b} {
		c, err := r.Claim(ctx, editor, id)
		if err != nil || c.State != claims.StateClosed || strings.Contains(fmt.Sprintf("%+v", c), rumour(1)) {
			t.Errorf("claim %s is %s: %+v, %v", id, c.State, c, err)
		}
	}
	sound(t, r.store)
}

// TestEscalatedStaysWithEditors asks in words like those of a claim that only editors may see, in every way in which a reviewer could come by them.
func TestEscalatedStaysWithEditors(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	root := r.check(t, message(0, 0)).Claim.ID
	before := r.check(t, rumour(1)).Claim.ID
	if _, err := r.Duplicate(ctx, before, claims.Act{By: aigerim}, 0, root); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Escalate(ctx, root, claims.Act{By: aigerim}, "it names a child"); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	joined := r.check(t, message(0, 1))
	if joined.Claim.ID != root {
		t.Fatalf("it did not join: %+v", joined.Claim)
	}
	own := claims.IDOf("en", message(0, 1))
	for _, id := range []claims.ID{own, before} {
		if _, err := r.Claim(ctx, marat, id); !errors.Is(err, claims.ErrForbidden) {
			t.Errorf("a reviewer reads %s: %v", id, err)
		}
	}
	if cs, _, err := r.List(ctx, marat, claims.Listing{State: claims.StateClosed, Limit: 10}); err != nil || len(cs) != 0 {
		t.Errorf("a reviewer's list has %d, %v", len(cs), err)
	}
	if err := r.Feedback(ctx, joined.Ticket, "claim#0", "not_mine"); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Next(ctx, claims.Act{By: marat}, claims.Filter{}); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a reviewer gets %s, %v", c.ID, err)
	}
	if _, err := r.Close(ctx, root, claims.Act{By: editor}, 0, claims.ReasonSpam, ""); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Requeue(ctx, root, "asked again"); err != nil || !c.Escalated {
		t.Errorf("the operator took the flag away: %+v, %v", c, err)
	}
}

// TestAskersDoNotUndoReviewers lets somebody say "not mine" of what a reviewer has merged, and of what joined by itself.
func TestAskersDoNotUndoReviewers(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	root := r.check(t, message(0, 0)).Claim.ID
	merged := r.check(t, rumour(1))
	if _, err := r.Duplicate(ctx, merged.Claim.ID, claims.Act{By: aigerim}, 0, root); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	joined := r.check(t, message(0, 1))
	for _, ticket := range []claims.Ticket{merged.Ticket, joined.Ticket} {
		if err := r.Feedback(ctx, ticket, "claim#0", "not_mine"); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := r.Claim(ctx, editor, merged.Claim.ID); err != nil || c.State != claims.StateClosed {
		t.Errorf("what a reviewer merged is %s, %v", c.State, err)
	}
	if c, err := r.Claim(ctx, editor, claims.IDOf("en", message(0, 1))); err != nil || c.State != claims.StateQueued {
		t.Errorf("what joined by itself is %s, %v", c.State, err)
	}
	sound(t, r.store)
}

// TestMergedWithWhatSourcesAnswer merges a question that waits into one that sources answer: it goes on waiting.
func TestMergedWithWhatSourcesAnswer(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	sourced := r.check(t, "They say eating garlic protects you from covid")
	waiting := r.check(t, rumour(1))
	if sourced.Claim.State != claims.StateSourced {
		t.Fatalf("it is %s", sourced.Claim.State)
	}
	if _, err := r.Duplicate(ctx, waiting.Claim.ID, claims.Act{By: aigerim}, 0, sourced.Claim.ID); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Next(ctx, claims.Act{By: aigerim}, claims.Filter{}); err != nil || c.ID != sourced.Claim.ID || c.Requests != 2 {
		t.Errorf("next is %s, %v", c.ID, err)
	}
}

// TestOldReviewIsOffered asks when a review is older than 180 days: it is shown, not asserted, and looked at again.
func TestOldReviewIsOffered(t *testing.T) {
	r := newRoom(t, claims.Options{})
	id := r.publish(t, samovar).ID
	r.clock.Advance(179 * 24 * time.Hour)
	if a := r.check(t, samovar); a.Outcome != claims.OutcomeReviewed {
		t.Fatalf("after 179 days: %s", a.Outcome)
	}
	r.clock.Advance(2 * 24 * time.Hour)
	a := r.check(t, samovar)
	if a.Outcome != claims.OutcomeQueued || len(a.Matches) == 0 || !a.Matches[0].Offered || a.Claim.ID != id || a.Claim.State != claims.StateNeedsUpdate {
		t.Fatalf("after 181 days: %s, %+v", a.Outcome, a.Claim)
	}
	if next, err := r.Next(t.Context(), claims.Act{By: aigerim}, claims.Filter{}); err != nil || next.ID != id {
		t.Errorf("it does not wait for a reviewer: %v", err)
	}
	sound(t, r.store)
}
