package api_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/api"
	"dalel/claims"
	"dalel/claims/boltstore"
)

func TestEventsTellWhatHappens(t *testing.T) {
	s := newSite(t, siteOptions{})
	first, second := s.account("Aigerim", claims.RoleReviewer), s.account("Bolat", claims.RoleReviewer)
	l := s.listen(first, "", nil).begun()
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := l.response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	asked := s.queueRumour()
	s.publish(first, second, asked.Claim.ID)
	got := l.take(4)
	dense(t, got, 1)
	if d := cmp.Diff([]string{"submitted", "taken", "proposed", "published"}, kinds(got)); d != "" {
		t.Errorf("the kinds (-want +got):\n%s", d)
	}
	want := update{Number: 2, Kind: "taken", Claim: asked.Claim.ID, From: "queued", To: "in_review", At: s.clock.Now(), Role: "reviewer"}
	if d := cmp.Diff(want, got[1]); d != "" {
		t.Errorf("taken (-want +got):\n%s", d)
	}
	accounts, err := s.desk.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{accounts[0].ID, accounts[1].ID, "Aigerim", "mercury", "agreed-comment", `"note"`, `"by"`, asked.Ticket} {
		if strings.Contains(l.raw.String(), secret) {
			t.Errorf("the stream has %q:\n%s", secret, l.raw.String())
		}
	}
	if head := s.send(call{method: "HEAD", path: "/v1/events", token: first, want: 200}); head.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD gives %v", head.header)
	}
}

func TestEventsResume(t *testing.T) {
	s := newSite(t, siteOptions{})
	token := s.account("R", claims.RoleReviewer)
	happen(t, s.store, 350) // more than a page
	header := func(id string) map[string]string { return map[string]string{"Last-Event-ID": id} }
	for _, test := range []struct {
		query  string
		header map[string]string
		first  int64
	}{{"", header("0"), 1}, {"", header("120"), 121}, {"?lastEventId=349", nil, 350}, {"?lastEventId=3", header("200"), 201}, {"", header("350"), 351}, {"", nil, 351}} {
		l := s.listen(token, test.query, test.header).begun()
		if want := strconv.FormatInt(test.first-1, 10); l.id != want {
			t.Errorf("%q %v begins with the id %s, want %s", test.query, test.header, l.id, want)
		}
		dense(t, l.take(int(351-test.first)), test.first)
		l.close()
	}
	l := s.listen(token, "", header("350")).begun()
	happen(t, s.store, 2)
	dense(t, l.take(2), 351)

	for _, id := range []string{"-1", "x", "1.5", "9999999999999999999"} {
		if p := s.send(call{method: "GET", path: "/v1/events", token: token, header: header(id), want: 400}).problem(); p.Code != "invalid_header" {
			t.Errorf("Last-Event-ID: %s gives %+v", id, p)
		}
	}
	if p := s.send(call{method: "GET", path: "/v1/events?lastEventId=-1", token: token, want: 400}).problem(); p.Code != "invalid_parameter" {
		t.Errorf("lastEventId=-1 gives %+v", p)
	}
}

