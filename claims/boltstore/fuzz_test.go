package boltstore_test

import (
	"encoding/binary"
	"errors"
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

// FuzzLoad loads any item: it is refused, or the store that holds it can be read to its end and written to.
func FuzzLoad(f *testing.F) {
	c, err := claims.EncodeRecord("claim", claimstest.NewClaim(1, time.UnixMilli(0)))
	if err != nil {
		f.Fatal(err)
	}
	id := string(claimstest.NewClaim(1, time.UnixMilli(0)).ID)
	f.Add("claim", id, int64(1), int64(0), "", int64(0), c)
	f.Add("claim", "abc", int64(1), int64(0), "", int64(0), []byte(`{"id":"abc","version":1,"state":"queued","lang":"a\u0000b"}`))
	f.Add("claim", id, int64(-1), int64(0), "", int64(0), []byte("{torn"))
	f.Add("submission", "T", int64(0), int64(0), "", int64(0), []byte(nil))
	f.Add("event", "", int64(0), int64(1), "\n", int64(0), []byte(`{"claim":"x"}`))
	f.Add("account", "a1", int64(0), int64(0), "", int64(0), []byte(`[]`))
	f.Add("credential", "h", int64(0), int64(0), "", int64(0), []byte(`{"hash":"h","account":"","until":"9999-01-01T00:00:00Z"}`))
	f.Add("once", "k", int64(0), int64(0), "", int64(-1), []byte("value"))
	f.Add("damaged", "claims/abc", int64(0), int64(0), "", int64(0), []byte("\x00\xff"))
	f.Fuzz(func(t *testing.T, kind, name string, version, number int64, link string, until int64, data []byte) {
		s := open(t, claimstest.NewClock(time.Now()))
		item := claims.Item{Kind: claims.ItemKind(kind), Name: name, Version: version, Number: number, Link: link, Until: time.UnixMilli(until), Data: data}
		var invalid *claims.InvalidError
		err := s.Load(t.Context(), itemsThenError([]claims.Item{item}, nil))
		if errors.As(err, &invalid) {
			return
		}
		_, _, rangeErr := s.Range(t.Context(), "", 5, claims.Queue("")...)
		_, eventsErr := s.Events(t.Context(), 0, 5, 0)
		_, accountsErr := s.Accounts(t.Context())
		_, getErr := s.Get(t.Context(), claims.ID(id))
		err = errors.Join(err, rangeErr, eventsErr, accountsErr, getErr,
			s.Snapshot(t.Context(), func(claims.Item) error { return nil }), s.Entries(t.Context(), func(claims.Entry) error { return nil }),
			s.Commit(t.Context(), claimstest.NewChange()))
		if err != nil {
			t.Errorf("a store that was loaded with %v: %v", item, err)
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
	whole = whole[:min(len(whole), 32*os.Getpagesize())] // the rest is room to grow
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
