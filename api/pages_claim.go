package api

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// claimBody is a claim as those see it who work on it.
type claimBody struct {
	Said   string
	Lost   string // what somebody else did meanwhile; the input is kept
	Errors []pageFault

	ID                         claims.ID
	Band, Tone, StateName, Due string
	Lang, Language, Text       string
	Requests                   int64
	TopicName, Note, LeaseLine string
	Escalated                  bool
	Why                        []string
	Work, Renew, Take          bool // the form is shown; the lease stands; the claim may be taken
	End, Escalate              bool
	Decide, Own                bool
	Recheck, Retract, Reopen   bool
	Deescalate                 bool
	Second                     bool // a finding waits for a second reviewer
	Proposed, Published        *findingView
	ProposedBy, ClosedAs       string
	Proposal                   int64 // which of the claim's findings Proposed is
	DuplicateOf                claims.ID
	pairs
	History                   []historyItem
	Form                      workForm
	Verdicts, Stances, Topics []option
	TechniqueChoices, Reasons []option
	Summaries                 []summaryView
	Searched                  bool
	FoundN                    int
	Found                     []foundPassage
}

// A findingView is a finding in full, as the second reviewer reads it.
type findingView struct {
	Statement  string
	Lang       string // of Statement
	Verdict    verdictView
	Summaries  []summaryView
	Evidence   []card
	Techniques []string
	ValidUntil index.Date
}

type summaryView struct{ Lang, Language, Text string }

type historyItem struct{ What, Who, When, ISO, Note string }

// A foundPassage is a result of the search within the work form.
type foundPassage struct {
	Ref  string
	Card card
}

func (s *Server) showClaim(c *gin.Context) error {
	who, err := s.account(c)
	if err != nil {
		return err
	}
	found, err := s.desk.Claim(c.Request.Context(), who, claims.ID(c.Param("id")))
	if err != nil {
		return err
	}
	p := s.deskPage(c, "claim.title", nil)
	body, err := s.claimBody(c, p.Lang, who, found)
	if err != nil {
		return err
	}
	body.Said = s.sayDone(p.Lang, c.Query("said"))
	p.Query = ""
	return s.claimPage(c, http.StatusOK, p, body)
}

// claimPage shows a claim with the form as it stands in the body.
func (s *Server) claimPage(c *gin.Context, status int, p page, body claimBody) error {
	s.fillForm(c, p.Lang, &body)
	p.Body = body
	return s.show(c, status, "claim", p)
}

// claimBody is what a page shows of a claim, with the form filled in from the draft, or from the review that is to be looked at again.
func (s *Server) claimBody(c *gin.Context, language string, who claims.Account, found claims.Claim) (claimBody, error) {
	ctx := c.Request.Context()
	names, err := s.names(c)
	if err != nil {
		return claimBody{}, err
	}
	events, err := s.desk.History(ctx, who, found.ID)
	if err != nil {
		return claimBody{}, err
	}
	b := claimBody{ID: found.ID, Band: s.say(language, "band."+string(found.Priority.Band), nil), Tone: bandTone(found.Priority.Band),
		StateName: s.say(language, "state."+string(found.State), nil), Lang: found.Lang,
		Language: s.say(language, "language."+found.Lang, nil), Text: found.Text, Requests: found.Requests,
		TopicName: s.sayTopic(language, found.Topic), Note: found.Note, LeaseLine: s.sayLease(language, who, found, names),
		Escalated: found.Escalated, Second: s.desk.SecondReview(), Form: formOf(found)}
	if found.Open() {
		b.Due, b.Why = s.sayDue(language, found.Priority), s.whys(language, found.Priority)
	}
	s.permit(&b, who, found)
	b.pairs = s.pairs(c, language, who, found, b.End)
	if r := found.Proposed; r != nil {
		b.Proposed, b.Proposal = s.findingView(language, found, *r), r.Proposal
		b.ProposedBy = s.say(language, "proposed.by", map[string]any{"Name": cmp.Or(names[r.Author], r.Author),
			"Date": s.sayDate(language, index.DateOf(r.Proposed))})
	}
	if r := found.Review; r != nil {
		b.Published = s.findingView(language, found, *r)
	}
	if end := found.Closing; end != nil && (found.State == claims.StateClosed || found.State == claims.StateRetracted) {
		b.DuplicateOf = end.DuplicateOf
		b.ClosedAs = s.say(language, "state."+string(found.State), nil)
		if end.Reason != "" {
			b.ClosedAs += ": " + s.say(language, "reason."+string(end.Reason), nil)
		}
		if end.Note != "" {
			b.ClosedAs += ". " + end.Note
		}
	}
	for _, e := range events {
		if e.Kind != claims.EventSaved && e.Kind != claims.EventRenewed { // an hour's work would hide what came of it
			b.History = append(b.History, s.historyItem(language, e, names))
		}
	}
	return b, nil
}

