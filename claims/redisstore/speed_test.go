package redisstore_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
	"dalel/index"
)

// callers is how many call at the same time on each processor.
const callers = 32

// A meter reads what Redis, its scripts and this process have used, in microseconds.
type meter struct {
	db                    *redis.Client
	theirs, scripts, ours float64
}

func newMeter(b *testing.B, db *redis.Client) *meter {
	b.Helper()
	m := &meter{db: db}
	m.read(b)
	return m
}

// read reads processor times, and of the scripts the time that they took, which is more where others have the processor meanwhile.
func (m *meter) read(b *testing.B) {
	b.Helper()
	const microseconds = 1e6
	m.theirs = microseconds * (m.said(b, "cpu", "used_cpu_user:") + m.said(b, "cpu", "used_cpu_sys:"))
	m.scripts = m.said(b, "commandstats", "cmdstat_evalsha:calls=", "usec=")
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	m.ours = float64(used.Utime.Nano()+used.Stime.Nano()) / 1e3
}

// said is the number behind some texts, one after the other, in what Redis says of itself: 0 where it says nothing of it yet.
func (m *meter) said(b *testing.B, section string, behind ...string) float64 {
	b.Helper()
	rest, err := m.db.Info(context.WithoutCancel(b.Context()), section).Result()
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range behind {
		_, rest, _ = strings.Cut(rest, text)
	}
	if end := strings.IndexAny(rest, ",\r"); end >= 0 {
		rest = rest[:end]
	}
	n, err := strconv.ParseFloat(rest, 64)
	if err != nil && rest != "" {
		b.Fatal(err)
	}
	return n
}

// report says what each operation took since the meter was made.
func (m *meter) report(b *testing.B) {
	b.Helper()
	before := *m
	m.read(b)
	each := func(before, after float64) float64 { return (after - before) / float64(b.N) }
	b.ReportMetric(each(before.theirs, m.theirs), "redis-µs/op")
	b.ReportMetric(each(before.scripts, m.scripts), "script-µs/op")
	b.ReportMetric(each(before.ours, m.ours), "ours-µs/op")
}

// BenchmarkCommit commits new claims with one submission each, by many callers at the same time. The changes are made before.
func BenchmarkCommit(b *testing.B) {
	url, _, _ := claimstest.StartRedis(b)
	s := open(b, url, redisstore.Options{})
	changes := make([]claims.Change, b.N)
	for n := range changes {
		changes[n] = newQuestion(n)
	}
	var next atomic.Int64
	measured(b, client(b, url), func() error { return s.Commit(context.WithoutCancel(b.Context()), changes[next.Add(1)-1]) })
}

// BenchmarkPick asks for heads of a queue of 10,000 claims, while some before them are hidden because others take them. Three quarters of the indexes of
// the whole queue have no claims.
func BenchmarkPick(b *testing.B) {
	url, _, _ := claimstest.StartRedis(b)
	all, few := claims.Queue(""), claims.Queue(claims.Bands()[0], "kk")
	for _, test := range []struct {
		name          string
		claims, taken int
		n             int
		queue         []claims.Index
	}{{"one of all", 10_000, 0, 1, all}, {"one behind 16", 10_000, 16, 1, all}, {"sixteen behind 16", 10_000, 16, 16, all}, {"one of two indexes", 10_000, 0, 1, few},
		{"none", 0, 0, 1, all}} {
		b.Run(test.name, func(b *testing.B) {
			s := open(b, url, redisstore.Options{Prefix: newPrefix()})
			fillQueue(b, s, test.claims)
			if ids, err := s.Pick(b.Context(), test.taken, time.Hour, all...); err != nil || len(ids) != test.taken {
				b.Fatalf("Pick: %d of %d, %v", len(ids), test.taken, err)
			}
			measured(b, client(b, url), func() error {
				ids, err := s.Pick(context.WithoutCancel(b.Context()), test.n, 0, test.queue...)
				if want := min(test.n, test.claims); len(ids) > want {
					b.Errorf("Pick: %d, want %d at most", len(ids), want)
				}
				return err
			})
		})
	}
}

// fillQueue files claims of all languages and bands.
func fillQueue(b *testing.B, s claims.Store, n int) {
	b.Helper()
	languages, bands := index.Languages(), claims.Bands()[:2]
	var puts []claims.Put
	for i := range n {
		c := claimstest.NewClaim(i, time.UnixMilli(int64(i)))
		c.Lang, c.Priority.Band = languages[i%len(languages)], bands[i/len(languages)%len(bands)]
		puts = append(puts, claims.Put{After: c})
	}
	for puts := range slices.Chunk(puts, 100) {
		if err := s.Commit(b.Context(), claimstest.NewChange(puts...)); err != nil {
			b.Fatal(err)
		}
	}
}

// measured runs f by many callers at the same time.
func measured(b *testing.B, db *redis.Client, f func() error) {
	b.Helper()
	b.SetParallelism(callers)
	m := newMeter(b, db)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := f(); err != nil {
				b.Error(err)
			}
		}
	})
	m.report(b)
}
