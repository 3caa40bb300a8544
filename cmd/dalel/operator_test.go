package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dalel/claims"
	"dalel/claims/faults"
)

// TestQueueCommands goes through the operator's day on both stores, with and without a server.
func TestQueueCommands(t *testing.T) {
	onGrounds(t, func(t *testing.T, g ground) {
		g.looks(t)
		t.Run("pages", g.pages)
		noted := g.last(t)
		g.moves(t)
		g.keeps(t, noted)
	})
}

// looks lists and shows.
func (g ground) looks(t *testing.T) {
	list := g.done(t, "queue", "list")
	if !strings.Contains(list, string(g.queued)) || !strings.Contains(list, string(g.other)) || strings.Contains(list, string(g.held)) || strings.Contains(list, string(g.sourced)) {
		t.Errorf("the queue is\n%s", list)
	}
	if got := g.done(t, "queue", "list", "--state", "sourced"); !strings.Contains(got, string(g.sourced)) || strings.Contains(got, string(g.queued)) {
		t.Errorf("sourced are\n%s", got)
	}
	if got := g.done(t, "queue", "list", "--lang", "kk"); !strings.Contains(got, "no such claim") || !strings.Contains(got, "2 queued") {
		t.Errorf("in Kazakh there is\n%s", got)
	}
	if got := g.done(t, "queue", "list", "--damaged"); !strings.Contains(got, "No record was set aside") {
		t.Errorf("damaged are\n%s", got)
	}
	var held struct{ Items []listed }
	if err := json.Unmarshal([]byte(g.done(t, "queue", "list", "--state", "in_review", "--json")), &held); err != nil {
		t.Fatal(err)
	}
	if len(held.Items) != 1 || held.Items[0].ID != g.held || held.Items[0].Holder == "" || held.Items[0].Until.IsZero() || held.Items[0].Text != goats {
		t.Errorf("held are %+v", held.Items)
	}
	show := g.done(t, "queue", "show", string(g.held))
	for _, want := range []string{"in_review", "Aru", "token 1", "harm", "Painting the horns", "taken", "submitted"} {
		if !strings.Contains(show, want) {
			t.Errorf("show lacks %q:\n%s", want, show)
		}
	}
	var stored struct {
		Claim   claims.Claim
		History []claims.Event
	}
	if err := json.Unmarshal([]byte(g.done(t, "queue", "show", "--json", string(g.other))), &stored); err != nil {
		t.Fatal(err)
	}
	if stored.Claim.ID != g.other || stored.Claim.Requests != 2 || len(stored.History) != 2 {
		t.Errorf("show gives %+v", stored)
	}
	if _, stderr, code := g.run(t, "queue", "show", string(claims.IDOf("en", "nobody said this"))); code != exitFailure || !strings.Contains(stderr, "there is no claim") {
		t.Errorf("a claim that is not there: exit %d: %s", code, stderr)
	}
}

// pages lists in pages. The limit is set in the environment of who asks.
func (g ground) pages(t *testing.T) {
	t.Setenv("DALEL_LIMIT", "1")
	first := g.done(t, "queue", "list")
	found := regexp.MustCompile(`--after '([^']+)'`).FindStringSubmatch(first)
	if found == nil {
		t.Fatalf("a list of one says nothing of more:\n%s", first)
	}
	second := g.done(t, "queue", "list", "--after", found[1])
	for _, id := range []claims.ID{g.queued, g.other} {
		if strings.Contains(first, string(id)) == strings.Contains(second, string(id)) {
			t.Errorf("%s is in both pages or in none:\n%s\n%s", id, first, second)
		}
	}
	if all := g.done(t, "queue", "list", "--all"); !strings.Contains(all, string(g.queued)) || !strings.Contains(all, string(g.other)) {
		t.Errorf("all are\n%s", all)
	}
}

