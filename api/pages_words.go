package api

import (
	"slices"
	"strings"
	"time"

	"dalel/claims"
	"dalel/index"
)

// A verdictView is a verdict as pages show it: a symbol and a word, so that the colour is never all there is.
type verdictView struct {
	Word, Meaning, Symbol string
	Tone                  string // class of the sheet: good, bad, warn or calm
}

func (s *Server) verdictView(language string, v claims.Verdict) verdictView {
	view := verdictView{Word: s.say(language, "verdict."+string(v), nil), Meaning: s.say(language, "meaning."+string(v), nil)}
	view.Symbol, view.Tone = verdictSign(v)
	return view
}

// verdictSign is drawn with characters that old phones have.
func verdictSign(v claims.Verdict) (symbol, tone string) {
	switch v {
	case claims.VerdictFalse:
		return "×", "bad"
	case claims.VerdictMisleading:
		return "!", "warn"
	case claims.VerdictOutdated:
		return "↻", "warn"
	case claims.VerdictPartlyTrue:
		return "½", "warn"
	case claims.VerdictTrue:
		return "✓", "good"
	case claims.VerdictSatire:
		return ":)", "calm"
	}
	return "?", "calm"
}

// An option is one choice of a list.
type option struct {
	Value, Text string
	On          bool
}

// options are the values of a kind with their names: the catalog has "<group>.<value>" for each.
func options[T ~string](s *Server, language, group string, values []T, on ...T) []option {
	out := make([]option, len(values))
	for i, v := range values {
		out[i] = option{Value: string(v), Text: s.say(language, group+"."+string(v), nil), On: slices.Contains(on, v)}
	}
	return out
}

// A choice is a list of which one value is chosen; the empty value is all.
type choice struct {
	Name, Label, Value string
	Options            []option
}

func newChoice[T ~string](s *Server, language, name, label, all, group string, values []T, value string) choice {
	return choice{Name: name, Label: s.say(language, label, nil), Value: value,
		Options: append([]option{{Text: s.say(language, all, nil)}}, options(s, language, group, values)...)}
}

// sayTopic is a topic's name; one that has none here is shown as it is written.
func (s *Server) sayTopic(language, topic string) string {
	if topic == "" || !slices.Contains(index.Topics(), topic) {
		return topic
	}
	return s.say(language, "topic."+topic, nil)
}

// sayDuration is a length of time in the largest unit that tells enough, rounded up: "2 days", "5 hours", "12 minutes".
func (s *Server) sayDuration(language string, d time.Duration) string {
	unit, name := time.Minute, "duration.minutes"
	switch {
	case d > 48*time.Hour:
		unit, name = 24*time.Hour, "duration.days"
	case d > 90*time.Minute:
		unit, name = time.Hour, "duration.hours"
	}
	return s.say(language, name, map[string]any{"Count": max(1, int((d+unit-1)/unit))})
}

// sayDue is how long there is until somebody should have looked at a claim, or how long ago that was.
func (s *Server) sayDue(language string, p claims.Priority) string {
	left := p.Due.Sub(s.cfg.Now())
	if left < 0 {
		return s.say(language, "due.late", map[string]any{"For": s.sayDuration(language, -left)})
	}
	return s.say(language, "due.in", map[string]any{"For": s.sayDuration(language, left)})
}

// bandTone colours a band.
func bandTone(b claims.Band) string {
	switch b {
	case claims.P1:
		return "bad"
	case claims.P2:
		return "warn"
	}
	return "calm"
}

// sayStrength says in words how near a match is, with the words that it rests on.
func (s *Server) sayStrength(language string, h index.Hit) string {
	text := s.say(language, "strength."+string(h.Band), nil)
	words := make([]string, 0, 5)
	for _, w := range h.Why {
		if len(words) == cap(words) {
			break
		}
		words = append(words, w.Text)
	}
	if len(words) > 0 {
		text += " " + s.say(language, "strength.words", map[string]any{"Words": strings.Join(words, ", ")})
	}
	return text
}
