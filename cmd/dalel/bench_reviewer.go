package main

import (
	"fmt"
	"net/http"
	"time"
)

// What the reviewer of a drill prints, and writes in its draft.
const (
	reviewerSaved    = "saved"
	reviewerAnswered = "answered "
	reviewerDraft    = "What the late reviewer found."
)

// reviewerPause is how long it thinks between draft and review: time to stop it.
const reviewerPause = 2 * time.Second

// benchReviewerCmd is a reviewer's program that a drill makes late.
type benchReviewerCmd struct {
	Base  string `arg:""`
	Token string `arg:""`
	Claim string `arg:""`
}

// Run takes the claim, saves a draft, thinks, sends the review, and says what was answered.
func (b benchReviewerCmd) Run(p program) error {
	c := newCaller(b.Base, b.Token)
	lease, err := c.call(http.MethodPut, "/v1/claims/"+b.Claim+"/lease", "", map[string]any{})
	if err != nil {
		return err
	}
	body := finding(lease.num("token"), reviewerDraft)
	saved, err := c.call(http.MethodPut, "/v1/claims/"+b.Claim+"/draft", "", body)
	if err != nil {
		return err
	}
	if saved.status != http.StatusOK {
		return fmt.Errorf("draft: %d %s", saved.status, saved.str("code"))
	}
	fmt.Fprintln(p.stdout, reviewerSaved)
	select {
	case <-time.After(reviewerPause):
	case <-p.ctx.Done():
		return nil
	}
	r, err := c.call(http.MethodPost, "/v1/claims/"+b.Claim+"/review", "", body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s%d %s\n", reviewerAnswered, r.status, r.str("code"))
	return err
}
