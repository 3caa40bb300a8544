package redisstore_test

import (
	"strconv"
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
	f.Add("1", data)
	f.Add("2", data)
	f.Add("-1", `{"version":-1}`)
	f.Add("", "")
	f.Add("1e3", `{"id":null,"lease":{"until":"never"}}`)
	f.Add("1", `[[[[[[`)
	f.Fuzz(func(t *testing.T, version, data string) {
		fields := []any{version, data}
		got, err := redisstore.DecodeClaim(fields, c.ID)
		if err == nil && (got.ID != c.ID || strconv.FormatInt(got.Version, 10) != version && version[0] != '+' && version[0] != '0') {
			t.Errorf("version %q of %q was read as version %d of %q", version, c.ID, got.Version, got.ID)
		}
		if sub, err := redisstore.DecodeSubmission(fields, "T"); err == nil && sub.Ticket != "T" {
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
