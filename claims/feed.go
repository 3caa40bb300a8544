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
	n, err := newsOf(ctx, f.Store, place, limit, wait, Event.touchesReview)
	if err != nil {
		return index.Batch{}, place, err
	}
	var b index.Batch
	if n.over {
		b.Clear = []index.Kind{index.KindReview}
	}
	for i, c := range n.claims {
		for _, l := range index.Languages() {
			b.Delete = append(b.Delete, reviewDocumentID(n.ids[i], l))
		}
		if c != nil && c.Public() {
			b.Put = append(b.Put, ReviewDocuments(*c)...)
		}
	}
	return b, n.place, nil
}

// An OpenFeed brings the claims that wait for something to an index of their own, in which near-duplicates are found. Its places are those of Feed.
type OpenFeed struct{ Store Store }

// Name is "open claims".
func (OpenFeed) Name() string { return "open claims" }

// After gives the claims in the events after a place that are open, and takes away those that are not any more.
func (f OpenFeed) After(ctx context.Context, place string, limit int, wait time.Duration) (index.Batch, string, error) {
	n, err := newsOf(ctx, f.Store, place, limit, wait, Event.touchesText)
	if err != nil {
		return index.Batch{}, place, err
	}
	var b index.Batch
	if n.over {
		b.Clear = []index.Kind{index.KindClaim}
	}
	for i, c := range n.claims {
		if c != nil && c.Open() && c.Text != "" {
			b.Put = append(b.Put, openDocument(*c))
		} else {
			b.Delete = append(b.Delete, string(n.ids[i]))
		}
	}
	return b, n.place, nil
}

// openDocument is an open claim as its index keeps it.
func openDocument(c Claim) index.Document {
	text := cut(c.Text, comparedAtMost)
	doc := index.Document{ID: string(c.ID), Kind: index.KindClaim, Title: cut(text, 100), Lang: c.Lang, Version: 1, Claim: string(c.ID),
		Passages: []index.Passage{{Text: text, Kind: index.PassageClaim}}}
	for _, w := range c.Wordings {
		if w.Lang == c.Lang && w.Text != "" {
			doc.Heard = append(doc.Heard, cut(w.Text, comparedAtMost))
		}
	}
	return doc
}

// news is what a feed reads of the event log: the claims of some events, nil where there is none, and the place behind them.
type news struct {
	ids    []ID
	claims []*Claim
	over   bool // the log starts over
	place  string
}

func newsOf(ctx context.Context, s Store, place string, limit int, wait time.Duration, touches func(Event) bool) (news, error) {
	epoch, head, err := s.Head(ctx)
	if err != nil {
		return news{}, err
	}
	var n news
	after, known := parsePlace(place, epoch, head)
	if !known {
		n.over = true
		wait = 0
	}
	events, err := s.Events(ctx, after, limit, wait)
	if err != nil {
		return news{}, err
	}
	for _, e := range events {
		after = e.Seq
		if touches(e) && !slices.Contains(n.ids, e.Claim) {
			n.ids = append(n.ids, e.Claim)
		}
	}
	n.place = fmt.Sprintf("%s/%d", epoch, after)
	n.claims, err = s.Get(ctx, n.ids...)
	return n, err
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
	case EventPublished, EventRetracted, EventReopened, EventRequeued, EventDuplicate, EventWithdrawn, EventUnmerged, EventParted, EventMerged, EventJoined:
		return true
	}
	return false
}

// touchesText reports whether a claim may have become open or closed, or may be put in other words, by an event.
func (e Event) touchesText() bool {
	switch e.Kind {
	case EventTaken, EventRenewed, EventReleased, EventExpired, EventFreed, EventSaved, EventFeedback, EventRejected, EventErased:
		return false
	}
	return true
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
	for _, w := range c.words() {
		if w.Lang == language && w.Text != "" {
			doc.Heard = append(doc.Heard, w.Text)
		}
	}
	if s := c.Review.Summary[language]; s != "" {
		doc.Passages = append(doc.Passages, index.Passage{Text: s, Kind: index.PassageAnswer})
	}
	return doc
}
