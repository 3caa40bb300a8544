package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// maxOffset is how deep a search can be paged: the index goes no deeper.
const maxOffset = 1000

// search finds passages.
func (s *Server) search(c *gin.Context) error {
	p := &params{c: c}
	q := index.Query{Text: p.text("q", claims.MaxText), Lang: p.lang(), Source: p.text("source", maxTopic), Limit: p.limit("limit"),
		Offset: p.offset()}
	kinds := []index.Kind{index.KindGuidance, index.KindSummary, index.KindReview}
	if kind := oneOf(p, "kind", kinds); kind != "" {
		q.Kinds = []index.Kind{kind}
	}
	since := p.time("since")
	if strings.TrimSpace(q.Text) == "" {
		p.wrong("q", claims.ProblemRequired, 0)
	}
	if p.err != nil {
		return p.err
	}
	hits, err := s.cfg.Index.Search(c.Request.Context(), q)
	if err != nil {
		return fmt.Errorf("api: search: %w", err)
	}
	next := ""
	if to := q.Offset + q.Limit; len(hits) == q.Limit && to <= maxOffset {
		next = "o" + strconv.Itoa(to)
	}
	hits = slices.DeleteFunc(hits, func(h index.Hit) bool { return !since.IsZero() && before(h.Document, since) })
	items, err := s.found(c.Request.Context(), s.reader(c), hits)
	if err != nil {
		return err
	}
	return publicJSON(c, "", listed(s, c, items, next))
}

// offset is the cursor of a search: the index pages by number.
func (p *params) offset() int {
	cursor := p.cursor()
	if cursor == "" {
		return 0
	}
	number, ok := strings.CutPrefix(cursor, "o")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 || n > maxOffset {
		p.wrong("cursor", claims.ProblemFormat, 0)
		return 0
	}
	return n
}

// before reports whether what a page says of itself is older than a moment. A page that states no date may be.
func before(d index.Document, since time.Time) bool {
	date := d.Modified
	if date == "" {
		date = d.Published
	}
	t, err := date.Time()
	return err != nil || t.Before(since)
}

// found makes matches of hits. A review that does not stand any more is left out; when the store cannot be asked, what the index has
// stands.
func (s *Server) found(ctx context.Context, r reader, hits []index.Hit) ([]matchJSON, error) {
	var items []matchJSON
	for _, h := range hits {
		m := claims.Match{Kind: claims.MatchGuidance, Hit: h}
		if h.Document.Kind == index.KindReview {
			m.Kind = claims.MatchReview
			claim, err := s.desk.Review(ctx, claims.ID(h.Document.Claim))
			if errors.Is(err, claims.ErrNotFound) || err == nil && !claim.Public() {
				continue
			}
			if err != nil && !errors.Is(err, claims.ErrUnavailable) {
				return nil, err
			}
			m.Offered = err == nil && !claim.Asserted(s.cfg.Now())
		}
		items = append(items, r.match(m))
	}
	return items, nil
}

// sourceJSON is a source of the register.
type sourceJSON struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Names     map[string]string `json:"names,omitempty"`
	Kind      string            `json:"kind"`
	Langs     []string          `json:"langs,omitempty"`
	Start     []string          `json:"start,omitempty"`
	State     string            `json:"state,omitempty"`
	LastCrawl *time.Time        `json:"lastCrawl,omitempty"`
	Pages     int               `json:"pages"`     // crawled pages that can be quoted
	Summaries int               `json:"summaries"` // our summaries of its pages
}

// listSources gives the register with what is known of each source.
func (s *Server) listSources(c *gin.Context) error {
	ctx := c.Request.Context()
	counts, err := s.cfg.Index.Count(ctx)
	if err != nil {
		return fmt.Errorf("api: sources: %w", err)
	}
	var known map[string]SourceInfo
	if s.cfg.SourceInfo != nil {
		if known, err = s.cfg.SourceInfo(ctx); err != nil {
			return fmt.Errorf("api: sources: %w", err)
		}
	}
	r := s.reader(c)
	var items []sourceJSON
	for _, source := range s.cfg.Sources {
		info := known[source.ID]
		items = append(items, sourceJSON{ID: source.ID, Name: source.NameIn(r.lang), Names: maps.Clone(source.Name), Kind: source.Kind,
			Langs: info.Langs, Start: info.Start, State: info.State, LastCrawl: when(info.LastCrawl),
			Pages: counts[index.KindGuidance][source.ID], Summaries: counts[index.KindSummary][source.ID]})
	}
	return publicJSON(c, "", listed(s, c, items, ""))
}
