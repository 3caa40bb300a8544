package claims_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"dalel/claims"
)

func TestTicketAsPeopleTypeIt(t *testing.T) {
	for range 500 {
		want := claims.NewTicket()
		if strings.ContainsAny(string(want), "*~$=") {
			t.Fatalf("%q cannot be read aloud", want)
		}
		typed := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(strings.ReplaceAll(string(want), "-", " ")))
		got, err := claims.ParseTicket("  " + typed)
		if err != nil || got != want {
			t.Fatalf("%q was read as %q, %v; want %q", typed, got, err, want)
		}
	}
}

// TestTicketFindsSlips changes one symbol, and swaps two neighbours: the check symbol finds every such slip.
func TestTicketFindsSlips(t *testing.T) {
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	body := []byte(strings.ReplaceAll(string(claims.NewTicket()), "-", ""))
	for i := range body[:12] {
		for _, s := range []byte(symbols) {
			slip := bytes.Clone(body)
			if slip[i] = s; s == body[i] {
				continue
			}
			if _, err := claims.ParseTicket(string(slip)); err == nil {
				t.Errorf("%s was taken for %s", slip, body)
			}
		}
		if i > 0 && body[i] != body[i-1] {
			swap := bytes.Clone(body)
			swap[i], swap[i-1] = swap[i-1], swap[i]
			if _, err := claims.ParseTicket(string(swap)); err == nil {
				t.Errorf("%s was taken for %s", swap, body)
			}
		}
	}
}

func FuzzParseTicket(f *testing.F) {
	f.Add(string(claims.NewTicket()))
	f.Add("7zk4 9qw2-m0tdU")
	f.Add("ſſſſ")
	f.Fuzz(func(t *testing.T, s string) {
		ticket, err := claims.ParseTicket(s)
		if err != nil {
			return
		}
		if again, err := claims.ParseTicket(string(ticket)); err != nil || again != ticket {
			t.Errorf("%q gives %q, which gives %q, %v", s, ticket, again, err)
		}
	})
}

// TestLogsKeepSecrets logs what must never be readable in a log.
func TestLogsKeepSecrets(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	ticket, secret := claims.NewTicket(), claims.NewSecret()
	c, _ := claims.Submit(nil, sighting("my neighbour is ill", false), start)
	log.Info("all", "ticket", ticket, "secret", secret, "claim", c, "submission", claims.Submission{Ticket: ticket, Claim: c.ID})
	for _, private := range []string{string(ticket), string(secret), "neighbour"} {
		if strings.Contains(out.String(), private) {
			t.Errorf("the log shows %q: %s", private, out.String())
		}
	}
	if !strings.Contains(out.String(), string(c.ID)) {
		t.Errorf("the log does not name the claim: %s", out.String())
	}
}