// Clients that come, go and come back while two hundred people ask at once hear of each question once.
func TestEventsWithoutGap(t *testing.T) {
	const asks = 200
	var w *watched
	s := newSite(t, siteOptions{store: watch(&w)})
	token := s.account("R", claims.RoleReviewer)
	var all sync.WaitGroup
	steady := s.listen(token, "", map[string]string{"Last-Event-ID": "0"}).begun()
	errs := make(chan error, asks)
	for i := range asks {
		all.Go(func() {
			_, err := s.desk.Check(t.Context(), claims.Question{Text: fmt.Sprintf("The bridge number %d over the river was closed by the army because of the plague %d", i, i*i)})
			errs <- err
		})
	}
	var restless []update
	for last := "0"; len(restless) < asks; {
		l := s.listen(token, "", map[string]string{"Last-Event-ID": last})
		restless = append(restless, l.take(min(7, asks-len(restless)))...)
		last = l.id
		l.close()
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.desk.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := steady.take(int(head))
	l := s.listen(token, "", map[string]string{"Last-Event-ID": strconv.Itoa(len(restless))})
	restless = append(restless, l.take(int(head)-len(restless))...)
	l.close()
	dense(t, got, 1)
	dense(t, restless, 1)
	if d := cmp.Diff(got, restless); d != "" {
		t.Errorf("what two clients heard differs:\n%s", d)
	}
	if w.most.Load() != 1 {
		t.Errorf("up to %d calls waited for events at once, want 1", w.most.Load())
	}
	steady.close()
	eventually(t, "nobody listens, nobody asks", func() bool { return !s.server.Following() && w.waiting.Load() == 0 })
}

// What a client has read from the store it does not hear again from a hub that is behind; what has happened between its reading and its listening to a hub
// that is ahead it hears at once.
func TestEventsBetweenStoreAndHub(t *testing.T) {
	var w *watched
	s := newSite(t, siteOptions{store: watch(&w)})
	token := s.account("R", claims.RoleReviewer)
	w.deaf.Store(true)
	first := s.listen(token, "", nil).begun()
	eventually(t, "the hub asks", s.server.Following)
	happen(t, s.store, 5)
	second := s.listen(token, "?lastEventId=0", nil)
	dense(t, second.take(5), 1)
	w.deaf.Store(false)
	dense(t, first.take(5), 1)
	happen(t, s.store, 1)
	dense(t, first.take(1), 6)
	dense(t, second.take(1), 6)

	g := &gated{come: make(chan struct{}), pass: make(chan struct{})}
	w.gate.Store(g)
	third := s.listen(token, "?lastEventId=0", nil)
	<-g.come
	happen(t, s.store, 2)
	dense(t, first.take(2), 7)
	close(g.pass)
	dense(t, third.take(8), 1)
}

// A stream outlives the deadlines for a whole request and a whole answer.
func TestEventsHeartbeat(t *testing.T) {
	s := newSite(t, siteOptions{config: func(c *api.Config) { c.Heartbeat = 10 * time.Millisecond },
		web: func(w *httptest.Server) {
			w.Config.ReadTimeout, w.Config.WriteTimeout = 150*time.Millisecond, 150*time.Millisecond
		}})
	s.server.SetAnswerWithin(150 * time.Millisecond)
	l := s.listen(s.account("R", claims.RoleReviewer), "", nil)
	for l.comments < 40 {
		if _, err := l.next(); !errors.Is(err, errComment) {
			t.Fatalf("after %d comments: %v", l.comments, err)
		}
	}
	happen(t, s.store, 1)
	dense(t, []update{l.want()}, 1)
}

func TestEventsThroughAnOutage(t *testing.T) {
	var w *watched
	s := newSite(t, siteOptions{store: watch(&w), config: func(c *api.Config) { c.Heartbeat = 10 * time.Millisecond }})
	token := s.account("R", claims.RoleReviewer)
	l := s.listen(token, "", nil).begun()
	happen(t, s.store, 1)
	dense(t, []update{l.want()}, 1)

	w.off.Store(true)
	s.store.Off()
	eventually(t, "the hub notices", func() bool { return w.failed.Load() > 0 })
	before := l.comments
	for l.comments < before+5 {
		if _, err := l.next(); !errors.Is(err, errComment) {
			t.Fatalf("while the store is away: %v", err)
		}
	}
	s.send(call{method: "GET", path: "/v1/events", token: token, want: 503})
	s.store.On()
	late := s.listen(token, "?lastEventId=0", nil).begun() // has to wait with its first event
	w.off.Store(false)
	happen(t, s.store, 1)
	dense(t, []update{l.want()}, 2)
	dense(t, late.take(2), 1)
}

func TestEventsOfAnotherLog(t *testing.T) {
	var w *watched
	s := newSite(t, siteOptions{store: watch(&w)})
	token := s.account("R", claims.RoleReviewer)
	happen(t, s.store, 5)
	ahead := s.listen(token, "?lastEventId=999", nil)
	if got, want := ahead.want(), (update{Number: 5, Kind: "reset"}); got != want {
		t.Errorf("a number past the head gives %+v, want %+v", got, want)
	}
	happen(t, s.store, 1)
	dense(t, []update{ahead.want()}, 6)

	fresh, err := boltstore.Open(filepath.Join(t.TempDir(), "claims.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.server.EndStreams()
		eventually(t, "the hub ends", func() bool { return !s.server.Following() })
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	})
	happen(t, fresh, 2)
	var other claims.Store = fresh
	w.other.Store(&other)
	if got, want := ahead.want(), (update{Number: 2, Kind: "reset"}); got != want {
		t.Errorf("a log that began anew gives %+v, want %+v", got, want)
	}
	happen(t, fresh, 2)
	dense(t, ahead.take(2), 3)
}

func TestEventsOfEscalatedClaims(t *testing.T) {
	s := newSite(t, siteOptions{config: func(c *api.Config) { c.Heartbeat = 10 * time.Millisecond }})
	reviewer, editor := s.account("R", claims.RoleReviewer), s.account("E", claims.RoleEditor)
	for _, name := range []string{"V", "T", "A"} {
		role := map[string]claims.Role{"V": claims.RoleVolunteer, "T": claims.RoleTrainer, "A": claims.RoleAdmin}[name]
		if p := s.send(call{method: "GET", path: "/v1/events", token: s.account(name, role), want: 403}).problem(); p.Code != "forbidden" {
			t.Errorf("a %s gets %+v", role, p)
		}
	}
	theirs, all := s.listen(reviewer, "", nil).begun(), s.listen(editor, "", nil).begun()
	at := "/v1/claims/" + s.queueRumour().Claim.ID
	s.send(call{method: "POST", path: at + "/escalate", token: reviewer, body: `{"reason":"a child is in danger"}`, want: 204})
	s.send(call{method: "POST", path: at + "/deescalate", token: editor, body: `{"reason":"it is not"}`, want: 200})
	happen(t, s.store, 1)
	if d := cmp.Diff([]string{"submitted", "escalated", "deescalated", "feedback"}, kinds(all.take(4))); d != "" {
		t.Errorf("an editor hears (-want +got):\n%s", d)
	}
	got := theirs.take(2)
	if d := cmp.Diff([]string{"submitted", "feedback"}, kinds(got)); d != "" || got[1].Number != 4 {
		t.Errorf("a reviewer hears %+v (-want +got):\n%s", got, d)
	}
	resumed := s.listen(reviewer, "?lastEventId=1", nil)
	if u := resumed.want(); u.Number != 4 {
		t.Errorf("a reviewer who comes back hears %+v", u)
	}

	if err := s.desk.RemoveAccount(t.Context(), "R"); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*listening{theirs, resumed} {
		var err error
		for err = errComment; errors.Is(err, errComment); {
			_, err = l.next()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("the stream of an account that was removed: %v, want its end", err)
		}
	}
	happen(t, s.store, 1)
	dense(t, []update{all.want()}, 5)
}

func TestEventsAreFew(t *testing.T) {
	s := newSite(t, siteOptions{config: func(c *api.Config) { c.Streams = 10 }})
	one, two := s.account("A", claims.RoleReviewer), s.account("B", claims.RoleReviewer)
	var open []*listening
	for range 8 {
		open = append(open, s.listen(one, "", nil).begun())
	}
	r := s.send(call{method: "GET", path: "/v1/events", token: one, want: http.StatusTooManyRequests})
	if p := r.problem(); p.Code != "too_many_streams" || r.header.Get("Retry-After") == "" {
		t.Errorf("the ninth stream of an account: %+v, %v", p, r.header)
	}
	s.listen(two, "", nil).begun()
	s.listen(two, "", nil).begun()
	r = s.send(call{method: "GET", path: "/v1/events", token: two, want: http.StatusServiceUnavailable})
	if p := r.problem(); p.Code != "streams_full" || r.header.Get("Retry-After") == "" {
		t.Errorf("the eleventh stream: %+v, %v", p, r.header)
	}
	open[0].close()
	eventually(t, "there is room again", func() bool {
		l, status := s.tryListen(two, "", nil)
		if status != http.StatusOK {
			l.close()
		}
		return status == http.StatusOK
	})
}
