package boltstore_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
)

func FuzzDecode(f *testing.F) {
	c := claimstest.NewClaim(1, time.UnixMilli(0))
	record, err := boltstore.Encode(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Add(record[:len(record)/2])
	f.Add(record[:8])
	f.Add([]byte{})
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	f.Add([]byte(`1234567{"lease":{"until":"never"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := boltstore.DecodeClaim(data, c.ID)
		if err == nil && (got.ID != c.ID || uint64(got.Version) != binary.BigEndian.Uint64(data)) {
			t.Errorf("a record of %q was read as version %d of %q", c.ID, got.Version, got.ID)
		}
		if sub, err := boltstore.DecodeSubmission(data, "T"); err == nil && sub.Ticket != "T" {
			t.Errorf("a submission was read under the ticket %q", sub.Ticket)
		}
	})
}

func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "x", "8000000000000000:abc", ":", "zz00000000000000:a", "8000000000000000:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		place, err := boltstore.ParseCursor(claims.Cursor(s))
		if err == nil && s != "" && (len(place) != len(s)-9 || string(place[8:]) != s[17:]) {
			t.Errorf("the cursor %q was read as the place %q", s, place)
		}
	})
}

// FuzzOpen opens any bytes as a store: that is a store or an error, never a panic.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "claims.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:100])
	f.Add([]byte("\xed\xda\x0c\xed"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "claims.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			return
		}
		if _, err := s.Get(t.Context(), claimstest.NewClaim(1, time.UnixMilli(0)).ID); err != nil {
			t.Logf("Get: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}
