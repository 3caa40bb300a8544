package claims_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dalel/claims"
)

// rumour is one of many that are not alike.
func rumour(n int) string {
	words := strings.Fields("camel kettle violin carpet ladder window pumpkin saddle")
	return fmt.Sprintf("a %s painted by grandmother number %d sings against every %s in spring", words[n%8], n, words[(n+3)%8])
}

// TestChainOfDuplicates merges claim after claim into the next: every ticket still finds its answer, and every rumour can be asked again.
func TestChainOfDuplicates(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	const many = 8
	var asked []claims.Answer
	for i := range many {
		asked = append(asked, r.check(t, rumour(i)))
	}
	for i := range many - 1 {
		if _, err := r.Duplicate(ctx, asked[i].Claim.ID, claims.Act{By: aigerim}, 0, asked[i+1].Claim.ID); err != nil {
			t.Fatal(err)
		}
	}
	last := asked[many-1].Claim.ID
	for i, a := range asked {
		got, err := r.Ask(ctx, a.Ticket)
		if err != nil || got.Claim.ID != last || got.Claim.Requests != many {
			t.Fatalf("ticket %d: %v, claim %+v", i, err, got.Claim)
		}
		if got.Text != rumour(i) {
			t.Errorf("ticket %d shows the text %q of another", i, got.Text)
		}
	}
	if again := r.check(t, rumour(0)); again.Unstored != nil || again.Claim.ID != last || again.Claim.Requests != many+1 {
		t.Errorf("asked again: %v, %+v", again.Unstored, again.Claim)
	}
	// What was erased is gone wherever it was merged to.
	if err := r.Erase(ctx, asked[2].Ticket); err != nil {
		t.Fatal(err)
	}
	for _, a := range asked {
		c, err := r.Claim(ctx, editor, a.Claim.ID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fmt.Sprintf("%+v", c), rumour(2)) {
			t.Errorf("claim %s still has the erased text", c.ID)
		}
	}
}

func TestPrivateTakesItsDuplicatesAlong(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	a, b := r.check(t, rumour(1)).Claim.ID, r.check(t, rumour(2)).Claim.ID
	if _, err := r.Duplicate(ctx, a, claims.Act{By: aigerim}, 0, b); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Close(ctx, b, claims.Act{By: aigerim}, 0, claims.ReasonPrivate, ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range []claims.ID{a, b} {
		c, err := r.Claim(ctx, editor, id)
		if err != nil || c.Text != "" || len(c.Wordings) != 0 {
			t.Errorf("claim %s keeps %q and %d wordings, %v", id, c.Text, len(c.Wordings), err)
		}
	}
}

func TestMergingKeepsWhatIsForEditors(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	a, b, c := r.check(t, rumour(1)).Claim.ID, r.check(t, rumour(2)).Claim.ID, r.check(t, rumour(3)).Claim.ID
	if _, err := r.Escalate(ctx, a, claims.Act{By: aigerim}, "a child is named"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Duplicate(ctx, c, claims.Act{By: aigerim}, 0, a); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("a reviewer merged into an escalated claim: %v", err)
	}
	if _, err := r.Duplicate(ctx, a, claims.Act{By: editor}, 0, b); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Claim(ctx, aigerim, b); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("a reviewer sees what an escalated claim was merged into: %v", err)
	}
}

