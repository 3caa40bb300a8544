package claims_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/claims"
)

// TestOnceKeys repeats every act with its key: it happens once, and another request under the same key is refused.
func TestOnceKeys(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	q := claims.Question{Text: samovar, Key: "phone-1", Body: "hash-a"}
	first, err := r.Check(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Check(ctx, q); err != nil || again.Ticket != first.Ticket || again.Claim.Requests != 1 {
		t.Errorf("repeated: %v, the same ticket %v, %d requests", err, again.Ticket == first.Ticket, again.Claim.Requests)
	}
	q.Body = "hash-b"
	if _, err := r.Check(ctx, q); !errors.Is(err, claims.ErrKeyReused) {
		t.Errorf("another body under the key: %v", err)
	}

	next := claims.Act{By: aigerim, Key: "next-1", Body: "n"}
	c, err := r.Next(ctx, next, claims.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if same, err := r.Next(ctx, next, claims.Filter{}); err != nil || same.ID != c.ID || same.Lease.Token != c.Lease.Token {
		t.Errorf("next repeated: %v, %s", err, same.ID)
	}
	propose := claims.Act{By: aigerim, Key: "propose-1", Body: "p"}
	for range 2 {
		if c, err = r.Propose(ctx, c.ID, propose, 1, found()); err != nil || c.State != claims.StateSecondReview {
			t.Fatalf("propose: %s, %v", c.State, err)
		}
	}
	approve := claims.Act{By: marat, Key: "approve-1", Body: "a"}
	for range 2 {
		if c, err = r.Approve(ctx, c.ID, approve, 0, ""); err != nil || c.State != claims.StatePublished || c.Review.Version != 1 {
			t.Fatalf("approve: %s, %v", c.State, err)
		}
	}
	approve.Body = "another"
	if _, err = r.Approve(ctx, c.ID, approve, 0, "else"); !errors.Is(err, claims.ErrKeyReused) {
		t.Errorf("another body under the key: %v", err)
	}
}

// TestManyAtOnce lets 100 people ask the same, 100 reviewers take it and its holder decide 100 times at once: 100 are counted, one has the lease, one decision stands.
func TestManyAtOnce(t *testing.T) {
	onBothStores(t, claims.Options{}, manyAtOnce)
}

func manyAtOnce(t *testing.T, r *room) {
	var people sync.WaitGroup
	for range 100 {
		people.Go(func() {
			if _, err := r.Check(context.Background(), claims.Question{Text: samovar}); err != nil {
				t.Error(err)
			}
		})
	}
	people.Wait()
	id := claims.IDOf("en", samovar)
	var mu sync.Mutex
	var holders []claims.Claim
	decisions := 0
	for range 100 {
		people.Go(func() {
			who := claims.Account{ID: "u_" + string(claims.NewTicket()), Roles: []claims.Role{claims.RoleReviewer}}
			c, err := r.Take(context.Background(), id, claims.Act{By: who}, 0)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				holders = append(holders, c)
			case !errors.Is(err, claims.ErrLeaseHeld):
				t.Error(err)
			}
		})
	}
	people.Wait()
	if len(holders) != 1 {
		t.Fatalf("%d reviewers have the lease", len(holders))
	}
	holder := claims.Account{ID: holders[0].Lease.Holder, Roles: []claims.Role{claims.RoleReviewer}}
	for range 100 {
		people.Go(func() {
			_, err := r.Propose(context.Background(), id, claims.Act{By: holder}, holders[0].Lease.Token, found())
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				decisions++
			case !errors.Is(err, claims.ErrLeaseLost):
				t.Error(err)
			}
		})
	}
	people.Wait()
	c, err := r.Claim(t.Context(), editor, id)
	if err != nil || c.Requests != 100 || decisions != 1 || c.State != claims.StateSecondReview {
		t.Errorf("%d requests, %d decisions, %s, %v", c.Requests, decisions, c.State, err)
	}
	sound(t, r.store)
}