// moves ends a lease and puts a claim on the queue.
func (g ground) moves(t *testing.T) {
	if got := g.done(t, "queue", "release", string(g.held), "--why", "Aru is ill"); !strings.Contains(got, string(g.held)+" is queued") {
		t.Errorf("release says %s", got)
	}
	if got := g.done(t, "queue", "show", string(g.held)); !strings.Contains(got, "freed") || !strings.Contains(got, "Aru is ill") || strings.Contains(got, "token 1") {
		t.Errorf("after the release:\n%s", got)
	}
	if _, stderr, code := g.run(t, "queue", "release", string(g.held)); code != exitFailure || !strings.Contains(stderr, "it is queued") {
		t.Errorf("release of what nobody holds: exit %d: %s", code, stderr)
	}
	if got := g.done(t, "queue", "requeue", "--why", "asked for on the radio", string(g.sourced)); !strings.Contains(got, string(g.sourced)+" is queued") {
		t.Errorf("requeue says %s", got)
	}
	if got := g.done(t, "queue", "list"); !strings.Contains(got, string(g.sourced)) || !strings.Contains(got, string(g.held)) {
		t.Errorf("the queue is\n%s", got)
	}
}

// last is the last event as verify gives it.
func (g ground) last(t *testing.T) string {
	said := g.done(t, "queue", "verify")
	last := regexp.MustCompile(`\d+:[0-9a-f]{40}`).FindString(said)
	if last == "" || !strings.Contains(said, "none is missing") {
		t.Fatalf("verify says\n%s", said)
	}
	return last
}

// keeps looks after the store. noted is from before its last events.
func (g ground) keeps(t *testing.T, noted string) {
	if got := g.done(t, "queue", "fsck"); !strings.Contains(got, "4 claims, 5 requests, ") || !strings.Contains(got, ": sound.") {
		t.Errorf("fsck says\n%s", got)
	}
	if g.last(t) == noted {
		t.Error("the last event is the one that was noted before")
	}
	if got := g.done(t, "queue", "verify", "--noted", noted); !strings.Contains(got, "is the one that was noted") {
		t.Errorf("verify says\n%s", got)
	}
	number, link, _ := strings.Cut(noted, ":")
	if got, stderr, code := g.run(t, "queue", "verify", "--noted", number+":"+strings.Repeat("0", len(link))); code != exitFailure || !strings.Contains(got, "written anew") {
		t.Errorf("verify of another chain: exit %d: %s%s", code, got, stderr)
	}
	if got, _, code := g.run(t, "queue", "verify", "--noted", "1000:"+link, "--json"); code != exitFailure || !strings.Contains(got, `"fault": "tail"`) {
		t.Errorf("verify of a log that was longer: exit %d: %s", code, got)
	}
	if got := g.done(t, "queue", "compact"); !strings.Contains(got, "The store took ") {
		t.Errorf("compact says\n%s", got)
	}
	var sizes struct{ Before, After int64 }
	if err := json.Unmarshal([]byte(g.done(t, "queue", "compact", "--json")), &sizes); err != nil || sizes.Before == 0 || sizes.After == 0 || sizes.After > sizes.Before {
		t.Errorf("compact gives %+v, %v", sizes, err)
	}
	if got := g.done(t, "queue", "fsck", "--json"); !strings.Contains(got, `"sound": true`) || !strings.Contains(got, `"flaws": []`) {
		t.Errorf("fsck after compact gives\n%s", got)
	}
}

