package claimstest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

func testDamaged(t *testing.T, s claims.Store, o Options) {
	if o.Damage == nil {
		t.Skip("this store gives no way to damage a record")
	}
	if o.DamageType == nil {
		o.DamageType = o.Damage
	}
	a, b, c, d := NewClaim(1, began()), NewClaim(2, began()), NewClaim(3, began()), NewClaim(4, began())
	file(t, s, a, b, c, d)
	if got, err := s.Damaged(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("Damaged of a sound store: %v, %v", got, err)
	}
	o.Damage(t, s, b.ID)
	o.DamageType(t, s, c.ID)
	if got := itemsOf(t, s, claims.ItemClaim); len(got) != 4 {
		t.Errorf("Each gives %d of 4 records, of which two cannot be read", len(got))
	}
	for range 2 {
		if diff := cmp.Diff([]*claims.Claim{&a, nil, nil, &d}, get(t, s, a.ID, b.ID, c.ID, d.ID)); diff != "" {
			t.Errorf("Get (-want +got):\n%s", diff)
		}
	}
	listed := damaged(t, s)
	for _, id := range []claims.ID{b.ID, c.ID} {
		if n := naming(listed, id); n != 1 || len(listed) != 2 {
			t.Errorf("Damaged: %v, want one of %s and one more", listed, id)
		}
	}
	if got := itemsOf(t, s, claims.ItemClaim); len(got) != 2 {
		t.Errorf("Each gives %d records when two of 4 were set aside", len(got))
	}
	if got := kinds(snapshot(t, s)); got[claims.ItemDamaged] != 2 || got[claims.ItemClaim] != 2 || got[claims.ItemEvent] != 4 {
		t.Errorf("Snapshot gives %v, want two of what was set aside", got)
	}

	// What was set aside has left its place to a rumour that is heard again, and is still listed, also when that is damaged in turn.
	commit(t, s, NewChange(put(claims.Claim{}, b)))
	if diff := cmp.Diff(&b, get(t, s, b.ID)[0]); diff != "" {
		t.Errorf("a new claim in the place of a damaged one (-want +got):\n%s", diff)
	}
	if got := damaged(t, s); !slices.Equal(got, listed) {
		t.Errorf("Damaged when the place is taken: %v, want %v", got, listed)
	}
	o.Damage(t, s, b.ID)
	if got := get(t, s, b.ID); got[0] != nil {
		t.Errorf("Get of a claim that was damaged again: %v", got[0])
	}
	if got := damaged(t, s); naming(got, b.ID) == 0 {
		t.Errorf("Damaged after a second damage: %v", got)
	}

	commit(t, s, NewChange(put(a, next(a, func(c *claims.Claim) { c.State = claims.StateClosed }))))
	ids, err := s.Pick(t.Context(), 4, time.Hour, queue()...)
	if err != nil || !slices.Contains(ids, d.ID) || slices.Contains(ids, a.ID) {
		t.Errorf("Pick beside damaged records: %v, %v", ids, err)
	}
	if ids := rangeAll(t, s, 2, queue()...); !slices.Contains(ids, d.ID) || slices.Contains(ids, a.ID) {
		t.Errorf("Range beside damaged records: %v", ids)
	}
	if got := chained(t, s); len(got) != 6 {
		t.Errorf("%d events beside damaged records, want 6", len(got))
	}
	if got, err := s.History(t.Context(), b.ID); err != nil || len(got) != 2 {
		t.Errorf("History of a damaged claim: %v, %v, want both events", got, err)
	}
}

