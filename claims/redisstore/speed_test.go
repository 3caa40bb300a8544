package redisstore_test

import (
	"context"
	"iter"
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

// A meter reads the processor time of Redis and of this process, and what Redis says that its scripts took.
type meter struct {
	db           *redis.Client
	theirs, ours time.Duration
	scripts      time.Duration
}

func newMeter(b *testing.B, db *redis.Client) *meter {
	m := &meter{db: db}
	m.read(b)
	return m
}

func (m *meter) read(b *testing.B) {
	b.Helper()
	number := func(section, name, field string) time.Duration {
		info, err := m.db.Info(context.WithoutCancel(b.Context()), section).Result()
		if err != nil {
			b.Fatal(err)
		}
		_, after, _ := strings.Cut(info, "\r\n"+name+":")
		line, _, _ := strings.Cut(after, "\r\n")
		if field != "" {
			_, line, _ = strings.Cut(line, field+"=")
			line, _, _ = strings.Cut(line, ",")
		}
		n, _ := strconv.ParseFloat(line, 64) // a command that was never called is not listed
		return time.Duration(n * float64(time.Second))
	}
	m.theirs = number("cpu", "used_cpu_user", "") + number("cpu", "used_cpu_sys", "")
	m.scripts = number("commandstats", "cmdstat_evalsha", "usec") / 1e6
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	m.ours = time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// report says what each operation took since the meter was made.
func (m *meter) report(b *testing.B) {
	b.Helper()
	before := *m
	m.read(b)
	each := func(from, to time.Duration) float64 { return float64((to - from).Nanoseconds()) / 1e3 / float64(b.N) }
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
	next := atomic.Int64{}
	commitNext := func() error { return s.Commit(context.WithoutCancel(b.Context()), changes[next.Add(1)-1]) }
	measured(b, client(b, url), commitNext)
}

// BenchmarkPick asks for heads of a queue of 10,000 claims, by many callers at the same time. Half of the indexes of the whole queue have none.
func BenchmarkPick(b *testing.B) {
	for _, test := range []struct {
		name  string
		n     int
		queue []claims.Index
	}{{"one of all", 1, claims.Queue("")}, {"sixteen of all", 16, claims.Queue("")}, {"one of a language", 1, claims.Queue("", "kk")[:3]}} {
		b.Run(test.name, func(b *testing.B) {
			url, _, _ := claimstest.StartRedis(b)
			s := open(b, url, redisstore.Options{})
			fillQueue(b, s, 10_000)
			measured(b, client(b, url), func() error {
				_, err := s.Pick(context.WithoutCancel(b.Context()), test.n, 20*time.Millisecond, test.queue...)
				return err
			})
		})
	}
}

// fillQueue files claims of all languages and bands.
func fillQueue(b *testing.B, s claims.Store, n int) {
	b.Helper()
	languages, bands := index.Languages(), claims.Bands()
	for part := range slices.Chunk(slices.Collect(numbers(n)), 100) {
		var puts []claims.Put
		for _, i := range part {
			c := claimstest.NewClaim(i, time.UnixMilli(int64(i)))
			c.Lang, c.Priority.Band = languages[i%len(languages)], bands[i/len(languages)%len(bands)]
			puts = append(puts, claims.Put{After: c})
		}
		if err := s.Commit(b.Context(), claimstest.NewChange(puts...)); err != nil {
			b.Fatal(err)
		}
	}
}

// numbers are those from 0 up to n, without it.
func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
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
