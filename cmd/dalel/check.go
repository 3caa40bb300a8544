package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"dalel/claims"
)

type checkCmd struct {
	Common
	Text      string `arg:"" help:"The rumour, or - to read it from standard input."`
	In        string `help:"Language of the rumour: en, ru or kk. Default: the text decides." enum:"en,ru,kk," default:""`
	Lang      string `help:"Language of the answer." enum:"en,ru,kk" default:"en"`
	Forwarded bool   `help:"The message was marked as forwarded many times."`
	JSON      bool   `help:"Print the answer as JSON."`
}

// passage is what an answer quotes, as the service shows it.
type passage struct {
	Text    string   `json:"text"`
	Heading []string `json:"heading"`
}

// match is one thing that bears on a rumour.
type match struct {
	Kind    string `json:"kind"`
	Band    string `json:"band"`
	Summary bool   `json:"summary"`
	Source  struct {
		Name string `json:"name"`
	} `json:"source"`
	Title     string  `json:"title"`
	URL       string  `json:"url"`
	Published string  `json:"published"`
	Modified  string  `json:"modified"`
	Fetched   string  `json:"fetched"`
	Passage   passage `json:"passage"`
}

// answer is a check.
type answer struct {
	Ticket  string  `json:"ticket"`
	Outcome string  `json:"outcome"`
	Advice  string  `json:"advice"`
	Matches []match `json:"matches"`
	Review  *struct {
		VerdictLabel string `json:"verdictLabel"`
		Summary      string `json:"summary"`
		URL          string `json:"url"`
	} `json:"review"`
}

// Run checks a rumour and prints the answer.
func (c checkCmd) Run(p program) error {
	text, err := c.text(p.stdin)
	if err != nil {
		return err
	}
	body := map[string]any{"text": text, "forwarded": c.Forwarded}
	if c.In != "" {
		body["lang"] = c.In
	}
	conn, err := c.connect(p, c.Lang)
	if err != nil {
		return err
	}
	b, err := conn.do(p.ctx, http.MethodPost, "/v1/checks", nil, body)
	if refused, ok := errors.AsType[*problem](err); ok && len(refused.Check) > 0 { // answered, but not stored
		b = refused.Check
	}
	if len(b) > 0 {
		err = errors.Join(c.print(p.stdout, b), err)
	}
	return errors.Join(err, conn.Close())
}

// print writes a check as it was asked for.
func (c checkCmd) print(w io.Writer, b []byte) error {
	if c.JSON {
		return printJSON(w, b)
	}
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	return a.print(w, c.Lang)
}

// text is the rumour, from standard input where it is "-".
func (c checkCmd) text(stdin io.Reader) (string, error) {
	if c.Text != "-" {
		return c.Text, nil
	}
	b, err := io.ReadAll(io.LimitReader(stdin, 4*claims.MaxText+1))
	if err != nil {
		return "", fmt.Errorf("standard input: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// print writes an answer for reading.
func (a answer) print(w io.Writer, lang string) error {
	var out strings.Builder
	if r := a.Review; r != nil {
		fmt.Fprintf(&out, "%s\n", strings.ToUpper(r.VerdictLabel))
		fmt.Fprintf(&out, "%s\n%s\n", wrapped(r.Summary, ""), r.URL)
	}
	fmt.Fprintf(&out, "%s\n", wrapped(a.Advice, ""))
	for _, m := range a.Matches {
		if m.Kind == "review" {
			continue
		}
		out.WriteString("\n" + m.text(lang))
	}
	if a.Ticket != "" {
		fmt.Fprintf(&out, "\n[%s] %s\n", a.Outcome, a.Ticket)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// labels are the words around a match in the terminal.
type labels struct{ quoted, summary, published, updated, seen string }

func labelsIn(lang string) labels {
	switch lang {
	case "ru":
		return labels{"цитата:", "наше изложение:", "опубликовано", "обновлено", "просмотрено"}
	case "kk":
		return labels{"дәйексөз:", "біздің қысқаша мазмұндауымыз:", "жарияланған", "жаңартылған", "қаралған"}
	}
	return labels{"quoted from", "our summary of", "published", "updated", "seen"}
}

// text is a match for reading: whose words they are, from when, and where.
func (m match) text(lang string) string {
	say := labelsIn(lang)
	quote, kind, from := "“"+m.Passage.Text+"”", say.quoted, m.Source.Name
	if m.Summary {
		quote, kind = m.Passage.Text, say.summary
	}
	for _, d := range []struct{ what, when string }{{say.published, m.Published}, {say.updated, m.Modified}, {say.seen, m.Fetched}} {
		if d.when != "" {
			from += fmt.Sprintf(", %s %s", d.what, firstOf(d.when, len("2006-01-02")))
		}
	}
	return fmt.Sprintf("  %s (%s)\n%s\n  %s %s\n  %s\n", m.Title, m.Band, wrapped(quote, "    "), kind, from, m.URL)
}

func firstOf(s string, n int) string { return s[:min(len(s), n)] }

// wrapped breaks a text into lines of at most 100 characters.
func wrapped(text, indent string) string {
	var lines []string
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len([]rune(line))+len([]rune(word)) >= 100 && line != indent {
			lines = append(lines, strings.TrimRight(line, " "))
			line = indent
		}
		line += word + " "
	}
	return strings.Join(append(lines, strings.TrimRight(line, " ")), "\n")
}

// printJSON writes a JSON text with indentation.
func printJSON(w io.Writer, b []byte) error {
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err := out.WriteTo(w)
	return err
}

// printValue writes a value as JSON.
func printValue(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return printJSON(w, b)
}
