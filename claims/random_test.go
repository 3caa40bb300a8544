package claims_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"dalel/claims"
)

// message is one of a few long rumours, in one of many wordings: wordings of one rumour are alike enough to be the same claim.
func message(rumour, wording int) string {
	about := [][2]string{
		{"The city authorities will spray disinfectant from helicopters over all districts tonight from eleven in the evening", "until five in the morning so take the laundry inside"},
		{"Doctors of the regional hospital say that drinking hot tea with ginger and lemon every fifteen minutes", "washes the virus from the throat down into the stomach where acid kills it"},
		{"From next Monday the banks will block the payment cards of everybody who has no vaccination certificate", "and pensions will be paid only at the post office in cash"},
	}[rumour%3]
	return fmt.Sprintf("%s %s, neighbour %s told everybody", about[0], about[1], []string{"Aliya", "Bolat", "Dana", "Erlan", "Gulnar"}[wording%5])
}

// TestRandomDesk lets people and reviewers do random things at once, with merges, splits and what undoes them, and then holds the whole store
// against its records, its log and its requests.
func TestRandomDesk(t *testing.T) {
	onBothStores(t, claims.Options{}, func(t *testing.T, r *room) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		randomDesk(t, r, seed)
	})
}

func randomDesk(t *testing.T, r *room, seed uint64) {
	ctx := t.Context()
	var mu sync.Mutex
	var tickets []claims.Ticket
	var ids []claims.ID
	pick := func(rnd *rand.Rand) (claims.ID, claims.ID, claims.Ticket) {
		mu.Lock()
		defer mu.Unlock()
		if len(ids) == 0 {
			return "", "", ""
		}
		return ids[rnd.IntN(len(ids))], ids[rnd.IntN(len(ids))], tickets[rnd.IntN(len(tickets))]
	}
	done := map[string]int{}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for range 100 {
				a, b, ticket := pick(rnd)
				act := claims.Act{By: []claims.Account{aigerim, marat, editor}[rnd.IntN(3)]}
				name, err := "", error(nil)
				switch n := rnd.IntN(20); {
				case n < 8 || a == "":
					name = "check"
					var answer claims.Answer
					answer, err = r.Check(ctx, claims.Question{Text: message(rnd.IntN(3), rnd.IntN(5)), Channel: "whatsapp"})
					if err == nil && answer.Ticket == "" {
						err = fmt.Errorf("no ticket: %w", answer.Unstored)
					}
					if err == nil {
						mu.Lock()
						tickets, ids = append(tickets, answer.Ticket), append(ids, answer.Claim.ID)
						mu.Unlock()
					}
					if rnd.IntN(8) == 0 {
						r.follow(t)
					}
				case n < 11:
					name = "duplicate"
					_, err = r.Duplicate(ctx, a, act, 0, b)
				case n < 13:
					name = "unmerge"
					_, err = r.Unmerge(ctx, a, act, "")
				case n < 15:
					name = "take out"
					if c, getErr := r.Claim(ctx, editor, a); getErr == nil && len(c.Wordings) > 0 {
						_, err = r.Unmerge(ctx, c.Wordings[rnd.IntN(len(c.Wordings))].ID, act, "")
					}
				case n < 16:
					name = "erase"
					err = r.Erase(ctx, ticket)
				case n < 17:
					name = "not mine"
					err = r.Feedback(ctx, ticket, "claim#0", "not_mine")
				case n < 18:
					name = "reject"
					_, err = r.Reject(ctx, a, act, b)
				default:
					name = "next"
					var c claims.Claim
					if c, err = r.Next(ctx, act, claims.Filter{}); err == nil {
						_, err = r.Release(ctx, c.ID, act, c.Lease.Token, "")
					}
				}
				var state *claims.StateError
				var invalid *claims.InvalidError
				switch {
				case err == nil:
					mu.Lock()
					done[name]++
					mu.Unlock()
				case errors.As(err, &state), errors.As(err, &invalid), errors.Is(err, claims.ErrNotFound), errors.Is(err, claims.ErrConflict),
					errors.Is(err, claims.ErrLeaseHeld), errors.Is(err, claims.ErrLeaseLost), errors.Is(err, claims.ErrForbidden):
				default:
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	all.Wait()
	for _, name := range []string{"check", "duplicate", "unmerge", "take out", "erase", "not mine", "next"} {
		if done[name] == 0 {
			t.Errorf("nothing was done by %q: the test tests less than it says", name)
		}
	}
	sound(t, r.store)
	slices.Sort(tickets)
	for _, ticket := range slices.Compact(tickets) {
		if _, err := r.Ask(ctx, ticket); err != nil {
			t.Errorf("a ticket has no answer: %v", err)
		}
	}
}

// sound wants nothing wrong in a store, looked at by itself.
func sound(t *testing.T, s claims.Store) {
	t.Helper()
	found, err := claims.Inspect(t.Context(), s, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Flaws {
		t.Errorf("%s %s: %s", f.Kind, f.Name, f.Detail)
	}
	if found.Claims == 0 || found.Events == 0 || found.Submissions == 0 || found.Entries == 0 {
		t.Errorf("nothing was looked at: %+v", found)
	}
}

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
				t.Errorf("suggested: %+v, likeness %.2f", second.Similar, claims.Likeness(text, tt.text))
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
