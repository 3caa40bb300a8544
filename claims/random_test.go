package claims_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"dalel/claims"
)

// message is one of a few long rumours, in one of many wordings: wordings of one rumour are alike enough to be the same claim.
func message(rumour, wording int) string {
	about := [][2]string{
		{"The city authorities will spray disinfectant from helicopters over all districts tonight from eleven in the evening", "until five in the morning so take the laundry inside"},
		{"Doctors of the regional hospital say that drinking hot tea with ginger and lemon every fifteen minutes", "washes the virus from the throat down into the stomach where acid kills it"},
		{"From next Monday the banks will block the payment cards of everybody who has no vaccination certificate", "and pensions will be paid only at the post office in cash"},
	}[rumour%3]
	return fmt.Sprintf("%s %s, so my %s told everybody", about[0], about[1], []string{"aunt", "uncle", "teacher", "driver", "cousin"}[wording%5])
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