// testPoison commits texts that have broken other programs: each is refused, or comes back as it went in, and nothing stops working.
func testPoison(t *testing.T, s claims.Store, _ Options) {
	sound := NewClaim(100, began())
	file(t, s, sound)
	texts := map[string]string{
		"NUL":             "before\x00after",
		"emoji":           "😷👩‍⚕️ ☢️ 🇰🇿 \U0010ffff",
		"right to left":   "\u202eاللقاح\u202c \u2066x\u2069 \u200f",
		"not UTF-8":       "\xff\xfe half \xd0",
		"a surrogate":     "\xed\xa0\x80",
		"a megabyte":      strings.Repeat("ү", 1<<19),
		"a JSON document": `{"schema":9,"id":"x"}` + "\n\r\n",
		"commands":        "*3\r\n$3\r\nSET\r\n; FLUSHALL\r\n{{.}} %s %n ' OR 1=1 --",
	}
	kept := 1
	n := 0
	for name, text := range texts {
		n++
		c := NewClaim(n, began())
		c.Text, c.Note = text, text
		change := NewChange(put(claims.Claim{}, c))
		change.Events[0].Note = text
		change.Submissions = []claims.Submission{{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: c.ID, SeenIn: text, At: began()}}
		var invalid *claims.InvalidError
		err := s.Commit(t.Context(), change)
		if errors.As(err, &invalid) {
			if got := get(t, s, c.ID)[0]; got != nil {
				t.Errorf("%s: refused, and there all the same", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v, want an InvalidError or nothing", name, err)
			continue
		}
		kept++
		sub, subErr := s.Submission(t.Context(), change.Submissions[0].Ticket)
		history, historyErr := s.History(t.Context(), c.ID)
		if err := errors.Join(subErr, historyErr); err != nil || len(history) != 1 || history[0].Note != text || sub.SeenIn != text {
			t.Errorf("%s: the submission or the history is another than what was committed: %v", name, err)
		}
		if got := get(t, s, c.ID)[0]; got == nil || got.Text != text || got.Note != text {
			t.Errorf("%s: the text is another than what was committed", name)
		}
	}
	if ids := rangeAll(t, s, 3, queue()...); len(ids) != kept || !slices.Contains(ids, sound.ID) {
		t.Errorf("Range gives %d claims, want %d", len(ids), kept)
	}
	if ids, err := s.Pick(t.Context(), 20, time.Hour, queue()...); err != nil || len(ids) != kept {
		t.Errorf("Pick gives %d claims, %v, want %d", len(ids), err, kept)
	}
	if log := chained(t, s); len(log) != kept {
		t.Errorf("%d events, want %d", len(log), kept)
	}
	for id, item := range itemsOf(t, s, claims.ItemClaim) {
		if _, err := claims.DecodeClaim(item.Data, claims.ID(id), item.Version); err != nil {
			t.Errorf("Each: %v", err)
		}
	}
	if got := kinds(snapshot(t, s)); got[claims.ItemClaim] != kept || got[claims.ItemDamaged] != 0 {
		t.Errorf("Snapshot gives %v, want %d claims", got, kept)
	}
	if got := damaged(t, s); len(got) != 0 {
		t.Errorf("what was committed was set aside: %v", got)
	}
}

// testNewer commits what only a later version of the program could: this one leaves it alone.
func testNewer(t *testing.T, s claims.Store, _ Options) {
	a, newer := NewClaim(1, began()), NewClaim(2, began())
	newer.Schema = 2
	change := NewChange(put(claims.Claim{}, a), put(claims.Claim{}, newer))
	change.Submissions = []claims.Submission{{Schema: 2, Ticket: claims.NewTicket(), Version: 1, Claim: a.ID, At: began()}}
	commit(t, s, change)
	ticket := change.Submissions[0].Ticket
	for range 2 {
		if diff := cmp.Diff([]*claims.Claim{&a, nil}, get(t, s, a.ID, newer.ID)); diff != "" {
			t.Errorf("Get (-want +got):\n%s", diff)
		}
		if _, err := s.Submission(t.Context(), ticket); !errors.Is(err, claims.ErrNotFound) {
			t.Errorf("Submission: %v, want ErrNotFound", err)
		}
	}
	if got := damaged(t, s); len(got) != 0 {
		t.Errorf("Damaged: %v, want nothing", got)
	}
	over := newer
	over.Schema = 1
	if err := s.Commit(t.Context(), NewChange(put(claims.Claim{}, over))); !errors.Is(err, claims.ErrConflict) {
		t.Errorf("Commit over a newer record: %v, want ErrConflict", err)
	}
	want, err := claims.EncodeRecord("claim", newer)
	if err != nil {
		t.Fatal(err)
	}
	got, sub := itemsOf(t, s, claims.ItemClaim)[string(newer.ID)], itemsOf(t, s, claims.ItemSubmission)[string(ticket)]
	if string(got.Data) != string(want) || got.Version != 1 || !json.Valid(sub.Data) {
		t.Errorf("the newer records are now version %d, %s, and %s", got.Version, got.Data, sub.Data)
	}
}

// damaged is what Damaged lists, sorted.
func damaged(t testing.TB, s claims.Store) []string {
	t.Helper()
	names, err := s.Damaged(t.Context())
	if err != nil {
		t.Fatalf("Damaged: %v", err)
	}
	slices.Sort(names)
	return names
}

// naming counts the names of claims with an ID.
func naming(names []string, id claims.ID) (n int) {
	for _, name := range names {
		if strings.HasPrefix(name, "claims/"+string(id)) {
			n++
		}
	}
	return n
}
