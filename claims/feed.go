package claims

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"dalel/index"
)

// A Feed brings published reviews to an index that follows it: the store's event log, read for the claims whose public review may have
// changed. Its places are "epoch/number".
type Feed struct{ Store Store }

// Name is "reviews".
func (Feed) Name() string { return "reviews" }

// After gives the reviews of the claims in the events after a place.
func (f Feed) After(ctx context.Context, place string, limit int, wait time.Duration) (index.Batch, string, error) {
	epoch, head, err := f.Store.Head(ctx)
	if err != nil {
		return index.Batch{}, place, err
	}
	var b index.Batch
	after, known := parsePlace(place, epoch, head)
	if !known {
		b.Clear = []index.Kind{index.KindReview}
		wait = 0
	}
	events, err := f.Store.Events(ctx, after, limit, wait)
	if err != nil {
		return index.Batch{}, place, err
	}
	var ids []ID
	for _, e := range events {
		after = e.Seq
		if e.touchesReview() && !slices.Contains(ids, e.Claim) {
			ids = append(ids, e.Claim)
		}
	}
	cs, err := f.Store.Get(ctx, ids...)
	if err != nil {
		return index.Batch{}, place, err
	}
	for i, c := range cs {
		for _, l := range index.Languages() {
			b.Delete = append(b.Delete, reviewDocumentID(ids[i], l))
		}
		if c != nil && c.Public() {
			b.Put = append(b.Put, ReviewDocuments(*c)...)
		}
	}
	return b, fmt.Sprintf("%s/%d", epoch, after), nil
}

// parsePlace reads a place of this log. An empty place, one of another epoch and one past the head are not known: the log starts over.
func parsePlace(place, epoch string, head int64) (after int64, known bool) {
	of, number, found := strings.Cut(place, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || of != epoch || n < 0 || n > head {
		return 0, false
	}
	return n, true
}

func (e Event) touchesReview() bool {
	switch e.Kind {
	case EventPublished, EventRetracted, EventReopened, EventDuplicate, EventWithdrawn:
		return true
	}
	return false
}

func reviewDocumentID(id ID, language string) string { return "review:" + string(id) + ":" + language }

// ReviewDocuments are a public review as the index keeps it: a document in each language that has a summary, and one in the claim's own.
func ReviewDocuments(c Claim) []index.Document {
	languages := slices.Sorted(maps.Keys(c.Review.Summary))
	if !slices.Contains(languages, c.Lang) {
		languages = append(languages, c.Lang)
	}
	docs := make([]index.Document, 0, len(languages))
	for _, l := range languages {
		docs = append(docs, ReviewDocument(c, l))
	}
	return docs
}

// ReviewDocument is a public review in one language. The claim is a passage of its own, marked as what is reviewed; the words in which it was sent are
// matched, and not shown.
func ReviewDocument(c Claim, language string) index.Document {
	doc := index.Document{ID: reviewDocumentID(c.ID, language), Kind: index.KindReview, Topic: c.Topic, Title: c.Statement(), Lang: language,
		Published: index.DateOf(c.Review.Published), Modified: index.DateOf(c.Review.Modified), Fetched: index.DateOf(c.Review.Modified),
		Version: c.Review.Version, Verdict: string(c.Review.Verdict), Claim: string(c.ID),
		Passages: []index.Passage{{Text: c.Statement(), Kind: index.PassageClaim}}}
	if language == c.Lang && c.Text != "" {
		doc.Heard = []string{c.Text}
	}
	if s := c.Review.Summary[language]; s != "" {
		doc.Passages = append(doc.Passages, index.Passage{Text: s, Kind: index.PassageAnswer})
	}
	return doc
}