// Faulty reports whether something is wrong with one of the fields, so that the part of the page that has it is open.
func (b claimBody) Faulty(fields ...string) bool {
	return slices.ContainsFunc(b.Errors, func(f pageFault) bool { return slices.Contains(fields, f.Field) })
}

// permit sets what the account may do to the claim now, so that no button is shown that the desk would refuse.
func (s *Server) permit(b *claimBody, who claims.Account, found claims.Claim) {
	lease := found.LeaseAt(s.cfg.Now())
	editor := who.Is(claims.RoleEditor)
	holds := found.State == claims.StateInReview && lease != nil && lease.Holder == who.ID
	b.Work, b.Renew = holds, holds
	switch found.State {
	case claims.StateQueued, claims.StateSourced, claims.StateNeedsUpdate:
		b.Take = true
	case claims.StateParked:
		b.Take = editor
	case claims.StateInReview:
		b.Take = lease == nil
	case claims.StateSecondReview:
		b.Own = found.Proposed != nil && found.Proposed.Author == who.ID
		b.Decide = found.Proposed != nil && !b.Own
	}
	b.End = found.Review == nil && (holds || b.Take && found.State != claims.StateInReview)
	b.Escalate = found.Open() && !found.Escalated
	if editor {
		b.Recheck = found.State == claims.StatePublished
		b.Retract = found.Public() // whoever holds it
		b.Deescalate = found.Open() && found.Escalated
		b.Reopen = (found.State == claims.StateClosed || found.State == claims.StateRetracted) && found.Text != "" && !isDuplicate(found)
	}
}

func (s *Server) findingView(language string, found claims.Claim, r claims.Review) *findingView {
	v := &findingView{Statement: cmp.Or(r.Statement, found.Text), Lang: found.Lang, Verdict: s.verdictView(language, r.Verdict), Evidence: s.evidenceCards(language, r.Evidence),
		ValidUntil: index.DateOf(r.ValidUntil)}
	for _, l := range pageLanguages() {
		if text := r.Summary[l]; text != "" {
			v.Summaries = append(v.Summaries, summaryView{l, s.say(language, "language."+l, nil), text})
		}
	}
	for _, t := range r.Techniques {
		v.Techniques = append(v.Techniques, s.say(language, "technique."+t, nil))
	}
	return v
}

// historyItem is an event in words. Those without an account were done by the person who asked, by the operator, or by the program.
func (s *Server) historyItem(language string, e claims.Event, names map[string]string) historyItem {
	item := historyItem{What: s.say(language, "event."+string(e.Kind), nil), Note: e.Note, ISO: e.At.Format(time.RFC3339),
		When: s.sayDate(language, index.DateOf(e.At)) + ", " + sayTime(e.At)}
	switch {
	case e.By != "":
		item.Who = cmp.Or(names[e.By], e.By)
	case e.Role == claims.RoleAdmin:
		item.Who = s.say(language, "event.by_operator", nil)
	case slices.Contains(askersEvents(), e.Kind):
		item.Who = s.say(language, "event.by_asker", nil)
	default:
		item.Who = s.say(language, "event.by_system", nil)
	}
	switch e.Kind {
	case claims.EventClosed:
		item.Note = s.say(language, "reason."+e.Note, nil)
	case claims.EventFeedback:
		item.Note = s.sayOpinion(language, e.Note)
	}
	return item
}

