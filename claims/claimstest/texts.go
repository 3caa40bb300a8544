package claimstest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testTexts(t *testing.T, s claims.Store, _ Options) {
	texts := []string{
		strings.Repeat("ү", claims.MaxText),
		"line\nbreak\r\ttab and \x01\x02\x1f\x7f control",
		"😷👩‍⚕️ ☢️ 🇰🇿",
		"اللقاح آمن وفعال \u202eright to left\u202c",
		"Шайды ішсе, ауру жазылады ма? Әрине, жоқ!",
		`"quotes" \ and {"json": [1, 2]} <b>&amp;</b> \ufffd � ` + "\u2028\u2029",
		"key:with/colons*and?globs[]",
	}
	at := time.Date(2026, time.March, 4, 5, 6, 7, int(89*time.Millisecond), time.UTC)
	var want []*claims.Claim
	for i, text := range texts {
		c := NewClaim(i, at)
		c.Text, c.Topic, c.LastSeen = text, "alcohol", at
		c.Wordings = []claims.Wording{{ID: "abc", Lang: "en", Text: text}}
		c.Priority.Why = []claims.Why{{Code: claims.WhyRequests, N: 1 << 60}}
		c.Lease = &claims.Lease{Holder: "a1", Token: 3, Until: at.Add(time.Millisecond)}
		c.Proposed = &claims.Review{Version: 1, Verdict: claims.VerdictFalse, Summary: map[string]string{"kk": text, "en": "no"},
			Evidence: []claims.Evidence{{URL: "https://www.who.int/", Stance: claims.StanceRefutes, Quote: text}}, Author: "a1", Proposed: at}
		want = append(want, &c)
		change := NewChange(put(claims.Claim{}, c))
		change.Submissions = []claims.Submission{{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: c.ID, SeenIn: text, At: at}}
		change.Events[0].Note, change.Events[0].At = text, at
		commit(t, s, change)
		sub, err := s.Submission(t.Context(), change.Submissions[0].Ticket)
		if diff := cmp.Diff(&change.Submissions[0], sub); err != nil || diff != "" {
			t.Errorf("Submission: %v (-want +got):\n%s", err, diff)
		}
		got, err := s.History(t.Context(), c.ID)
		change.Events[0].Seq = int64(i + 1)
		if diff := cmp.Diff(change.Events, got); err != nil || diff != "" {
			t.Errorf("History: %v (-want +got):\n%s", err, diff)
		}
	}
	for i, c := range want {
		if diff := cmp.Diff(c, get(t, s, c.ID)[0]); diff != "" {
			t.Errorf("text %d (-want +got):\n%s", i, diff)
		}
	}
}

func testNotUTF8(t *testing.T, s claims.Store, _ Options) {
	const bad = "half a letter: \xd0, a surrogate: \xed\xa0\x80"
	c := NewClaim(1, began())
	c.Text = bad
	ticket := claims.NewTicket()
	ofSubmission, ofEvent := NewChange(), NewChange(put(claims.Claim{}, NewClaim(2, began())))
	ofSubmission.Submissions = []claims.Submission{{Schema: 1, Ticket: ticket, Version: 1, SeenIn: bad}}
	ofEvent.Events[0].Note = bad
	tests := []struct {
		name   string
		change claims.Change
		kept   func() bool
	}{
		{"a claim", NewChange(put(claims.Claim{}, c)), func() bool { got := get(t, s, c.ID)[0]; return got != nil && got.Text == bad }},
		{"a submission", ofSubmission, func() bool { got, err := s.Submission(t.Context(), ticket); return err == nil && got.SeenIn == bad }},
		{"an event", ofEvent, func() bool {
			got, err := s.History(t.Context(), NewClaim(2, began()).ID)
			return err == nil && got[0].Note == bad
		}},
	}
	for _, test := range tests {
		var invalid *claims.InvalidError
		switch err := s.Commit(t.Context(), test.change); {
		case err == nil && !test.kept():
			t.Errorf("%s: the text was changed silently", test.name)
		case err != nil && (!errors.As(err, &invalid) || invalid.Problem != claims.ProblemUTF8):
			t.Errorf("%s: %v, want an InvalidError that says it is not UTF-8", test.name, err)
		}
	}
}