// TestNextNeverSkipsTheQueue takes claim after claim, faster than a hint lasts: each is given once, and none is left behind.
func TestNextNeverSkipsTheQueue(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	const many = 60
	for i := range many {
		text := "umbrella number " + strings.Repeat("nine ", i+1) + "brings rain upon the bazaar"
		if _, err := r.Check(ctx, claims.Question{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	given := map[claims.ID]bool{}
	for i := range many {
		c, err := r.Next(ctx, claims.Act{By: aigerim}, claims.Filter{})
		if err != nil || given[c.ID] {
			t.Fatalf("next %d: %v, given before: %v", i, err, given[c.ID])
		}
		given[c.ID] = true
	}
	if _, err := r.Next(ctx, claims.Act{By: aigerim}, claims.Filter{}); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("an empty queue: %v", err)
	}
}

// TestLeaseRunsOut lets a reviewer fall asleep: the claim goes back, another decides, the late one is refused and the draft is kept.
func TestLeaseRunsOut(t *testing.T) {
	r := newRoom(t, claims.Options{Lease: 10 * time.Minute})
	ctx := t.Context()
	id := r.check(t, samovar).Claim.ID
	c, err := r.Take(ctx, id, claims.Act{By: aigerim}, 0)
	if err != nil {
		t.Fatal(err)
	}
	late := c.Lease.Token
	if _, err := r.Save(ctx, id, claims.Act{By: aigerim}, late, claims.Finding{Verdict: claims.VerdictFalse, Topic: "home-remedy"}); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(10 * time.Minute)
	if leases, _, err := r.Sweep(ctx); err != nil || leases != 1 {
		t.Fatalf("swept %d leases, %v", leases, err)
	}
	c, err = r.Next(ctx, claims.Act{By: marat}, claims.Filter{Langs: []string{"en"}})
	if err != nil || c.Draft == nil || c.Draft.Verdict != claims.VerdictFalse || c.Draft.Topic != "home-remedy" {
		t.Fatalf("next: %v, draft %+v", err, c.Draft)
	}
	if _, err := r.Propose(ctx, id, claims.Act{By: marat}, c.Lease.Token, found()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Propose(ctx, id, claims.Act{By: aigerim}, late, found()); !errors.Is(err, claims.ErrLeaseLost) {
		t.Errorf("the late one: %v", err)
	}
}

// TestExpiredLeaseIsTakenWithoutSweep does not wait for the sweep.
func TestExpiredLeaseIsTakenWithoutSweep(t *testing.T) {
	r := newRoom(t, claims.Options{Lease: 10 * time.Minute})
	id := r.check(t, samovar).Claim.ID
	if _, err := r.Take(t.Context(), id, claims.Act{By: aigerim}, 0); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(11 * time.Minute)
	c, err := r.Take(t.Context(), id, claims.Act{By: marat}, 0)
	if err != nil || c.Lease.Holder != marat.ID || c.Lease.Token != 2 {
		t.Errorf("got %+v, %v", c.Lease, err)
	}
}

// TestRecheckComes puts a review on the queue when its date to look again has come; it answers meanwhile.
func TestRecheckComes(t *testing.T) {
	r := newRoom(t, claims.Options{SingleReview: true})
	ctx := t.Context()
	id := r.check(t, samovar).Claim.ID
	c, err := r.Take(ctx, id, claims.Act{By: aigerim}, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := found()
	f.Verdict, f.ValidUntil = claims.VerdictUnproven, start.Add(24*time.Hour)
	if c, err = r.Propose(ctx, id, claims.Act{By: aigerim}, c.Lease.Token, f); err != nil || c.State != claims.StatePublished {
		t.Fatalf("without second review: %s, %v", c.State, err)
	}
	if _, rechecks, _ := r.Sweep(ctx); rechecks != 0 {
		t.Error("re-checked too early")
	}
	r.clock.Advance(25 * time.Hour)
	if _, rechecks, err := r.Sweep(ctx); err != nil || rechecks != 1 {
		t.Errorf("%d re-checks, %v", rechecks, err)
	}
	r.follow(t)
	if a := r.check(t, samovar); a.Outcome != claims.OutcomeQueued || !a.Matches[0].Offered || a.Matches[0].Review.State != claims.StateNeedsUpdate {
		t.Errorf("meanwhile: %s", a.Outcome)
	}
}

func TestCasesAndReviews(t *testing.T) {
	r := newRoom(t, claims.Options{})
	c := r.publish(t, samovar)
	r.publish(t, "Yellow umbrellas attract the coronavirus on rainy market days")
	ctx := t.Context()
	all, _, err := r.Reviews(ctx, claims.Selection{Limit: 10})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d reviews, %v", len(all), err)
	}
	one, next, err := r.Reviews(ctx, claims.Selection{Limit: 1})
	if err != nil || len(one) != 1 || next == "" {
		t.Fatalf("%d reviews, cursor %q, %v", len(one), next, err)
	}
	two, _, err := r.Reviews(ctx, claims.Selection{Limit: 1, After: next})
	if err != nil || len(two) != 1 || two[0].ID == one[0].ID {
		t.Errorf("the second page: %d, %v", len(two), err)
	}
	if got, _, err := r.Reviews(ctx, claims.Selection{Limit: 10, Q: "SAMOVAR rusty"}); err != nil || len(got) != 1 || got[0].ID != c.ID {
		t.Errorf("by words: %d, %v", len(got), err)
	}
	if got, _, err := r.Reviews(ctx, claims.Selection{Limit: 10, Verdict: claims.VerdictTrue}); err != nil || len(got) != 0 {
		t.Errorf("by another verdict: %d, %v", len(got), err)
	}
	a, _, err := r.Cases(ctx, claims.Selection{Limit: 2}, 7)
	b, _, _ := r.Cases(ctx, claims.Selection{Limit: 2}, 7)
	if err != nil || len(a) != 2 || a[0].ID != b[0].ID {
		t.Errorf("the same seed gives other cases, %v", err)
	}
}

func TestEscalatedAreForEditors(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	id := r.check(t, samovar).Claim.ID
	if _, err := r.Escalate(ctx, id, claims.Act{By: aigerim}, "a child is threatened"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(ctx, claims.Act{By: aigerim}, claims.Filter{}); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a reviewer's next: %v", err)
	}
	if _, err := r.Claim(ctx, aigerim, id); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("a reviewer's look: %v", err)
	}
	if cs, _, err := r.List(ctx, aigerim, claims.Listing{State: claims.StateQueued, Limit: 10}); err != nil || len(cs) != 0 {
		t.Errorf("a reviewer's list has %d, %v", len(cs), err)
	}
	if c, err := r.Next(ctx, claims.Act{By: editor}, claims.Filter{}); err != nil || c.ID != id {
		t.Errorf("an editor's next: %s, %v", c.ID, err)
	}
}

// TestEscalatedReviewStays keeps a public review readable while editors look at it, takes it from reviewers, and gives it back.
func TestEscalatedReviewStays(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	id := r.publish(t, samovar).ID
	if _, err := r.Recheck(ctx, id, claims.Act{By: editor}, "guidance changed"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Escalate(ctx, id, claims.Act{By: aigerim}, "it names a child"); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	if a := r.check(t, samovar); a.Outcome != claims.OutcomeQueued || !a.Matches[0].Offered {
		t.Errorf("one person took a published review down: %s", a.Outcome)
	}
	if _, err := r.Take(ctx, id, claims.Act{By: aigerim}, 0); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("a reviewer takes what is for editors: %v", err)
	}
	if _, err := r.Deescalate(ctx, id, claims.Act{By: aigerim}, "harmless"); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("a reviewer gives it back: %v", err)
	}
	if _, err := r.Deescalate(ctx, id, claims.Act{By: editor}, "harmless"); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Next(ctx, claims.Act{By: aigerim}, claims.Filter{}); err != nil || c.ID != id {
		t.Errorf("a reviewer's next: %s, %v", c.ID, err)
	}
	if c, err := r.Retract(ctx, id, claims.Act{By: editor}, "wrong source"); err != nil || c.State != claims.StateRetracted {
		t.Errorf("retracting what a reviewer holds: %s, %v", c.State, err)
	}
	if c, err := r.Review(ctx, id); err != nil || c.State != claims.StateRetracted {
		t.Errorf("its page: %v", err)
	}
}

// TestPublicReadsTheReviewersWords publishes a claim in a reviewer's words: what was sent is matched, never shown, and goes when it is erased.
func TestPublicReadsTheReviewersWords(t *testing.T) {
	r := newRoom(t, claims.Options{SingleReview: true})
	ctx := t.Context()
	const sent = "my aunt Gulnara from the corner shop says a rusty samovar beside the bed drives the coronavirus away"
	asked := r.check(t, sent)
	c, err := r.Take(ctx, asked.Claim.ID, claims.Act{By: aigerim}, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := found()
	f.Statement = "A rusty samovar beside the bed drives the coronavirus away."
	if c, err = r.Propose(ctx, c.ID, claims.Act{By: aigerim}, c.Lease.Token, f); err != nil {
		t.Fatal(err)
	}
	for _, doc := range claims.ReviewDocuments(c) {
		if strings.Contains(doc.Title+doc.Passages[0].Text, "Gulnara") {
			t.Errorf("the index shows what was sent: %q", doc.Title)
		}
	}
	r.follow(t)
	if a := r.check(t, sent+" at night"); a.Outcome != claims.OutcomeReviewed {
		t.Errorf("what was sent no longer matches: %s", a.Outcome)
	}
	if err := r.Erase(ctx, asked.Ticket); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	if c, err = r.Claim(ctx, editor, c.ID); err != nil || c.Text != "" || c.Statement() != f.Statement {
		t.Errorf("after the erasure: text %q, statement %q, %v", c.Text, c.Statement(), err)
	}
}