func TestReopenedDuplicateCountsNobodyTwice(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	a, b := r.check(t, rumour(1)).Claim.ID, r.check(t, rumour(2)).Claim.ID
	for range 3 {
		if _, err := r.Duplicate(ctx, a, claims.Act{By: editor}, 0, b); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Reopen(ctx, a, claims.Act{By: editor}, "they differ"); err != nil {
			t.Fatal(err)
		}
	}
	first, err := r.Claim(ctx, editor, a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Claim(ctx, editor, b)
	if err != nil || first.Requests != 1 || second.Requests != 1 || len(second.Wordings) != 0 {
		t.Errorf("%d and %d requests for two people, %d wordings, %v", first.Requests, second.Requests, len(second.Wordings), err)
	}
}

// TestNotMineOfTheSecond lets two people ask in the same other words: when one says that theirs is about something else, the words are a claim of their own.
func TestNotMineOfTheSecond(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	c := r.publish(t, samovar)
	const other = "Is it true that a rusty samovar beside your bed drives coronavirus out of the house?"
	first, second := r.check(t, other), r.check(t, other)
	for i, a := range []claims.Answer{first, second} {
		if a.Outcome != claims.OutcomeReviewed {
			t.Fatalf("question %d is %s", i, a.Outcome)
		}
	}
	if err := r.Feedback(ctx, second.Ticket, "review", "not_mine"); err != nil {
		t.Fatal(err)
	}
	own, err := r.Claim(ctx, editor, claims.IDOf("en", other))
	if err != nil || own.State != claims.StateQueued || own.Requests != 2 {
		t.Fatalf("its own claim: %+v, %v", own, err)
	}
	reviewed, err := r.Claim(ctx, editor, c.ID)
	if err != nil || reviewed.Requests != 1 {
		t.Errorf("the reviewed claim counts %d requests, want the first person: %v", reviewed.Requests, err)
	}
}

// TestNextLooksAtAllLanguages gives the earliest due of the languages that a reviewer reads, whatever their order.
func TestNextLooksAtAllLanguages(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	old, err := r.Check(ctx, claims.Question{Text: "ржавый самовар лечит от всех болезней разом", Lang: "ru"})
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(time.Hour)
	if _, err := r.Check(ctx, claims.Question{Text: "тот басқан самауыр барлық ауруды бірден емдейді", Lang: "kk"}); err != nil {
		t.Fatal(err)
	}
	c, err := r.Next(ctx, claims.Act{By: aigerim}, claims.Filter{Langs: []string{"kk", "ru"}})
	if err != nil || c.ID != old.Claim.ID {
		t.Errorf("next gives the %s claim, %v", c.Lang, err)
	}
}

// TestEscalatedSourcedReachesEditors flags a claim that sources answered: editors find it though it was never queued.
func TestEscalatedSourcedReachesEditors(t *testing.T) {
	r := newRoom(t, claims.Options{})
	ctx := t.Context()
	a := r.check(t, "They say eating garlic protects you from covid")
	if _, err := r.Escalate(ctx, a.Claim.ID, claims.Act{By: aigerim}, "a child is named"); err != nil {
		t.Fatal(err)
	}
	if cs, _, err := r.List(ctx, editor, claims.Listing{Escalated: true, Limit: 10}); err != nil || len(cs) != 1 {
		t.Errorf("the editors' list has %d, %v", len(cs), err)
	}
	if c, err := r.Next(ctx, claims.Act{By: editor}, claims.Filter{}); err != nil || c.ID != a.Claim.ID {
		t.Errorf("an editor's next: %s, %v", c.ID, err)
	}
}

// TestEscalatedUnderReview takes an escalated claim from the reviewer who holds it.
func TestEscalatedUnderReview(t *testing.T) {
	r := newRoom(t, claims.Options{SingleReview: true})
	ctx := t.Context()
	id := r.check(t, samovar).Claim.ID
	c, err := r.Take(ctx, id, claims.Act{By: aigerim}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Escalate(ctx, id, claims.Act{By: marat}, "a threat"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Propose(ctx, id, claims.Act{By: aigerim}, c.Lease.Token, found()); !errors.Is(err, claims.ErrForbidden) {
		t.Errorf("the reviewer decided all the same: %v", err)
	}
	if c, err := r.Next(ctx, claims.Act{By: editor}, claims.Filter{}); err != nil || c.ID != id {
		t.Errorf("an editor's next: %s, %v", c.ID, err)
	}
}

// TestAddressesOfPeople asks about links to people's profiles: neither their name nor their number is kept.
func TestAddressesOfPeople(t *testing.T) {
	r := newRoom(t, claims.Options{})
	for address, private := range map[string]string{
		"https://wa.me/77011234567?text=hi":           "77011234567",
		"https://t.me/ivan_petrov":                    "ivan",
		"https://example.org/news/onions-cure-covid?": "?",
	} {
		a, err := r.Check(t.Context(), claims.Question{URL: address, Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(a.Text, private) || a.Claim != nil && strings.Contains(a.Claim.Text, private) {
			t.Errorf("%s is kept as %q", address, a.Text)
		}
	}
}
