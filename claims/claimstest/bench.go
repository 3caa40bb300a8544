package claimstest

import (
	"sync"
	"sync/atomic"
	"testing"

	"dalel/claims"
)

// BenchmarkSubmits measures durable submissions of new claims, by one caller and by 64 at once: each is a claim, a submission, an event
// and a once key in one commit.
func BenchmarkSubmits(b *testing.B, open func(b *testing.B) claims.Store) {
	b.Run("callers=1", func(b *testing.B) {
		s := open(b)
		n := 0
		for b.Loop() {
			submit(b, s, n)
			n++
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submits/s")
	})
	b.Run("callers=64", func(b *testing.B) {
		const callers, each = 64, 16
		s := open(b)
		var n atomic.Int64
		for b.Loop() {
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for range each {
						submit(b, s, int(n.Add(1)))
					}
				})
			}
			all.Wait()
		}
		b.ReportMetric(float64(callers*each*b.N)/b.Elapsed().Seconds(), "submits/s")
	})
}

func submit(b *testing.B, s claims.Store, n int) {
	c := NewClaim(n, began())
	change := NewChange(put(claims.Claim{}, c))
	change.Submissions = []claims.Submission{{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: c.ID, Lang: c.Lang, Channel: "whatsapp", At: began()}}
	if err := s.Commit(b.Context(), change); err != nil {
		b.Error(err)
	}
}
