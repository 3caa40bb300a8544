package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dalel/claims"
	"dalel/claims/claimstest"
	"dalel/crawler"
)

// openTestHome opens a home in a directory of the test's own.
func openTestHome(t *testing.T) (Common, *home) {
	t.Helper()
	c := Common{Data: t.TempDir(), Store: "bolt"}
	h, err := openHome(t.Context(), c, deskOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return c, h
}

// put gives a home another store.
func (h *home) put(s claims.Store) {
	h.store, h.desk = s, claims.NewDesk(s, h.index, claims.Options{})
}

// serveIn runs "serve" in this process on a home, at the address that it gives. end is what a signal does; it gives all that serve logged and
// greeted with, and its error.
func serveIn(t *testing.T, c Common, h *home) (s *service, end func() (log, said string, err error)) {
	t.Helper()
	s = &service{base: "http://" + freeAddr(t), log: &bytes.Buffer{}}
	ctx, cancel := context.WithCancel(t.Context())
	said := &speech{begun: make(chan struct{})}
	s.begun = said.begun
	ended := make(chan error, 1)
	go func() {
		command := serveCmd{Common: c, Addr: strings.TrimPrefix(s.base, "http://")}
		ended <- command.serve(program{ctx: ctx, stdout: said}, h, slog.New(slog.NewTextHandler(s.log, nil)))
	}()
	t.Cleanup(cancel)
	return s, func() (string, string, error) {
		cancel()
		err := <-ended
		return s.log.String(), said.String(), err
	}
}

// speech is what serve says; begun is closed when it says the first of it.
type speech struct {
	bytes.Buffer
	begun chan struct{}
}

func (s *speech) Write(b []byte) (int, error) {
	if s.Len() == 0 {
		close(s.begun)
	}
	return s.Buffer.Write(b)
}

// status is what the service answers a GET with, 0 where it does not.
func (s *service) status(path string) (status int, retryAfter string) {
	r, err := newCaller(s.base, "").call("GET", path, "", nil)
	if err != nil {
		return 0, ""
	}
	return r.status, r.header.Get("Retry-After")
}

// awaits is until the service answers a GET with a status.
func (s *service) awaits(t *testing.T, path string, want int) {
	t.Helper()
	eventually(t, 20*time.Second, path+" is answered with "+http.StatusText(want), func() bool {
		status, _ := s.status(path)
		return status == want
	})
}

// A gated store lets nobody read its log before the gate is opened.
type gated struct {
	claims.Store
	gate chan struct{}
}

func (g gated) Head(ctx context.Context) (string, int64, error) {
	select {
	case <-g.gate:
		return g.Store.Head(ctx)
	case <-ctx.Done():
		return "", 0, ctx.Err()
	}
}

// TestAnswersWhileTheIndexIsFilled asks before the service is ready, when it must say so at once, and after.
func TestAnswersWhileTheIndexIsFilled(t *testing.T) {
	c, h := openTestHome(t)
	gate := make(chan struct{})
	h.put(gated{h.store, gate})
	s, end := serveIn(t, c, h)
	s.awaits(t, "/healthz", http.StatusOK)
	for _, path := range []string{"/", "/readyz", "/v1/search?q=garlic"} {
		if status, retryAfter := s.status(path); status != http.StatusServiceUnavailable || retryAfter != "1" {
			t.Errorf("%s while the index is filled: %d, Retry-After %q", path, status, retryAfter)
		}
	}
	close(gate)
	s.awaits(t, "/readyz", http.StatusOK)
	if status, _ := s.status("/"); status != http.StatusOK {
		t.Errorf("/ when the index is filled: %d", status)
	}
	if log, _, err := end(); err != nil {
		t.Errorf("it ended with %v: %s", err, log)
	}
}

// TestToldToEndWhileTheIndexIsFilled ends the service before it is ready: that is no failure.
func TestToldToEndWhileTheIndexIsFilled(t *testing.T) {
	c, h := openTestHome(t)
	h.put(gated{h.store, nil})
	s, end := serveIn(t, c, h)
	s.awaits(t, "/healthz", http.StatusOK)
	log, said, err := end()
	if err != nil || said != "" {
		t.Errorf("it ended with %v, said %q and logged %s", err, said, log)
	}
}

// TestSignal ends the program as a service manager does, as early as it answers.
func TestSignal(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &service{base: "http://" + freeAddr(t), log: &bytes.Buffer{}}
	s.cmd = exec.Command(path, "serve", "--data", t.TempDir(), "--addr", strings.TrimPrefix(s.base, "http://"))
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	s.awaits(t, "/healthz", http.StatusOK)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil || strings.Contains(s.log.String(), "dalel:") {
		t.Errorf("it ended with %v: %s", err, s.log)
	}
}

// TestStoreIsAwayAtTheStart takes the store away after it was opened: guidance is served at once, and the reviews are followed when the store is back.
func TestStoreIsAwayAtTheStart(t *testing.T) {
	c, h := openTestHome(t)
	store := claimstest.NewOutage(h.store)
	h.put(store)
	store.Off()
	s, end := serveIn(t, c, h)
	s.awaits(t, "/v1/search?q=garlic", http.StatusOK)
	if place, err := h.index.Mark("reviews"); err != nil || place != "" {
		t.Errorf("the reviews are followed to %q, %v", place, err)
	}
	<-s.begun // it has looked for its accounts
	store.On()
	eventually(t, 20*time.Second, "the reviews are followed", func() bool {
		place, err := h.index.Mark("reviews")
		return err == nil && place != ""
	})
	log, said, err := end()
	if err != nil || !strings.Contains(log, "level=WARN") || !strings.Contains(said, "when the store can be reached again: dalel user add") {
		t.Errorf("it ended with %v, said %q and logged %s", err, said, log)
	}
}

// TestStopCutsOff stops a server with a request that does not end.
func TestStopCutsOff(t *testing.T) {
	var log bytes.Buffer
	began, over := make(chan struct{}), make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(over)
	}))
	t.Cleanup(site.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	<-began
	if err := stop(t.Context(), site.Config, time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatalf("stop gives %v", err)
	}
	<-over
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("it logged %s", log.String())
	}
}

// TestCrawlingEndsWithTheArchive damages the archive under a service that crawls: it says so and goes on without crawling.
func TestCrawlingEndsWithTheArchive(t *testing.T) {
	c, h := openTestHome(t)
	site := httptest.NewServer(http.NotFoundHandler())
	defer site.Close()
	host := strings.TrimPrefix(site.URL, "http://")
	register, err := crawler.ParseSources(strings.NewReader(`
- {id: school, kind: state, name: {en: School, ru: Школа, kk: Мектеп}, hosts: ["` + host + `"], languages: [en], start: ["` + site.URL + `/"],
   licence: ours, allowLoopback: true, delay: 1ms}`))
	if err != nil {
		t.Fatal(err)
	}
	h.register = register
	f, err := os.OpenFile(filepath.Join(c.path("archive"), "archive.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0x5a}, int(size)-2*os.Getpagesize()), 2*int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var log bytes.Buffer
	h.crawlOnSchedule(ctx, time.Hour, "", slog.New(slog.NewTextHandler(&log, nil)))
	if ctx.Err() != nil || !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "damaged") {
		t.Errorf("crawling ended with the context: %v; it logged %s", ctx.Err(), log.String())
	}
}
