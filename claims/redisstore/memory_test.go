package redisstore_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/claims/redisstore"
)

// BenchmarkMemory stores open claims with one submission each, as a person's question files them, and reports the bytes of Redis that one
// costs: in all, by kind of key, and of its JSON. Run it with -benchtime 100000x.
func BenchmarkMemory(b *testing.B) {
	url, _, _ := claimstest.StartRedis(b, "--appendfsync", "no")
	db := client(b, url)
	s := open(b, url, redisstore.Options{Unsafe: true})
	used := func() float64 { // without the buffers of this benchmark's connections
		info, err := db.Info(b.Context(), "memory").Result()
		if err != nil {
			b.Fatal(err)
		}
		number := func(name string) float64 {
			_, after, _ := strings.Cut(info, "\n"+name+":")
			line, _, _ := strings.Cut(after, "\r\n")
			n, err := strconv.ParseFloat(line, 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
		return number("used_memory") - number("mem_clients_normal") - number("mem_aof_buffer")
	}
	before := used()
	numbers := make(chan int)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for n := range numbers {
				if err := s.Commit(context.WithoutCancel(b.Context()), newQuestion(n)); err != nil {
					b.Errorf("Commit: %v", err)
				}
			}
		})
	}
	n := 0
	for b.Loop() {
		numbers <- n
		n++
	}
	close(numbers)
	all.Wait()
	b.ReportMetric((used()-before)/float64(n), "B/claim")
	for kind, size := range sizes(b, db) {
		b.ReportMetric(size/float64(n), kind+"-B/claim")
	}
}

// newQuestion is a claim as a question of usual length files it.
func newQuestion(n int) claims.Change {
	text := fmt.Sprintf("They say on the radio that in ward %d two glasses of hot salt water with garlic before bed cure the virus in three days, is it true?", n)
	now := time.Date(2021, time.February, 1, 9, 30, 0, int(250*time.Millisecond), time.UTC).Add(time.Duration(n) * time.Millisecond)
	sub := claims.Submission{Schema: 1, Ticket: claims.NewTicket(), Version: 1, Claim: claims.IDOf("en", text), Lang: "en", Channel: "whatsapp", At: now}
	c, event := claims.Submit(nil, claims.Sighting{Submission: sub, Text: text, Topic: "cure"}, now)
	change := claimstest.NewChange(claims.Put{After: c})
	change.Submissions, change.Events = []claims.Submission{sub}, []claims.Event{event}
	change.Once[0].For = time.Minute
	return change
}

// sizes adds up what Redis says of its keys, by kind.
func sizes(b *testing.B, db *redis.Client) map[string]float64 {
	out := map[string]float64{}
	for cursor := uint64(0); ; {
		keys, next, err := db.Scan(b.Context(), cursor, "*", 1000).Result()
		if err != nil {
			b.Fatal(err)
		}
		var cmds []redis.Cmder
		cmds, err = db.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.MemoryUsage(b.Context(), key, 0)
			}
			return nil
		})
		if err != nil && err != redis.Nil {
			b.Fatal(err)
		}
		for i, cmd := range cmds {
			kind, _, _ := strings.Cut(strings.TrimPrefix(keys[i], "{dalel}:"), ":")
			out[kind] += float64(cmd.(*redis.IntCmd).Val())
		}
		if cursor = next; cursor == 0 {
			return out
		}
	}
}
