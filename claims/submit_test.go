package claims_test

import (
	"fmt"
	"sync"
	"testing"

	"dalel/claims"
	"dalel/claims/claimstest"
)

// TestOneRumourFromAWholeCity lets many people ask the same at once, each request sent twice under its own key, while replies of the store are lost: each
// person is counted once and has one ticket.
func TestOneRumourFromAWholeCity(t *testing.T) {
	var outage *claimstest.Outage
	r := newRoom(t, claims.Options{}, func(s claims.Store) claims.Store {
		outage = claimstest.NewOutage(s)
		return outage
	})
	const people = 150
	var mu sync.Mutex
	tickets := map[string]map[claims.Ticket]bool{}
	var all sync.WaitGroup
	for i := range 2 * people {
		all.Go(func() {
			if i%7 == 0 {
				outage.LoseReply()
			}
			key := fmt.Sprintf("person-%d", i%people)
			a, err := r.Check(t.Context(), claims.Question{Text: samovar, Key: key, Body: key})
			if err != nil || a.Unstored != nil || a.Ticket == "" {
				t.Errorf("%s: %v, %v", key, err, a.Unstored)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if tickets[key] == nil {
				tickets[key] = map[claims.Ticket]bool{}
			}
			tickets[key][a.Ticket] = true
		})
	}
	all.Wait()
	for key, of := range tickets {
		if len(of) != 1 {
			t.Errorf("%s has %d tickets", key, len(of))
		}
	}
	c, err := r.Claim(t.Context(), editor, claims.IDOf("en", samovar))
	if err != nil || c.Requests != people {
		t.Errorf("%d requests of %d people, %v", c.Requests, people, err)
	}
	sound(t, r.store)
}
