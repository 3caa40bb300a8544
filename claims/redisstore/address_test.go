package redisstore_test

import (
	"slices"
	"strings"
	"testing"

	"dalel/claims/redisstore"
)

func TestAddress(t *testing.T) {
	tests := []struct {
		address      string
		hosts        []string
		kind, master string
		db           int
		tls          bool
	}{
		{address: "redis://host:7000/2", hosts: []string{"host:7000"}, kind: "single"},
		{address: "rediss://user:word@host:7000", hosts: []string{"host:7000"}, kind: "single", tls: true},
		{address: "redis+cluster://a:1,b:2", hosts: []string{"a:1", "b:2"}, kind: "cluster"},
		{address: "rediss+cluster://:w%40rd@[::1]:1,b:2/", hosts: []string{"[::1]:1", "b:2"}, kind: "cluster", tls: true},
		{address: "redis+sentinel://u:p@a:1,b:2,c:3/4?master=main", hosts: []string{"a:1", "b:2", "c:3"}, kind: "sentinel", master: "main", db: 4},
	}
	for _, test := range tests {
		hosts, kind, master, db, tls, err := redisstore.ParseAddress(test.address)
		if err != nil || !slices.Equal(hosts, test.hosts) || kind != test.kind || master != test.master || db != test.db || tls != test.tls {
			t.Errorf("%s: %v, %s, %q, %d, %t, %v", test.address, hosts, kind, master, db, tls, err)
		}
	}
	for _, wrong := range []string{"", "host:1", "http://host:1", "redis+ring://a:1", "redis://secret@a:1,b:2", "redis+cluster://secret@a,b:2",
		"redis+cluster://a:1/3", "redis+sentinel://:secret@a:1", "redis+sentinel://:secret@a:1/x?master=m", "redis+sentinel://a:1?master=m&secret=1", "redis://:se/cret@a:1",
		"redis+cluster://:%zzsecret@a:1", "redis+cluster://a:99999"} {
		_, _, _, _, _, err := redisstore.ParseAddress(wrong)
		if err == nil {
			_, err = redisstore.Open(t.Context(), wrong, redisstore.Options{})
		}
		if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "cret@") {
			t.Errorf("%q: %v, want an error that does not show it", wrong, err)
		}
	}
}
