package claims_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
	"dalel/claims/claimstest"
)

// FuzzEncodeRecord holds what is written to what is read: the same, or refused.
func FuzzEncodeRecord(f *testing.F) {
	f.Add("plain")
	f.Add(`\ufffd � \\ufffd \\\ufffd`)
	f.Add("\xff")
	f.Add("😷\x00\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		c := claimstest.NewClaim(1, time.UnixMilli(0).UTC())
		c.Text = text
		data, err := claims.EncodeRecord("claim", c)
		if (err == nil) != utf8.ValidString(text) {
			t.Fatalf("EncodeRecord of %q gave %v", text, err)
		}
		if err != nil {
			return
		}
		got, err := claims.DecodeClaim(data, c.ID, c.Version)
		if diff := cmp.Diff(&c, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestEncodeRefusesMalformedChanges(t *testing.T) {
	once := []claims.Once{{Key: "k"}}
	c := claimstest.NewClaim(1, start)
	next := c
	next.Version++
	events := []claims.Event{{Kind: claims.EventSubmitted, Claim: c.ID}}
	other := claimstest.NewClaim(2, start)
	for name, change := range map[string]claims.Change{
		"no once key":         {Events: events, Puts: []claims.Put{{After: c}}},
		"a long once key":     {Events: events, Once: []claims.Once{{Key: strings.Repeat("k", claims.MaxOnce+1)}}},
		"a once key twice":    {Events: events, Once: append(once, once...)},
		"no event":            {Once: once, Puts: []claims.Put{{After: c}}},
		"the same version":    {Events: events, Once: once, Puts: []claims.Put{{Before: &c, After: c}}},
		"another claim":       {Events: events, Once: once, Puts: []claims.Put{{Before: &other, After: next}}},
		"a claim twice":       {Events: events, Once: once, Puts: []claims.Put{{After: c}, {After: c}}},
		"a ticket twice":      {Events: events, Once: once, Submissions: []claims.Submission{{Ticket: "T", Version: 1}, {Ticket: "T", Version: 1}}},
		"no version":          {Events: events, Once: once, Submissions: []claims.Submission{{Ticket: "T"}}},
		"an event of nothing": {Once: once, Events: []claims.Event{{}}},
	} {
		if _, err := change.Encode(); err == nil {
			t.Errorf("%s: was taken", name)
		} else if _, invalid := errors.AsType[*claims.InvalidError](err); !invalid {
			t.Errorf("%s: %v is no InvalidError", name, err)
		}
	}
}

// TestEncodeMovesEntries holds the entries of a change to what Keys says of the claim before and after.
func TestEncodeMovesEntries(t *testing.T) {
	before := inState(t, claims.StateQueued)
	after, event, err := claims.Take(before, aigerim, start, lease)
	if err != nil {
		t.Fatal(err)
	}
	got, err := claims.Change{Once: []claims.Once{{Key: "k"}}, Puts: []claims.Put{{Before: &before, After: after}}, Events: []claims.Event{event}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	keys := func(entries []claims.Entry) (out []claims.Key) {
		for _, e := range entries {
			out = append(out, e.Key)
		}
		return out
	}
	if diff := cmp.Diff(claims.Keys(before), keys(got.Gone)); diff != "" {
		t.Errorf("what goes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(claims.Keys(after), keys(got.Come)); diff != "" {
		t.Errorf("what comes (-want +got):\n%s", diff)
	}
}
