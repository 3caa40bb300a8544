package redisstore_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

func FuzzDecode(f *testing.F) {
	c := claimstest.NewClaim(1, time.UnixMilli(0))
	record, err := claims.EncodeRecord("claim", c)
	if err != nil {
		f.Fatal(err)
	}
	data := string(record)
	for _, text := range []string{"1 7 " + data, "2 7 " + data, `-1 0 {"version":-1}`, "", " ", "1", "1 ", "1 1", "1 -1 " + data,
		`1e3 1 {"id":null,"lease":{"until":"never"}}`, "1 0 [[[[[["} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := redisstore.DecodeClaim(raw, c.ID)
		version, _, _ := strings.Cut(string(raw), " ")
		if n, _ := strconv.ParseInt(version, 10, 64); err == nil && (got.ID != c.ID || got.Version != n) {
			t.Errorf("version %q of %q was read as version %d of %q", version, c.ID, got.Version, got.ID)
		}
		if sub, err := redisstore.DecodeSubmission(raw, "T"); err == nil && sub.Ticket != "T" {
			t.Errorf("a submission was read under the ticket %q", sub.Ticket)
		}
	})
}

func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "x", "8000000000000000:abc", ":", "zz00000000000000:a", "8000000000000000:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := redisstore.CheckCursor(claims.Cursor(s)); err == nil && s != "" && (len(s) < 18 || s[16] != ':') {
			t.Errorf("the cursor %q was taken", s)
		}
	})
}