// TestQueueOfNothing runs the commands where there is nothing, and wrongly.
func TestQueueOfNothing(t *testing.T) {
	c, h := openHomeOn(t, "bolt")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DALEL_DATA", c.Data)
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"list"}, 0, "The queue is empty"},
		{[]string{"list", "--escalated"}, 0, "no claims at all yet"},
		{[]string{"fsck"}, 0, "0 claims, 0 requests, 0 events, 0 index entries: sound"},
		{[]string{"verify"}, 0, "log is empty"},
		{[]string{"list", "--limit", "0"}, exitUsage, "--limit"},
		{[]string{"list", "--damaged", "--lang", "kk"}, exitUsage, "--damaged"},
		{[]string{"list", "--state", "lost"}, exitUsage, "--state"},
		{[]string{"show", "../../etc/passwd"}, exitUsage, "no claim's ID"},
		{[]string{"requeue", string(claims.IDOf("en", "x"))}, exitUsage, "--why"},
		{[]string{"verify", "--noted", "12"}, exitUsage, "N:LINK"},
		{[]string{"list", "--data", t.TempDir()}, exitFailure, "nothing is kept in"},
		{[]string{"list", "--store-replicas", "-2"}, exitUsage, "--store-replicas"},
	} {
		stdout, stderr, code := operator(t, append([]string{"queue"}, tt.args...)...)
		if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
			t.Errorf("queue %v: exit %d, want %d: %s%s", tt.args, code, tt.code, stdout, stderr)
		}
	}
}

// TestInLine keeps what people send from moving the cursor.
func TestInLine(t *testing.T) {
	for text, want := range map[string]string{
		"one  line":                       "one line",
		"two\r\nlines\tand a tab":         "two lines and a tab",
		"\x1b[31mred\x1b[0m \x07bell":     "[31mred [0m bell",
		"Қазақша, по-русски 🐐":            "Қазақша, по-русски 🐐",
		"right to left \u202egnp.exe":     "right to left gnp.exe",
		"torn \xff\xfe bytes\u0085\u200b": "torn \ufffd bytes",
	} {
		if got := inLine(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// TestOperatorOnACluster moves an embedded store into a Redis Cluster and looks after it there.
func TestOperatorOnACluster(t *testing.T) {
	cluster, err := faults.StartCluster(t.Context(), t.TempDir(), false)
	if errors.Is(err, faults.ErrNoRedis) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Close() })
	file, g := backedUp(t)
	g.flags = []string{"--data", t.TempDir(), "--store", cluster.URL()}
	g.done(t, "restore", file)
	if got := g.done(t, "queue", "list"); !strings.Contains(got, string(g.queued)) || !strings.Contains(got, string(g.other)) {
		t.Errorf("the queue is\n%s", got)
	}
	noted := g.last(t)
	g.moves(t)
	g.keeps(t, noted)
	g.done(t, "backup", file+".again")
}

// TestOperatorBesideAProcess runs the built program's commands beside a server that is a process of its own.
func TestOperatorBesideAProcess(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, freeAddr(t))
	asked := newCaller(s.base, "").want(t, http.StatusOK, "POST", "/v1/checks", map[string]any{"text": unheard})
	id, file := asked.str("claim", "id"), filepath.Join(t.TempDir(), "dalel.backup")
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"queue", "list"}, 0, id},
		{[]string{"queue", "show", id}, 0, "rusty samovar"},
		{[]string{"queue", "requeue", id, "--why=-- again"}, exitFailure, "it is queued"},
		{[]string{"queue", "fsck", "--repair"}, 0, "1 claim, 1 request, 1 event, 1 index entry: sound."},
		{[]string{"backup", file}, 0, "Backed up 1 claim, 1 request, 1 event, 1 account: "},
		{[]string{"restore", file}, exitFailure, "stop it, then restore"},
	} {
		stdout, stderr, code := dalel(t, "", append(tt.args, "--data", data)...)
		if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
			t.Errorf("%v: exit %d, want %d: %s%s", tt.args, code, tt.code, stdout, stderr)
		}
	}
	s.kill()
	if stdout, stderr, code := dalel(t, "", "queue", "list", "--data", data); code != 0 || !strings.Contains(stdout, id) {
		t.Errorf("after the server was killed: exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, stderr, code := dalel(t, "", "restore", "--data", t.TempDir(), file); code != 0 || !strings.Contains(stdout, "Restored 1 claim, 1 request") {
		t.Errorf("restore: exit %d: %s%s", code, stdout, stderr)
	}
}
