package claims_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"dalel/claims"
	"dalel/claims/claimstest"
)

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
	if n, err := r.store.Count(t.Context(), claims.Queue("")...); err != nil || slices.Max(n) != 0 {
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
	if err := r.Feedback(t.Context(), a.Ticket, claims.PassageRef(a.Matches[0].Document.ID, 0), "not_mine"); err != nil {
		t.Fatal(err)
	}
	if again, err := r.Ask(t.Context(), a.Ticket); err != nil || again.Outcome != claims.OutcomeQueued {
		t.Errorf("the ticket still shows what is not theirs: %s, %v", again.Outcome, err)
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
