package claims_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
	"dalel/index"
)

// A room is a desk on a real store and a real index, with a clock that the test moves.
type room struct {
	*claims.Desk
	store claims.Store
	index *index.Index
	clock *claimstest.Clock
}

func newRoom(t *testing.T, o claims.Options, wrap ...func(claims.Store) claims.Store) *room {
	t.Helper()
	clock := claimstest.NewClock(start)
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "claims.db"), boltstore.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bolt.Close() })
	var store claims.Store = bolt
	for _, w := range wrap {
		store = w(store)
	}
	x, err := index.NewMemory(index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	doc := index.Document{ID: "starter:garlic:en", Kind: index.KindSummary, Source: "who", Topic: "garlic", URL: "https://www.who.int/garlic", Title: "Garlic does not protect you",
		Lang: "en", Fetched: "2020-04-30", Version: 1, Heard: []string{"eating garlic protects you from covid"},
		Passages: []index.Passage{{Text: "Garlic is healthy food, but there is no evidence that eating garlic protects people from the new coronavirus.", Kind: index.PassageAdvice}}}
	if err := x.Apply(t.Context(), index.Batch{Put: []index.Document{doc}}); err != nil {
		t.Fatal(err)
	}
	return &room{Desk: claims.NewDesk(store, x, o), store: store, index: x, clock: clock}
}

// follow brings the index to the head of the log.
func (r *room) follow(t *testing.T) {
	t.Helper()
	if err := r.index.CatchUp(t.Context(), claims.Feed{Store: r.store}); err != nil {
		t.Fatal(err)
	}
}

const samovar = "A rusty samovar beside the bed drives the coronavirus out of the whole house"

