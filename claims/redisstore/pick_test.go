package redisstore_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

// TestPickOrder wants the order of Range also for scores that Lua's numbers cannot tell apart, over more members than one read gives, and each claim
// once although an index is named twice.
func TestPickOrder(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	s := open(t, url, redisstore.Options{})
	indexes := []claims.Index{"a", "none", "b", "a"}
	scores := []int64{math.MinInt64, math.MinInt64 + 1, -1 << 53, -1<<53 - 1, -1, 0, 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, math.MaxInt64 - 1, math.MaxInt64}
	n := 0
	for range 20 {
		for _, score := range scores {
			n++
			id := claimstest.NewClaim(n, time.Now()).ID
			if err := s.Mend(t.Context(), id, 0, nil, []claims.Key{{Index: indexes[n%2*2], Score: score}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, _, err := s.Range(t.Context(), "", n, indexes...)
	if err != nil || len(want) != n {
		t.Fatalf("Range: %d of %d, %v", len(want), n, err)
	}
	var got []claims.ID
	for _, some := range []int{1, 2, 1, 16, 100, n} {
		ids, err := s.Pick(t.Context(), some, time.Hour, indexes...)
		if err != nil || len(ids) != min(some, n-len(got)) {
			t.Errorf("Pick of %d: %d, %v", some, len(ids), err)
		}
		got = append(got, ids...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Pick in another order than Range (-want +got):\n%s", diff)
	}
}

// TestPickIsNotSynced wants a hold to cost no write to the append-only file.
func TestPickIsNotSynced(t *testing.T) {
	url, _, _ := claimstest.StartRedis(t)
	db := client(t, url)
	s := open(t, url, redisstore.Options{})
	commit(t, s, newChange(1))
	size := func() string {
		info, err := db.InfoMap(t.Context(), "persistence").Result()
		if err != nil {
			t.Fatal(err)
		}
		return info["Persistence"]["aof_current_size"]
	}
	before := size()
	if ids, err := s.Pick(t.Context(), 1, time.Hour, claims.Queue("")...); err != nil || len(ids) != 1 {
		t.Fatalf("Pick: %v, %v", ids, err)
	}
	if ids, err := s.Pick(t.Context(), 1, time.Hour, claims.Queue("")...); err != nil || len(ids) != 0 {
		t.Errorf("Pick of what is held: %v, %v", ids, err)
	}
	if after := size(); before == "" || after != before {
		t.Errorf("the append-only file had %s bytes and has %s", before, after)
	}
}
