package api

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"dalel/claims"
	"dalel/index"
)

// maxShared bounds the characters of one quotation in a text that is passed on.
const maxShared = 280

// advice says in a sentence or two what to do with the message now.
func (r reader) advice(a claims.Answer) string {
	var parts []string
	switch {
	case a.Outcome == claims.OutcomeReviewed:
		parts = append(parts, r.say("advice.reviewed."+verdictOf(a.Matches[0]), nil))
	case a.Outcome == claims.OutcomeClosed && a.Claim != nil && a.Claim.State == claims.StateRetracted:
		parts = append(parts, r.say("advice.closed.retracted", nil))
	case a.Outcome == claims.OutcomeClosed:
		parts = append(parts, r.say("advice.closed."+string(a.Reason), nil))
	case a.Outcome == claims.OutcomeQueued && offered(a) != nil:
		parts = append(parts, r.say("advice.unsettled", nil))
	default:
		parts = append(parts, r.say("advice."+string(a.Outcome), nil))
	}
	if m := offered(a); m != nil {
		parts = append(parts, r.say("advice."+whyOffered(*m), nil))
	}
	switch {
	case errors.Is(a.Unstored, claims.ErrFull):
		parts = append(parts, r.say("advice.full", nil))
	case a.Unstored != nil:
		parts = append(parts, r.say("advice.unstored", nil))
	case a.Outcome == claims.OutcomeQueued:
		parts = append(parts, r.say("advice.waiting", nil))
	}
	return strings.Join(parts, " ")
}

// verdictOf is the verdict of a match that is a review.
func verdictOf(m claims.Match) string {
	if c := m.Review; c != nil {
		return string(c.Review.Verdict)
	}
	return m.Hit.Document.Verdict
}

// offered is the review that an answer offers without asserting it, or nil.
func offered(a claims.Answer) *claims.Match {
	if i := slices.IndexFunc(a.Matches, func(m claims.Match) bool { return m.Offered }); i >= 0 {
		return &a.Matches[i]
	}
	return nil
}

// Why a review is only offered.
const (
	offeredRechecking = "rechecking"
	offeredAged       = "aged"
)

// whyOffered says why a review is not asserted: it is being looked at again, or nobody has looked at it for half a year.
func whyOffered(m claims.Match) string {
	if m.Review != nil && m.Review.State != claims.StatePublished {
		return offeredRechecking
	}
	return offeredAged
}

// shareText is what can be passed on in a chat instead of the rumour, and stands alone there: the fact first, then the verdict, who says so,
// when and where. It never holds what the person wrote, nor the ticket. It is empty where there is nothing to say.
func (r reader) shareText(a claims.Answer) string {
	switch a.Outcome {
	case claims.OutcomeReviewed:
		return r.shareReview(a)
	case claims.OutcomeSourced:
		return r.shareSources(a)
	case claims.OutcomeQueued:
		return r.say("share.queued", nil) + "\n" + r.base + "/" + r.lang
	}
	return ""
}

func (r reader) shareReview(a claims.Answer) string {
	m := a.Matches[0]
	review := r.indexedReview(m.Hit)
	var date index.Date
	if m.Review != nil {
		review = r.review(*m.Review)
		date = index.DateOf(m.Review.Review.Modified)
	} else {
		date = m.Hit.Document.Modified
	}
	lines := []string{review.Summary, r.say("share.verdict", map[string]any{"Verdict": review.VerdictLabel, "Date": r.Server.sayDate(r.lang, date)})}
	var sources []string
	for _, e := range review.Evidence {
		sources = append(sources, r.credit(e.Source, e.Publisher, e.Title, e.Published, e.Modified)+" "+e.URL)
		if len(sources) == 2 {
			break
		}
	}
	if len(sources) > 0 {
		lines = append(lines, r.say("share.sources", map[string]any{"Sources": strings.Join(sources, "; ")}))
	}
	return strings.TrimSpace(strings.Join(append(lines, review.URL), "\n"))
}

func (r reader) shareSources(a claims.Answer) string {
	var lines []string
	for _, m := range a.Matches[:min(len(a.Matches), 2)] {
		j := r.match(m)
		if m.Offered || j.Passage == nil { // an earlier finding is not passed on
			continue
		}
		id := "share.quote"
		if j.Summary {
			id = "share.summary"
		}
		lines = append(lines, r.say(id, map[string]any{"Text": shorten(j.Passage.Text, maxShared),
			"Source": r.credit(&j.Source, j.Publisher, "", j.Published, j.Modified)})+" "+j.URL)
	}
	return strings.Join(lines, "\n\n")
}

// credit names who says something, in the reader's language, who carries it where that is somebody else, and the date that the page states.
func (r reader) credit(source *sourceRef, publisher, title string, published, modified index.Date) string {
	name := cmp.Or(publisher, title)
	if source != nil {
		name = r.Server.sourceName(r.lang, source.ID, name, "")
		if carrier := r.Server.carrier(source.ID, publisher); carrier != "" {
			name += " (" + carrier + ")"
		}
	}
	date := modified
	if date == "" {
		date = published
	}
	if said := r.Server.sayDate(r.lang, date); said != "" {
		return strings.TrimSpace(name + ", " + said)
	}
	return name
}

// shorten cuts a text at a word, with an ellipsis where something is missing.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	cut := string(runes[:limit])
	if i := strings.LastIndexByte(cut, ' '); i > limit/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.—–-") + "…"
}