func (r *room) check(t *testing.T, text string) claims.Answer {
	t.Helper()
	a, err := r.Check(t.Context(), claims.Question{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// publish brings a rumour all the way and gives its claim.
func (r *room) publish(t *testing.T, text string) claims.Claim {
	t.Helper()
	id := r.check(t, text).Claim.ID
	c, err := r.Take(t.Context(), id, claims.Act{By: aigerim}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Propose(t.Context(), id, claims.Act{By: aigerim}, c.Lease.Token, found()); err != nil {
		t.Fatal(err)
	}
	if c, err = r.Approve(t.Context(), id, claims.Act{By: marat}, 0, ""); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	return c
}

func found() claims.Finding {
	f := finding()
	return claims.Finding{Verdict: f.Verdict, Summary: f.Summary, Evidence: f.Evidence}
}

func TestCheckAnswersFromSources(t *testing.T) {
	r := newRoom(t, claims.Options{})
	a := r.check(t, "They say eating garlic protects you from covid")
	if a.Outcome != claims.OutcomeSourced || len(a.Matches) != 1 || a.Matches[0].Document.ID != "starter:garlic:en" {
		t.Fatalf("got %s with %d matches", a.Outcome, len(a.Matches))
	}
	if a.Claim.State != claims.StateSourced || a.Claim.Topic != "garlic" || a.Claim.Void {
		t.Errorf("the claim is %s, topic %q, void %v", a.Claim.State, a.Claim.Topic, a.Claim.Void)
	}
	if err := r.Feedback(t.Context(), a.Ticket, "starter:garlic:en#0", "not_mine"); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Next(t.Context(), claims.Act{By: aigerim}, claims.Filter{}); err != nil || c.ID != a.Claim.ID {
		t.Errorf("after \"mine is about something else\" next gives %s, %v", c.ID, err)
	}
}

func TestCheckQueuesWhatNothingSettles(t *testing.T) {
	r := newRoom(t, claims.Options{})
	a := r.check(t, samovar)
	if a.Outcome != claims.OutcomeQueued || a.Ticket == "" || a.Claim.State != claims.StateQueued || !a.Claim.Void {
		t.Fatalf("got %s, ticket %v, claim %+v", a.Outcome, a.Ticket != "", a.Claim)
	}
	again := r.check(t, "  "+strings.ToUpper(samovar)+" ")
	if again.Claim.ID != a.Claim.ID || again.Claim.Requests != 2 || again.Ticket == a.Ticket {
		t.Errorf("the same again: claim %s with %d requests", again.Claim.ID, again.Claim.Requests)
	}
}

func TestFindingAnswersTheNext(t *testing.T) {
	r := newRoom(t, claims.Options{})
	first := r.check(t, samovar)
	c := r.publish(t, samovar)
	for _, text := range []string{samovar, "Is it true that a rusty samovar beside your bed drives coronavirus out of the house?"} {
		a := r.check(t, text)
		if a.Outcome != claims.OutcomeReviewed || a.Matches[0].Review == nil || a.Matches[0].Review.ID != c.ID {
			t.Errorf("%q: got %s", text, a.Outcome)
		}
	}
	a, err := r.Ask(t.Context(), first.Ticket)
	if err != nil || a.Outcome != claims.OutcomeReviewed {
		t.Errorf("the ticket gives %s, %v", a.Outcome, err)
	}

	if _, err := r.Retract(t.Context(), c.ID, claims.Act{By: editor}, "the source was withdrawn"); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	if a := r.check(t, "Is it true that a rusty samovar beside your bed drives coronavirus out of the house?"); a.Outcome == claims.OutcomeReviewed {
		t.Error("a retracted review still answers")
	}
	if a, err := r.Ask(t.Context(), first.Ticket); err != nil || a.Outcome != claims.OutcomeClosed {
		t.Errorf("after the retraction the ticket gives %s, %v", a.Outcome, err)
	}
}

func TestNotAClaim(t *testing.T) {
	r := newRoom(t, claims.Options{})
	a := r.check(t, "hello!")
	if a.Outcome != claims.OutcomeClosed || a.Reason != claims.ReasonNotAClaim || a.Ticket != "" {
		t.Errorf("got %s, %s", a.Outcome, a.Reason)
	}
	if n, err := r.store.Count(t.Context(), claims.StateIndex(claims.StateQueued)); err != nil || n[0] != 0 {
		t.Errorf("%v claims are queued, %v", n, err)
	}
}

func TestBadQuestions(t *testing.T) {
	r := newRoom(t, claims.Options{})
	for _, tt := range []struct {
		name    string
		q       claims.Question
		field   string
		problem string
	}{
		{"empty", claims.Question{}, "text", claims.ProblemRequired},
		{"blank", claims.Question{Text: " \n\t"}, "text", claims.ProblemRequired},
		{"too long", claims.Question{Text: strings.Repeat("ә", claims.MaxText+1)}, "text", claims.ProblemTooLong},
		{"not UTF-8", claims.Question{Text: "garlic \xff\xfe"}, "text", claims.ProblemUTF8},
		{"NUL", claims.Question{Text: "garlic \x00 cures"}, "text", claims.ProblemNUL},
		{"both", claims.Question{Text: "garlic", URL: "https://example.org"}, "url", claims.ProblemTooMany},
		{"not an address", claims.Question{URL: "javascript:alert(1)"}, "url", claims.ProblemFormat},
		{"unknown language", claims.Question{Text: "garlic cures", Lang: "tlh"}, "lang", claims.ProblemUnknown},
		{"unknown channel", claims.Question{Text: "garlic cures", Channel: "pigeon"}, "channel", claims.ProblemUnknown},
	} {
		_, err := r.Check(t.Context(), tt.q)
		e, ok := errors.AsType[*claims.InvalidError](err)
		if !ok || e.Field != tt.field || e.Problem != tt.problem {
			t.Errorf("%s: got %v, want %s %s", tt.name, err, tt.field, tt.problem)
		}
	}
	if a := r.check(t, strings.Repeat("ә", claims.MaxText)); a.Ticket == "" && a.Outcome == claims.OutcomeQueued {
		t.Error("5,000 characters are queued without a ticket")
	}
}

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

// TestManyAtOnce lets 100 people ask the same and 20 reviewers take it: 100 are counted, one has the lease, one decision stands.
func TestManyAtOnce(t *testing.T) {
	r := newRoom(t, claims.Options{})
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
	for range 20 {
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
	for range 20 {
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
	if a := r.check(t, samovar); a.Outcome != claims.OutcomeReviewed || a.Matches[0].Review.State != claims.StateNeedsUpdate {
		t.Errorf("meanwhile: %s", a.Outcome)
	}
}

// TestStoreAway takes the store away: checks answer from the index alone and promise nothing.
func TestStoreAway(t *testing.T) {
	var outage *claimstest.Outage
	r := newRoom(t, claims.Options{}, func(s claims.Store) claims.Store {
		outage = claimstest.NewOutage(s)
		return outage
	})
	r.publish(t, samovar)
	outage.Off()
	for _, tt := range []struct {
		text string
		want claims.Outcome
	}{
		{"eating garlic protects you from covid", claims.OutcomeSourced},
		{"so a rusty samovar beside the bed drives coronavirus out of the whole house", claims.OutcomeReviewed},
		{"the moon landing was filmed in a yurt near Karaganda", claims.OutcomeQueued},
	} {
		a := r.check(t, tt.text)
		if a.Outcome != tt.want || a.Ticket != "" || !errors.Is(a.Unstored, claims.ErrUnavailable) {
			t.Errorf("%q: %s, ticket %v, %v", tt.text, a.Outcome, a.Ticket != "", a.Unstored)
		}
	}
	outage.On()
	if a := r.check(t, "the moon landing was filmed in a yurt near Karaganda"); a.Claim == nil || a.Claim.Requests != 1 {
		t.Errorf("after the outage: %+v", a.Claim)
	}
}

// TestLostReply loses the store's answer to a commit: the question is counted once.
func TestLostReply(t *testing.T) {
	var outage *claimstest.Outage
	r := newRoom(t, claims.Options{}, func(s claims.Store) claims.Store {
		outage = claimstest.NewOutage(s)
		return outage
	})
	for i := range int64(5) {
		outage.LoseReply()
		if a := r.check(t, samovar); a.Claim.Requests != i+1 || a.Ticket == "" {
			t.Errorf("request %d is counted as %d", i+1, a.Claim.Requests)
		}
	}
}

func TestErase(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	a := r.check(t, samovar)
	for range 2 {
		if err := r.Erase(ctx, a.Ticket); err != nil {
			t.Fatal(err)
		}
	}
	c, err := r.Claim(ctx, editor, a.Claim.ID)
	if err != nil || c.Text != "" || c.State != claims.StateClosed || c.Requests != 1 {
		t.Errorf("after the erasure: %q, %s, %d requests, %v", c.Text, c.State, c.Requests, err)
	}
	if err := r.Feedback(ctx, a.Ticket, "x", "useful"); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("feedback after the erasure: %v", err)
	}
	if got, err := r.Ask(ctx, a.Ticket); err != nil || got.Text != "" || got.Outcome != claims.OutcomeClosed || got.Reason != claims.ReasonWithdrawn {
		t.Errorf("the ticket shows %q, %s, %s, %v", got.Text, got.Outcome, got.Reason, err)
	}
}

// TestNotMineOfAReview gives a question that was taken for another claim a claim of its own.
func TestNotMineOfAReview(t *testing.T) {
	r := newRoom(t, claims.Options{})
	c := r.publish(t, samovar)
	const other = "Is it true that a rusty samovar beside your bed drives coronavirus out of the house?"
	a := r.check(t, other)
	if a.Outcome != claims.OutcomeReviewed {
		t.Fatalf("got %s", a.Outcome)
	}
	if err := r.Feedback(t.Context(), a.Ticket, "review", "not_mine"); err != nil {
		t.Fatal(err)
	}
	own, err := r.Claim(t.Context(), editor, claims.IDOf("en", other))
	if err != nil || own.State != claims.StateQueued || own.Requests != 1 {
		t.Fatalf("its own claim: %+v, %v", own, err)
	}
	reviewed, err := r.Claim(t.Context(), editor, c.ID)
	if err != nil || len(reviewed.Wordings) != 0 {
		t.Errorf("the reviewed claim keeps the wording: %+v, %v", reviewed.Wordings, err)
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

// TestEscalatedReviewIsHidden hides a public review that is escalated while it is re-checked, until an editor has decided.
func TestEscalatedReviewIsHidden(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	id := r.publish(t, samovar).ID
	if _, err := r.Recheck(ctx, id, claims.Act{By: editor}, "guidance changed"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Escalate(ctx, id, claims.Act{By: editor}, "it names a child"); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	for _, text := range []string{samovar, "so a rusty samovar beside the bed drives coronavirus out of the whole house"} {
		if a := r.check(t, text); a.Outcome == claims.OutcomeReviewed {
			t.Errorf("%q is answered with the review that is hidden", text)
		}
	}
	if _, err := r.Review(ctx, id); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("its page: %v", err)
	}
	second := claims.Account{ID: "u_second", Roles: []claims.Role{claims.RoleEditor}}
	c, err := r.Next(ctx, claims.Act{By: editor}, claims.Filter{})
	if err != nil || c.ID != id {
		t.Fatalf("an editor's next is %s, %v", c.ID, err)
	}
	if _, err := r.Propose(ctx, id, claims.Act{By: editor}, c.Lease.Token, found()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Approve(ctx, id, claims.Act{By: second}, 0, ""); err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	if a := r.check(t, samovar); a.Outcome != claims.OutcomeReviewed {
		t.Errorf("after the editors' decision: %s", a.Outcome)
	}
}

func TestPeople(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	first, err := r.FirstAccount(ctx)
	if err != nil || !first.Account.Is(claims.RoleAdmin) || !first.Account.Is(claims.RoleReviewer) {
		t.Fatalf("%+v, %v", first.Account, err)
	}
	if _, err := r.FirstAccount(ctx); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("a second first account: %v", err)
	}
	if who, err := r.Who(ctx, first.Token); err != nil || who.ID != first.Account.ID {
		t.Errorf("the token: %v", err)
	}
	if _, err := r.Who(ctx, first.Link); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a link as a token: %v", err)
	}
	if _, _, err := r.SignIn(ctx, first.Token); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a token as a link: %v", err)
	}
	_, session, err := r.SignIn(ctx, first.Link)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.SignIn(ctx, first.Link); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a link used twice: %v", err)
	}
	if _, err := r.Who(ctx, session); err != nil {
		t.Errorf("the session: %v", err)
	}
	r.clock.Advance(13 * time.Hour)
	if _, err := r.Who(ctx, session); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a session of yesterday: %v", err)
	}
	link, err := r.NewLink(ctx, "ADMIN")
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(73 * time.Hour)
	if _, _, err := r.SignIn(ctx, link); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("a link after 73 hours: %v", err)
	}
	if _, err := r.AddAccount(ctx, "Admin", []claims.Role{claims.RoleReviewer}); err == nil {
		t.Error("two accounts of one name")
	}
	if err := r.RemoveAccount(ctx, "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Who(ctx, first.Token); !errors.Is(err, claims.ErrNotFound) {
		t.Errorf("the token of a removed account: %v", err)
	}
}
