package claimstest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"dalel/claims"
)

// Fill puts n claims and everything else that there can be into an empty store: claims of all states, some of several versions, with
// submissions and once keys; accounts, credentials with and without an end, and a record that was set aside.
func Fill(t testing.TB, s claims.Store, n int) {
	t.Helper()
	torn := claims.Item{Kind: claims.ItemDamaged, Name: "claims/" + string(NewClaim(-1, began()).ID), Data: []byte("{torn \xff\x00")}
	if err := s.Load(t.Context(), sequence([]claims.Item{torn})); err != nil {
		t.Fatalf("Load of a record that was set aside: %v", err)
	}
	r := rand.New(rand.NewPCG(7, uint64(n)))
	const together = 20
	for from := 0; from < n; from += together {
		fillSome(t, s, r, from, min(n, from+together))
	}
	now, err := s.Now(t.Context())
	if err != nil {
		t.Fatalf("Now: %v", err)
	}
	for i, role := range claims.Roles() {
		id := fmt.Sprintf("a%d", i+1)
		account := claims.Account{Schema: 1, ID: id, Name: "Асель " + id, Roles: []claims.Role{role}, Created: began().Add(time.Duration(i) * time.Hour),
			Disabled: i == 3}
		token := claims.Credential{Hash: claims.NewSecret().Hash(), Kind: claims.CredentialToken, Account: id, Created: now}
		session := claims.Credential{Hash: claims.NewSecret().Hash(), Kind: claims.CredentialSession, Account: id, Created: now, Until: now.Add(time.Hour)}
		err := errors.Join(s.PutAccount(t.Context(), account, false), s.PutCredential(t.Context(), token), s.PutCredential(t.Context(), session))
		if err != nil {
			t.Fatalf("accounts and credentials: %v", err)
		}
	}
}

// fillSome puts the claims of some numbers into a store, and then changes every third of them.
func fillSome(t testing.TB, s claims.Store, r *rand.Rand, from, to int) {
	t.Helper()
	states := claims.States()
	var puts, later []claims.Put
	var subs []claims.Submission
	for n := from; n < to; n++ {
		c := shuffle(NewClaim(n, began()), r)
		for c.State != states[n%len(states)] {
			c = shuffle(c, r)
		}
		c.Wordings = []claims.Wording{{ID: "x", Lang: "kk", Text: fmt.Sprintf("Тек %d-ші қауесет 😷", n)}}
		puts = append(puts, put(claims.Claim{}, c))
		subs = append(subs, claims.Submission{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: c.ID, Lang: c.Lang, SeenIn: "топ", At: began()})
		if n%3 == 0 {
			later = append(later, put(c, shuffle(next(c, func(c *claims.Claim) { c.Version += int64(n % 2) }), r)))
		}
	}
	first := NewChange(puts...)
	first.Submissions = subs
	first.Once[0].Value = "first"
	first.Once = append(first.Once, claims.Once{Key: first.Once[0].Key + "/week", Value: "апта", For: 7 * claims.OnceFor})
	commit(t, s, first)
	if len(later) > 0 {
		commit(t, s, NewChange(later...))
	}
}

// Same reports whatever is another in one store than in the other, but for the epoch, and for the ends of once keys by up to two seconds.
func Same(t testing.TB, a, b claims.Store) {
	t.Helper()
	if diff := gocmp.Diff(contentOf(t, a), contentOf(t, b), gocmp.Comparer(func(a, b time.Time) bool { return a.Sub(b).Abs() <= 2*time.Second })); diff != "" {
		t.Errorf("the stores differ (-first +second):\n%s", diff)
	}
}

// content is all that a store gives of what it keeps.
type content struct {
	Items   []claims.Item // each once, in the order of kinds, numbers and names
	Entries []claims.Entry
	Counts  map[claims.Index]int64
	Log     []claims.LogEntry
	Seq     int64
	History map[claims.ID][]claims.Event
	Damaged []string
}

func contentOf(t testing.TB, s claims.Store) content {
	t.Helper()
	all := content{Counts: map[claims.Index]int64{}, History: map[claims.ID][]claims.Event{}, Damaged: damaged(t, s)}
	byName := map[string]claims.Item{}
	for _, i := range snapshot(t, s) {
		byName[fmt.Sprintf("%s/%020d/%s", i.Kind, i.Number, i.Name)] = i
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all.Items = append(all.Items, byName[name])
	}
	err := s.Entries(t.Context(), func(e claims.Entry) error {
		all.Entries = append(all.Entries, e)
		all.Counts[e.Index] = 0
		return nil
	})
	if err != nil {
		t.Fatalf("Entries: %v", err)
	}
	slices.SortFunc(all.Entries, func(a, b claims.Entry) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Score, b.Score), cmp.Compare(a.Claim, b.Claim))
	})
	for x := range all.Counts {
		all.Counts[x] = count(t, s, x)
	}
	for {
		page, err := s.Log(t.Context(), int64(len(all.Log)), 1_000)
		if err != nil {
			t.Fatalf("Log: %v", err)
		}
		if len(page) == 0 {
			break
		}
		all.Log = append(all.Log, page...)
	}
	_, all.Seq = head(t, s)
	for _, i := range all.Items {
		if i.Kind != claims.ItemClaim {
			continue
		}
		if all.History[claims.ID(i.Name)], err = s.History(t.Context(), claims.ID(i.Name)); err != nil {
			t.Fatalf("History: %v", err)
		}
	}
	return all
}
