package api

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// A claimTurn is one press of a button on a claim's page.
type claimTurn struct {
	c      *gin.Context
	who    claims.Account
	claim  claims.Claim
	form   workForm
	action string
	arg    string // of "cite:<passage>", "remove:<number>" and "merge:<claim>"
}

func (t claimTurn) act() claims.Act { return claims.Act{By: t.who} }

// postClaim does what a button of the claim's page says. What is refused comes back with the form as it was sent.
func (s *Server) postClaim(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	who, err := s.account(c)
	if err != nil {
		return err
	}
	found, err := s.desk.Claim(c.Request.Context(), who, claims.ID(c.Param("id")))
	if err != nil {
		return err
	}
	t := claimTurn{c: c, who: who, claim: found, form: readForm(c)}
	t.action, t.arg, _ = strings.Cut(c.PostForm("action"), ":")
	said, to, err := s.turn(&t)
	switch {
	case err != nil:
		return s.turnRefused(t, err)
	case to == "":
		return s.turnShown(t, http.StatusOK, shownTurn{said: said})
	}
	return s.see(c, to, url.Values{"said": {said}})
}

// turn does one action. It gives what to say of it and where the browser goes; nowhere means that the form is shown again with what it holds now,
// so that nothing is lost that was typed beside the finding.
func (s *Server) turn(t *claimTurn) (said, to string, err error) {
	here := "/desk/c/" + string(t.claim.ID)
	ctx, id, f := t.c.Request.Context(), t.claim.ID, &t.form
	switch t.action {
	case "take":
		taken, err := s.desk.Take(ctx, id, t.act(), 0)
		if err != nil || !f.Work {
			return "taken", here, err
		}
		if taken.Lease == nil { // over already
			return "", "", claims.ErrLeaseLost
		}
		t.claim, f.Token = taken, taken.Lease.Token
		return "", "", nil
	case "renew":
		t.claim, err = s.desk.Take(ctx, id, t.act(), f.Token)
		return "", "", err
	case "enter":
		return s.enterForm(t)
	case "search":
		return "", "", nil
	case "cite", "remove", "add":
		return "", "", s.changeEvidence(t)
	case "save":
		return "saved", "", s.saveForm(t)
	case "release":
		if err := s.saveForm(t); err != nil {
			return "", "", err
		}
		_, err = s.desk.Release(ctx, id, t.act(), f.Token, "")
		return "released", "/desk", err
	case "propose":
		finding, err := f.whole()
		if err == nil {
			_, err = s.desk.Propose(ctx, id, t.act(), f.Token, finding)
		}
		if !s.desk.SecondReview() {
			return "approved", here, err
		}
		return "proposed", here, err
	case "close":
		_, err = s.desk.Close(ctx, id, t.act(), f.Token, claims.Reason(f.CloseReason), f.Note)
		return "closed", "/desk", err
	case "duplicate":
		_, err = s.desk.Duplicate(ctx, id, t.act(), f.Token, claimIn(f.DuplicateOf))
		return "duplicate", "/desk", err
	case "merge":
		_, err = s.desk.Duplicate(ctx, id, t.act(), f.Token, claims.ID(t.arg))
		return "duplicate", "/desk", err
	case "reject", "unmerge":
		return s.apart(t, here)
	case "escalate":
		return s.escalateForm(t)
	}
	return s.decide(t, here)
}

// decide does what second reviewers and editors may.
func (s *Server) decide(t *claimTurn, here string) (said, to string, err error) {
	ctx, id, f := t.c.Request.Context(), t.claim.ID, &t.form
	switch t.action {
	case "approve":
		_, err = s.desk.Approve(ctx, id, t.act(), f.Proposal, f.Comment)
		return "approved", here, err
	case "return":
		_, err = s.desk.Return(ctx, id, t.act(), f.Proposal, f.Comment)
		return "returned", "/desk", err
	case "recheck":
		_, err = s.desk.Recheck(ctx, id, t.act(), f.Reason)
		return "recheck", here, err
	case "retract":
		_, err = s.desk.Retract(ctx, id, t.act(), f.RetractReason)
		return "retracted", here, err
	case "deescalate":
		_, err = s.desk.Deescalate(ctx, id, t.act(), f.Reason)
		return "deescalated", here, err
	case "reopen":
		_, err = s.desk.Reopen(ctx, id, t.act(), f.Reason)
		return "reopened", here, err
	}
	return "", "", &badRequest{status: http.StatusBadRequest, code: "malformed"}
}

// enterForm is the key Enter in some field: it searches for what was typed anew, else saves the draft, and the form comes back. What it was pressed in
// is not known, so it never ends a claim, and stores nothing where somebody was about to.
func (s *Server) enterForm(t *claimTurn) (said, to string, err error) {
	f := &t.form
	if !f.Work {
		return "", "", nil
	}
	if f.DuplicateOf == "" && (f.Search == "" || f.Search == t.c.PostForm("searched")) {
		return "saved", "", s.saveForm(t)
	}
	return "", "", f.addTyped()
}

// saveForm keeps the draft.
func (s *Server) saveForm(t *claimTurn) error {
	finding, err := t.form.whole()
	if err != nil {
		return err
	}
	saved, err := s.desk.Save(t.c.Request.Context(), t.claim.ID, t.act(), t.form.Token, finding)
	if err == nil {
		t.claim = saved
	}
	return err
}

