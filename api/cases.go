package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// caseJSON is a public review prepared for teaching. It has nothing of those who asked, nor of those who reviewed.
type caseJSON struct {
	ID           string            `json:"id"`
	Claim        string            `json:"claim"`
	Lang         string            `json:"lang"`
	Topic        string            `json:"topic,omitempty"`
	Verdict      string            `json:"verdict"`
	VerdictLabel string            `json:"verdictLabel"`
	Summaries    map[string]string `json:"summaries"`
	Techniques   []string          `json:"techniques,omitempty"`
	Evidence     []evidenceJSON    `json:"evidence"`
	Published    *time.Time        `json:"published,omitempty"`
	URL          string            `json:"url"`
}

// cases reads the filters and gives the cases they choose.
func (s *Server) cases(c *gin.Context) (items []caseJSON, next string, err error) {
	p := &params{c: c}
	sel := p.selection()
	sel.Limit = p.limit("n")
	seed := p.number("seed", 0, math.MaxInt64, 0)
	if p.err != nil {
		return nil, "", p.err
	}
	cs, cursor, err := s.desk.Cases(c.Request.Context(), sel, uint64(seed))
	if err != nil {
		return nil, "", badCursor(err)
	}
	r := s.reader(c)
	for _, each := range cs {
		v := r.review(each)
		items = append(items, caseJSON{ID: v.ID, Claim: v.Claim, Lang: v.ClaimLang, Topic: v.Topic, Verdict: v.Verdict,
			VerdictLabel: v.VerdictLabel, Summaries: v.Summaries, Techniques: v.Techniques, Evidence: v.Evidence,
			Published: v.Published, URL: v.URL})
	}
	return items, string(cursor), nil
}

// listCases gives cases as JSON.
func (s *Server) listCases(c *gin.Context) error {
	items, next, err := s.cases(c)
	if err != nil {
		return err
	}
	return publicJSON(c, "", listed(s, c, items, next))
}

// caseColumns are the columns of the table.
func caseColumns() []string {
	return []string{"id", "claim", "lang", "topic", "verdict", "verdict_label", "summary_en", "summary_ru", "summary_kk",
		"techniques", "published", "sources", "url"}
}

// casesCSV gives the same cases as a table for spreadsheets: RFC 4180, UTF-8 with a byte order mark, without which Excel takes Cyrillic
// for another encoding.
func (s *Server) casesCSV(c *gin.Context) error {
	items, next, err := s.cases(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{caseColumns()}
	for _, each := range items {
		published := ""
		if each.Published != nil {
			published = each.Published.Format(time.RFC3339)
		}
		var sources []string
		for _, e := range each.Evidence {
			sources = append(sources, e.URL)
		}
		rows = append(rows, []string{each.ID, each.Claim, each.Lang, each.Topic, each.Verdict, each.VerdictLabel,
			each.Summaries["en"], each.Summaries["ru"], each.Summaries["kk"], strings.Join(each.Techniques, " "), published,
			strings.Join(sources, " "), each.URL})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := w.Write(row); err != nil {
			return fmt.Errorf("api: cases: %w", err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("api: cases: %w", err)
	}
	listed(s, c, items, next) // for its Link: a table has no member for the next page
	c.Header("Content-Disposition", `attachment; filename="dalel-cases.csv"`)
	return public(c, "", "text/csv; charset=utf-8", b.Bytes())
}

// hidden is what begins a formula inside a cell for a spreadsheet that takes semicolons or tabs for the ends of cells, as Excel does in Russian and Kazakh.
var hidden = regexp.MustCompile(`([;\t]\s*)([=+\-@])`)

// harmless keeps a spreadsheet from taking a cell, or a part of it, for a formula: an apostrophe goes before what begins like one.
//
// Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		cell = "'" + cell
	}
	return hidden.ReplaceAllString(cell, "$1'$2")
}