// askersEvents are those that a person who asks brings about, where no account does.
func askersEvents() []claims.EventKind {
	return []claims.EventKind{claims.EventSubmitted, claims.EventWithdrawn, claims.EventErased, claims.EventFeedback, claims.EventUnmerged, claims.EventParted}
}

// sayOpinion is what a person said of a match, in the words of the button.
func (s *Server) sayOpinion(language, opinion string) string {
	switch opinion {
	case "useful":
		return s.say(language, "useful.yes", nil)
	case "not_useful":
		return s.say(language, "useful.no", nil)
	}
	return s.say(language, "compared.not_mine", nil)
}

// fillForm makes the form's lists, looks up what its evidence names, and searches when that was asked for.
func (s *Server) fillForm(c *gin.Context, language string, b *claimBody) {
	f := &b.Form
	b.Verdicts = options(s, language, "verdict", claims.Verdicts(), claims.Verdict(f.Verdict))
	b.Stances = options(s, language, "stance", []claims.Stance{claims.StanceRefutes, claims.StanceSupports, claims.StanceContext})
	b.Topics = append([]option{{Text: s.say(language, "topic.unknown", nil), On: f.Topic == ""}},
		options(s, language, "topic", index.Topics(), f.Topic)...)
	if f.Topic != "" && !slices.Contains(index.Topics(), f.Topic) {
		b.Topics = append(b.Topics, option{Value: f.Topic, Text: f.Topic, On: true})
	}
	b.TechniqueChoices = options(s, language, "technique", claims.Techniques(), f.Techniques...)
	b.Reasons = options(s, language, "reason", claims.Reasons(), claims.Reason(f.CloseReason))
	for _, l := range pageLanguages() {
		b.Summaries = append(b.Summaries, summaryView{l, s.say(language, "language."+l, nil), f.Summary[l]})
	}
	for i := range f.Evidence {
		s.describe(c, language, &f.Evidence[i])
	}
	if f.Search == "" {
		return
	}
	hits, err := s.cfg.Index.Search(c.Request.Context(), index.Query{Text: f.Search,
		Kinds: []index.Kind{index.KindGuidance, index.KindSummary}, Limit: searchAtMost})
	if err != nil { // the search alone: what was typed must come back all the same
		s.log.WarnContext(c.Request.Context(), "search within the form failed", "id", requestID(c), "error", err)
		b.Errors = append(b.Errors, s.faults(language, err, nil)...)
		return
	}
	b.Searched, b.FoundN = true, len(hits)
	for _, h := range hits {
		b.Found = append(b.Found, foundPassage{claims.PassageRef(h.Document.ID, h.Ordinal), s.hitCard(language, h)})
	}
}

// searchAtMost is how many passages the search within the form offers.
const searchAtMost = 5

// describe fills in what a page shows of a piece of evidence. A passage that is gone from the index keeps its reference: proposing says so.
func (s *Server) describe(c *gin.Context, language string, e *formEvidence) {
	e.Shown, e.Host = e.URL, hostOf(e.URL)
	e.Source = s.sourceName(language, "", e.Publisher, e.URL)
	if e.Passage == "" {
		return
	}
	d, _, err := s.desk.Passage(c.Request.Context(), e.Passage)
	if err != nil {
		e.Source = s.say(language, "evidence.gone", nil)
		return
	}
	e.Source, e.Title, e.Lang = s.sourceName(language, d.Source, d.Publisher, d.URL), d.Title, d.Lang
	e.Shown, e.Host, e.Summary = d.URL, hostOf(d.URL), d.Kind == index.KindSummary
}
