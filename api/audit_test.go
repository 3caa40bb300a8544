package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dalel/claims"
)

// table reads a table of the audit.
func table(t *testing.T, r reply) [][]string {
	t.Helper()
	body, bom := strings.CutPrefix(string(r.body), "\ufeff")
	if !bom {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := []string{"number", "at", "kind", "claim", "from", "to", "before", "after", "by", "role", "note"}
	if d := cmp.Diff(header, rows[0]); d != "" {
		t.Errorf("the header (-want +got):\n%s", d)
	}
	return rows[1:]
}

// auditLine is a line of the audit.
type auditLine struct {
	Number                int64
	At                    *time.Time
	Kind, Claim, From, To string
	Before, After         int64
	By, Role, Note        string
}

// row is a line as the table has it.
func (l auditLine) row() []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{number(l.Number), l.At.Format(time.RFC3339Nano), l.Kind, l.Claim, l.From, l.To, number(l.Before), number(l.After), l.By, l.Role, l.Note}
}

func lines(t *testing.T, r reply) (out []auditLine) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	for {
		var l auditLine
		err := d.Decode(&l)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("%v: %s", err, r.body)
		}
		out = append(out, l)
	}
}

func TestAudit(t *testing.T) {
	s := newSite(t, siteOptions{})
	reviewer, editor, admin := s.account("R", claims.RoleReviewer), s.account("E", claims.RoleEditor), s.account("A", claims.RoleAdmin)
	first := s.clock.Now()
	at := "/v1/claims/" + s.queueRumour().Claim.ID
	s.clock.Advance(24 * time.Hour)
	s.send(call{method: "POST", path: at + "/escalate", token: reviewer, body: map[string]any{"reason": "=cmd|' /C calc'!A0; @SUM(1)"}, want: 204})
	s.clock.Advance(24 * time.Hour)
	last := s.clock.Now()
	s.send(call{method: "POST", path: at + "/deescalate", token: editor, body: map[string]any{"reason": "не опасно, \"проверено\"\nдважды"}, want: 200})

	r := s.send(call{method: "GET", path: "/v1/audit.csv", token: editor, want: 200})
	for name, want := range map[string]string{"Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store",
		"Content-Disposition": `attachment; filename="dalel-audit.csv"`} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	rows := table(t, r)
	if len(rows) != 3 || rows[0][2] != "submitted" || rows[1][2] != "escalated" || rows[2][2] != "deescalated" {
		t.Fatalf("the table is %q", rows)
	}
	if got, want := rows[1][10], "'=cmd|' /C calc'!A0; '@SUM(1)"; got != want {
		t.Errorf("a formula is %q, want %q", got, want)
	}

	r = s.send(call{method: "GET", path: "/v1/audit.ndjson", token: admin, want: 200})
	if got, want := r.header.Get("Content-Type"), "application/x-ndjson"; got != want {
		t.Errorf("Content-Type %q, want %q", got, want)
	}
	events := lines(t, r)
	if len(events) != len(rows) {
		t.Fatalf("%d lines, %d rows", len(events), len(rows))
	}
	for i, e := range events {
		want := e.row()
		if i == 1 {
			if want[10] = "'" + strings.ReplaceAll(want[10], "; @", "; '@"); e.By == "" || e.Role != "reviewer" || e.Before != 1 || e.After != 2 || !e.At.Equal(first.Add(24*time.Hour)) {
				t.Errorf("the line is %+v", e)
			}
		}
		if d := cmp.Diff(want, rows[i]); d != "" {
			t.Errorf("line and row %d differ (-line +row):\n%s", i, d)
		}
	}

	for _, test := range []struct {
		query, name string
		want        []string
	}{
		{"since=2026-03-03", "-since-2026-03-03", []string{"escalated", "deescalated"}},
		{"until=2026-03-03", "-until-2026-03-03", []string{"submitted"}},
		{"since=2026-03-03&until=2026-03-04", "-since-2026-03-03-until-2026-03-04", []string{"escalated"}},
		{"since=" + last.Format(time.RFC3339), "-since-2026-03-04T090000Z", []string{"deescalated"}},
		{"until=" + last.Format(time.RFC3339), "-until-2026-03-04T090000Z", []string{"submitted", "escalated"}},
		{"since=2027-01-01", "-since-2027-01-01", nil},
		{"since=2026-03-04&until=2026-03-03", "-since-2026-03-04-until-2026-03-03", nil},
	} {
		for form, kindsOf := range map[string]func(reply) []string{
			"csv": func(r reply) (out []string) {
				for _, row := range table(t, r) {
					out = append(out, row[2])
				}
				return out
			},
			"ndjson": func(r reply) (out []string) {
				for _, l := range lines(t, r) {
					out = append(out, l.Kind)
				}
				return out
			},
		} {
			r := s.send(call{method: "GET", path: "/v1/audit." + form + "?" + test.query, token: admin, want: 200})
			if d := cmp.Diff(test.want, kindsOf(r)); d != "" {
				t.Errorf("%s of %s (-want +got):\n%s", form, test.query, d)
			}
			if got, want := r.header.Get("Content-Disposition"), `attachment; filename="dalel-audit`+test.name+"."+form+`"`; got != want {
				t.Errorf("%s: %s, want %s", test.query, got, want)
			}
		}
	}

	for _, form := range []string{"csv", "ndjson"} {
		if p := s.send(call{method: "GET", path: "/v1/audit." + form, token: reviewer, want: 403}).problem(); p.Code != "forbidden" {
			t.Errorf("a reviewer gets %+v", p)
		}
		r := s.send(call{method: "GET", path: "/v1/audit." + form + "?until=yesterday", token: editor, want: 400})
		if p := r.problem(); p.Code != "invalid_parameter" || r.header.Get("Content-Disposition") != "" {
			t.Errorf("until=yesterday gives %+v", p)
		}
		if r := s.send(call{method: "HEAD", path: "/v1/audit." + form, token: editor, want: 200}); r.header.Get("Content-Disposition") == "" || len(r.body) > 0 {
			t.Errorf("HEAD gives %v and %q", r.header, r.body)
		}
	}
}

// An audit that cannot be finished is a problem while nothing of it is out, and then breaks off: it never looks whole.
func TestAuditThroughAnOutage(t *testing.T) {
	var w *watched
	s := newSite(t, siteOptions{store: watch(&w)})
	editor := s.account("E", claims.RoleEditor)
	const all = 3000
	happen(t, s.store, all)
	for _, form := range []string{"csv", "ndjson"} {
		whole := s.send(call{method: "GET", path: "/v1/audit." + form, token: editor, want: 200})
		if n := bytes.Count(whole.body, []byte("feedback")); n != all {
			t.Errorf("%s: %d events, want %d", form, n, all)
		}

		w.off.Store(true)
		r := s.send(call{method: "GET", path: "/v1/audit." + form, token: editor, want: 503})
		if p := r.problem(); p.Code != "unavailable" || r.header.Get("Content-Disposition") != "" || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %+v, %v", form, p, r.header)
		}
		w.off.Store(false)

		w.failsAfter.Store(all / 2)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/audit."+form, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+editor)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil {
			t.Errorf("%s: the store failed half way, and %d bytes look whole", form, len(got))
		}
		if len(got) == 0 || !bytes.HasPrefix(whole.body, got) {
			t.Errorf("%s: what came is not the beginning of the whole: %.200q", form, got)
		}
		w.failsAfter.Store(0)
	}
	if !strings.Contains(s.log.String(), "audit cut off") {
		t.Error("the log does not tell of it")
	}
}
