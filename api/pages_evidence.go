package api

import (
	"net/url"
	"strings"
	"time"

	"dalel/claims"
	"dalel/index"
)

// A card is a piece of evidence as pages show it. What the source does not state is empty and not shown.
type card struct {
	Source, Kind, Title string
	Publisher           string // who carries the page, where that is another than the source
	URL, Host           string
	Lang, Language      string
	Published           index.Date
	Modified            index.Date
	Fetched             index.Date
	Old                 bool   // nothing on it is younger than oldAfter
	Summary             bool   // ours, not a quotation
	Stance, Strength    string // in words
	Text                []piece
}

// A piece is a part of a text, marked where it matched.
type piece struct {
	Text   string
	Marked bool
}

// oldAfter is the age from which a source is called old.
const oldAfter = 2 * 365 * 24 * time.Hour

// hitCard is the card of a hit.
func (s *Server) hitCard(language string, h index.Hit) card {
	d := h.Document
	c := card{Source: s.sourceName(language, d.Source, d.Publisher, d.URL), Kind: s.sourceKind(language, d.Source), Title: d.Title,
		Publisher: s.carrier(d.Source, d.Publisher), URL: d.URL, Lang: d.Lang, Published: d.Published, Modified: d.Modified, Fetched: d.Fetched,
		Summary: d.Kind == index.KindSummary, Text: pieces(h.Passage.Text, h.Highlights)}
	return s.finish(language, c)
}

// evidenceCard is the card of a review's evidence.
func (s *Server) evidenceCard(language string, e claims.Evidence) card {
	c := card{Source: s.sourceName(language, e.Source, e.Publisher, e.URL), Kind: s.sourceKind(language, e.Source), Title: e.Title,
		Publisher: s.carrier(e.Source, e.Publisher), URL: e.URL, Lang: e.Lang, Published: e.Published, Modified: e.Modified, Fetched: e.Fetched,
		Summary: e.Summary, Stance: s.say(language, "stance."+string(e.Stance), nil), Text: []piece{{Text: e.Quote}}}
	return s.finish(language, c)
}

func (s *Server) evidenceCards(language string, evidence []claims.Evidence) []card {
	cards := make([]card, len(evidence))
	for i, e := range evidence {
		cards[i] = s.evidenceCard(language, e)
	}
	return cards
}

// finish fills in what follows from the rest.
func (s *Server) finish(language string, c card) card {
	c.Host = hostOf(c.URL)
	if isLang(c.Lang) {
		c.Language = s.say(language, "language."+c.Lang, nil)
	}
	if c.Published == c.Modified {
		c.Modified = ""
	}
	c.Old = isOld(s.cfg.Now(), c.Published, c.Modified, c.Fetched)
	return c
}

// isOld reports whether the youngest of the dates that are known is older than oldAfter. When a page was seen counts only if it
// states no date itself.
func isOld(now time.Time, published, modified, fetched index.Date) bool {
	var youngest time.Time
	for _, d := range []index.Date{published, modified} {
		if t, err := d.Time(); err == nil && t.After(youngest) {
			youngest = t
		}
	}
	if youngest.IsZero() {
		var err error
		if youngest, err = fetched.Time(); err != nil {
			return false
		}
	}
	return now.Sub(youngest) > oldAfter
}

// sourceName is how a page names a source: the register's name, else who carries the page, else the host.
func (s *Server) sourceName(language, id, publisher, address string) string {
	if source, ok := s.sources[id]; ok {
		return source.NameIn(language)
	}
	for _, name := range []string{publisher, hostOf(address), id} {
		if name != "" {
			return name
		}
	}
	return ""
}

// carrier is who carries a page of a source, where that is somebody else.
func (s *Server) carrier(id, publisher string) string {
	source, ok := s.sources[id]
	if !ok {
		return ""
	}
	for _, name := range source.Name {
		if bare(publisher) == bare(name) {
			return ""
		}
	}
	return publisher
}

// bare is a name without what it has in brackets at its end: "World Health Organization (WHO)".
func bare(name string) string {
	name, _, _ = strings.Cut(name, " (")
	return name
}

// sourceKind is the kind of a source of the register in words, or empty.
func (s *Server) sourceKind(language, id string) string {
	if source, ok := s.sources[id]; ok {
		return s.say(language, "kind."+source.Kind, nil)
	}
	return ""
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// pieces cuts a text at its highlights, which count in code points. Spans that do not fit the text are left out.
func pieces(text string, spans []index.Span) []piece {
	runes := []rune(text)
	var out []piece
	at := 0
	for _, span := range spans {
		if span.Start < at || span.End <= span.Start || span.End > len(runes) {
			continue
		}
		if span.Start > at {
			out = append(out, piece{Text: string(runes[at:span.Start])})
		}
		out = append(out, piece{Text: string(runes[span.Start:span.End]), Marked: true})
		at = span.End
	}
	if at < len(runes) || len(out) == 0 {
		out = append(out, piece{Text: string(runes[at:])})
	}
	return out
}
