package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// checkBody is the page with the one text area.
type checkBody struct {
	Text     string
	Key      string // so that a double press counts once
	Examples []string
	Errors   []pageFault
}

func (s *Server) checkBody(language, text string) checkBody {
	return checkBody{Text: printable(text), Key: rand.Text(), Examples: []string{s.say(language, "check.example_1", nil),
		s.say(language, "check.example_2", nil), s.say(language, "check.example_3", nil)}}
}

// showCheck is the first page. A text in the address, as a share target sends it, is filled in and not sent.
func (s *Server) showCheck(c *gin.Context) error {
	p := s.page(c, "check.title", nil)
	p.Body = s.checkBody(p.Lang, cut(c.Query("text"), claims.MaxText))
	return s.show(c, http.StatusOK, "check", p)
}

// printable is a text as a form may show it again: whatever it was, it is UTF-8 and has no NUL then.
func printable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "�")
}

// cut is a text without what exceeds a number of characters.
func cut(text string, limit int) string {
	n := 0
	for i := range text {
		if n == limit {
			return text[:i]
		}
		n++
	}
	return text
}

// formText is a field of a form. Browsers send line breaks as CR LF, whatever was typed.
func formText(c *gin.Context, name string) string {
	return strings.ReplaceAll(c.PostForm(name), "\r\n", "\n")
}

// parseForm reads a form. It gives errTooLarge, or a *badRequest when the body is no form.
func parseForm(c *gin.Context) error {
	err := c.Request.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	if err != nil {
		return &badRequest{status: http.StatusBadRequest, code: "malformed"}
	}
	return nil
}

// postCheck answers a question. With a ticket the answer is a page of its own, so that a reload asks nothing; without one nothing was
// stored and it is shown here.
func (s *Server) postCheck(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return s.checkRefused(c, "", err)
	}
	text := formText(c, "text")
	sum := sha256.Sum256([]byte(text))
	body := hex.EncodeToString(sum[:16])
	q := claims.Question{Text: text, Channel: "web", Body: body}
	if key := c.PostForm("key"); key != "" && len(key) <= 64 && utf8.ValidString(key) {
		q.Key = "page/" + key + "/" + body // a text that was mended meanwhile is another question
	}
	a, err := s.desk.Check(c.Request.Context(), q)
	if err != nil {
		return s.checkRefused(c, text, err)
	}
	if a.Ticket != "" {
		return s.see(c, "/t/"+string(a.Ticket), nil)
	}
	p := s.page(c, "result.title", nil)
	p.Private, p.Path = true, ""
	view := s.resultBody(c, p.Lang, a)
	view.Text, view.Key = printable(text), rand.Text()
	p.Title, p.Body = view.Heading, view
	status := http.StatusOK
	if a.Unstored != nil {
		c.Header("Retry-After", strconv.Itoa(retryIn(a.Unstored)))
		s.log.WarnContext(c.Request.Context(), "question not stored", "id", requestID(c), "error", a.Unstored)
		if a.Outcome == claims.OutcomeQueued {
			status = http.StatusServiceUnavailable
		}
	}
	return s.show(c, status, "result", p)
}

// checkRefused shows the form again with what is wrong and the text as it was.
func (s *Server) checkRefused(c *gin.Context, text string, err error) error {
	status, _ := classify(err)
	if status == http.StatusInternalServerError {
		s.log.ErrorContext(c.Request.Context(), "check failed", "id", requestID(c), "error", err)
	}
	p := s.page(c, "check.title", nil)
	p.Path = ""
	body := s.checkBody(p.Lang, text)
	body.Errors = s.faults(p.Lang, err, nil)
	if e, ok := errors.AsType[*claims.InvalidError](err); ok && e.Problem == claims.ProblemRequired {
		body.Errors[0].Text = s.say(p.Lang, "check.empty", nil)
	}
	for i := range body.Errors {
		body.Errors[i].Field = "text" // the only one there is
	}
	p.Body = body
	return s.show(c, status, "check", p)
}