// escalateForm flags a claim for editors. Whoever holds it keeps the draft; whoever is no editor will not see the claim any more.
func (s *Server) escalateForm(t *claimTurn) (said, to string, err error) {
	if t.form.Work {
		if err := s.saveForm(t); err != nil {
			return "", "", err
		}
	}
	_, err = s.desk.Escalate(t.c.Request.Context(), t.claim.ID, t.act(), t.form.EscalateReason)
	if t.who.Is(claims.RoleEditor) {
		return "escalated", "/desk/c/" + string(t.claim.ID), err
	}
	return "escalated", "/desk", err
}

// changeEvidence adds to the form's evidence or takes from it. It stores nothing.
func (s *Server) changeEvidence(t *claimTurn) error {
	f := &t.form
	if t.action == "remove" {
		if i, err := strconv.Atoi(t.arg); err == nil && i >= 0 && i < len(f.Evidence) {
			f.Evidence = slices.Delete(f.Evidence, i, i+1)
		}
		return nil
	}
	if t.action == "add" {
		return f.add()
	}
	if len(f.Evidence) >= claims.MaxEvidence {
		return tooMuchEvidence()
	}
	_, passage, err := s.desk.Passage(t.c.Request.Context(), t.arg)
	if errors.Is(err, claims.ErrNotFound) {
		return &claims.InvalidError{Field: "find", Problem: claims.ProblemUnknown}
	}
	if err != nil {
		return err
	}
	f.Evidence = append(f.Evidence, formEvidence{Passage: t.arg, Quote: cut(passage.Text, claims.MaxQuote),
		Stance: string(stanceFor(claims.Verdict(f.Verdict)))})
	return nil
}

// stanceFor is the stance that new evidence begins with under a verdict.
func stanceFor(v claims.Verdict) claims.Stance {
	switch v {
	case claims.VerdictFalse, claims.VerdictMisleading, claims.VerdictOutdated:
		return claims.StanceRefutes
	case claims.VerdictTrue:
		return claims.StanceSupports
	}
	return claims.StanceContext
}

// claimIn is the claim's ID in what was typed: the ID itself, or an address that ends in it.
func claimIn(typed string) claims.ID {
	if u, err := url.Parse(typed); err == nil {
		typed = strings.TrimRight(u.Path, "/")
	}
	return claims.ID(typed[strings.LastIndexByte(typed, '/')+1:])
}

// turnRefused shows the claim as it stands now, with the form as it was sent and what kept it from being done.
func (s *Server) turnRefused(t claimTurn, err error) error {
	status, code := classify(err)
	if status == http.StatusInternalServerError {
		s.log.ErrorContext(t.c.Request.Context(), "claim page failed", "id", requestID(t.c), "error", err)
	}
	found, readErr := s.desk.Claim(t.c.Request.Context(), t.who, t.claim.ID)
	if readErr == nil {
		t.claim = found
	}
	language := s.pageLanguage(t.c)
	if status == http.StatusConflict {
		return s.turnShown(t, status, shownTurn{lost: s.say(language, "problem."+code+".detail", nil)})
	}
	return s.turnShown(t, status, shownTurn{faults: s.formFaults(language, t.action, err)})
}

// A shownTurn is what the page says of a turn: what was done, what somebody else did meanwhile, or what is wrong.
type shownTurn struct {
	said, lost string
	faults     []pageFault
}

// turnShown shows the claim with the form as it is in the turn.
func (s *Server) turnShown(t claimTurn, status int, shown shownTurn) error {
	p := s.deskPage(t.c, "claim.title", nil)
	p.Query = ""
	body, err := s.claimBody(t.c, p.Lang, t.who, t.claim)
	if err != nil {
		return err
	}
	body.Said, body.Lost, body.Errors = s.sayDone(p.Lang, shown.said), shown.lost, shown.faults
	if t.form.Work {
		body.Form, body.Work = t.form, true
	} else { // a form without the finding leaves the draft as it is
		body.Form.remarks = t.form.remarks
	}
	return s.claimPage(t.c, status, p, body)
}

// formFaults are faults with the labels of the work form, each leading to the element that shows the field.
func (s *Server) formFaults(language, action string, err error) []pageFault {
	labels := map[string]string{"statement": "statement.label", "verdict": "verdict.label", "summary": "summary.label", "evidence": "evidence",
		"evidence//quote": "quote.label", "evidence//stance": "stance.label", "evidence//url": "address.url", "evidence//passage": "evidence",
		"techniques": "techniques.title", "validUntil": "valid.date_label", "comment": "comment.label", "note": "note.label",
		"duplicateOf": "duplicate.label", "find": "search.label", "new-url": "address.url", "new-quote": "quote.label",
		"reason": "reason.label"}
	for _, l := range index.Languages() {
		labels["summary/"+l] = "language." + l
	}
	switch action {
	case "close":
		labels["reason"] = "close.reason"
	case "retract":
		labels["reason"] = "retract.reason"
	}
	out := s.faults(language, err, labels)
	for i, f := range out {
		switch {
		case action == "merge" || action == "reject": // a button has no field
			out[i].Field = ""
		case f.Field == "reason" && action == "close":
			out[i].Field = "closeReason"
		case f.Field == "reason" && action == "escalate":
			out[i].Field = "escalateReason"
		case f.Field == "reason" && action == "retract":
			out[i].Field = "retractReason"
		case strings.HasPrefix(f.Field, "evidence-"): // its address is not typed, so the element to mend is the quotation
			number, _, _ := strings.Cut(strings.TrimPrefix(f.Field, "evidence-"), "-")
			if !strings.HasSuffix(f.Field, "-stance") {
				out[i].Field = "evidence-" + number + "-quote"
			}
		}
	}
	return out
}
