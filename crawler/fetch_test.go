package crawler

import (
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"120":                           2 * time.Minute,
		"0":                             0,
		" 5 ":                           5 * time.Second,
		"99999999999999":                maxRetryAfter,
		"Sat, 15 Jun 2024 13:00:00 GMT": time.Hour,
		"Sat, 15 Jun 2024 11:00:00 GMT": 0,
		"Sat, 15 Jun 2034 11:00:00 GMT": maxRetryAfter,
		"":                              defaultRetryAfter,
		"-1":                            defaultRetryAfter,
		"soon":                          defaultRetryAfter,
		"1.5":                           defaultRetryAfter,
	} {
		if got, _ := retryAfter(value, now); got != want {
			t.Errorf("Retry-After %q: got %v, want %v", value, got, want)
		}
	}
}

func TestDelay(t *testing.T) {
	for _, c := range []struct {
		source               Source
		latency, crawl, want time.Duration
	}{
		{Source{}, 10 * time.Millisecond, 0, 2 * time.Second},
		{Source{}, time.Second, 0, 5 * time.Second},
		{Source{}, time.Minute, 0, 30 * time.Second},
		{Source{}, time.Second, 10 * time.Second, 10 * time.Second},
		{Source{}, time.Second, time.Second, 5 * time.Second},
		{Source{Delay: time.Millisecond}, time.Second, 0, time.Millisecond},
		{Source{Delay: time.Millisecond}, time.Second, time.Second, time.Second},
	} {
		if got := delay(&c.source, c.latency, c.crawl); got != c.want {
			t.Errorf("delay %v, latency %v, Crawl-delay %v: got %v, want %v", c.source.Delay, c.latency, c.crawl, got, c.want)
		}
	}
}

func TestUserAgent(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "Dalel/dev"},
		{Options{Version: "1.2", Contact: "https://example.org/bot"}, "Dalel/1.2 (+https://example.org/bot)"},
		{Options{Version: "1.2\r\nX: y", Contact: "a(b)\n"}, "Dalel/1.2X:y (+ab)"},
	} {
		if got := c.o.orDefaults().agent(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
