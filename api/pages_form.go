package api

import (
	"cmp"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// A workForm is everything that a form of the claim's page may send. Every button of the page sends all of it, so nothing that was
// typed is lost, whichever is pressed.
type workForm struct {
	Work       bool // the form with the finding was sent
	Token      int64
	Statement  string
	Verdict    string
	Summary    map[string]string
	Evidence   []formEvidence
	Topic      string
	Techniques []string
	ValidUntil string // as typed
	Search     string
	New        formEvidence // by its address
	remarks
}

// remarks are what the page's smaller forms send.
type remarks struct {
	CloseReason, Note, DuplicateOf string
	EscalateReason                 string
	Proposal                       int64  // that the second reviewer saw
	Comment                        string // of the second reviewer
	Reason, RetractReason          string // of an editor
}

// A formEvidence is a piece of evidence in the form, with what is shown of it.
type formEvidence struct {
	Passage, URL, Title, Publisher, Stance, Quote string

	Source, Shown, Host, Lang string
	Summary                   bool
}

// readForm reads the form as it was sent.
func readForm(c *gin.Context) workForm {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(c.PostForm(name), 10, 64)
		if err != nil {
			return 0 // a token that is none holds no lease: the desk says so
		}
		return n
	}
	text := func(name string) string { return strings.TrimSpace(printable(formText(c, name))) }
	f := workForm{Work: c.PostForm("work") != "", Token: number("token"), Statement: text("statement"), Verdict: text("verdict"), Summary: map[string]string{}, Topic: text("topic"),
		Techniques: texts(c.PostFormArray("techniques")), ValidUntil: text("validUntil"), Search: cut(text("find"), 500),
		New: formEvidence{URL: text("new-url"), Publisher: text("new-publisher"), Quote: text("new-quote")},
		remarks: remarks{CloseReason: text("closeReason"), Note: text("note"), DuplicateOf: text("duplicateOf"),
			EscalateReason: text("escalateReason"), Proposal: number("proposal"), Comment: text("comment"), Reason: text("reason"),
			RetractReason: text("retractReason")}}
	for _, l := range pageLanguages() {
		if s := text("summary-" + l); s != "" {
			f.Summary[l] = s
		}
	}
	for i := range claims.MaxEvidence + 1 {
		if _, sent := c.GetPostForm(field(i, "passage")); !sent {
			break
		}
		f.Evidence = append(f.Evidence, formEvidence{Passage: text(field(i, "passage")), URL: text(field(i, "url")),
			Title: text(field(i, "title")), Publisher: text(field(i, "publisher")), Stance: text(field(i, "stance")), Quote: text(field(i, "quote"))})
	}
	return f
}

// texts are values as they may be kept and shown.
func texts(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = printable(v)
	}
	return out
}

// finding is what the form proposes. It gives *claims.InvalidError for a date that is none.
func (f workForm) finding() (claims.Finding, error) {
	out := claims.Finding{Statement: f.Statement, Verdict: claims.Verdict(f.Verdict), Summary: f.Summary, Techniques: f.Techniques, Topic: f.Topic}
	if f.ValidUntil != "" {
		until, err := time.Parse(time.DateOnly, f.ValidUntil)
		if err != nil {
			return out, &claims.InvalidError{Field: "validUntil", Problem: claims.ProblemFormat}
		}
		out.ValidUntil = until
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, claims.Evidence{Passage: e.Passage, URL: e.URL, Title: e.Title, Publisher: e.Publisher,
			Stance: claims.Stance(e.Stance), Quote: e.Quote})
	}
	return out, nil
}

func tooMuchEvidence() error {
	return &claims.InvalidError{Field: "evidence", Problem: claims.ProblemTooMany, Limit: claims.MaxEvidence}
}

// add makes the page that was typed by its address a piece of evidence.
func (f *workForm) add() error {
	switch u, err := url.Parse(f.New.URL); {
	case len(f.Evidence) >= claims.MaxEvidence:
		return tooMuchEvidence()
	case f.New.URL == "":
		return &claims.InvalidError{Field: "new-url", Problem: claims.ProblemRequired}
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
		return &claims.InvalidError{Field: "new-url", Problem: claims.ProblemFormat}
	case f.New.Quote == "":
		return &claims.InvalidError{Field: "new-quote", Problem: claims.ProblemRequired}
	}
	f.New.Stance = string(stanceFor(claims.Verdict(f.Verdict)))
	f.Evidence = append(f.Evidence, f.New)
	f.New = formEvidence{}
	return nil
}

// addTyped is add where anything was typed.
func (f *workForm) addTyped() error {
	if f.New == (formEvidence{}) {
		return nil
	}
	return f.add()
}

// whole is finding with what was typed beside it and not added yet.
func (f *workForm) whole() (claims.Finding, error) {
	if err := f.addTyped(); err != nil {
		return claims.Finding{}, err
	}
	return f.finding()
}

// formOf is the work form of a claim: its draft, else the review that is to be looked at again.
func formOf(c claims.Claim) workForm {
	f := workForm{Topic: c.Topic, Summary: map[string]string{}}
	if c.Lease != nil {
		f.Token = c.Lease.Token
	}
	switch {
	case c.Draft != nil:
		d := *c.Draft
		f.Topic, f.Statement = cmp.Or(d.Topic, c.Topic), d.Statement
		f.fill(d.Verdict, d.Summary, d.Evidence, d.Techniques, d.ValidUntil)
	case c.Review != nil:
		r := *c.Review
		f.Statement = r.Statement
		f.fill(r.Verdict, r.Summary, r.Evidence, r.Techniques, time.Time{}) // the date to look again is to be set anew
	}
	if f.Statement == "" && utf8.RuneCountInString(c.Text) <= claims.MaxStatement {
		f.Statement = c.Text // most rumours need no other words
	}
	return f
}

func (f *workForm) fill(v claims.Verdict, summary map[string]string, evidence []claims.Evidence, techniques []string, until time.Time) {
	f.Verdict, f.Techniques = string(v), techniques
	maps.Copy(f.Summary, summary)
	if !until.IsZero() {
		f.ValidUntil = until.UTC().Format(time.DateOnly)
	}
	for _, e := range evidence {
		f.Evidence = append(f.Evidence, formEvidence{Passage: e.Passage, URL: e.URL, Title: e.Title, Publisher: e.Publisher, Stance: string(e.Stance),
			Quote: e.Quote})
	}
}

// field is the name and id of a part of a piece of evidence.
func field(i int, part string) string { return "evidence-" + strconv.Itoa(i) + "-" + part }
