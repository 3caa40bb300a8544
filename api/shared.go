package api

import (
	"regexp"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Placeholders of a message that is made into a pattern: what stands for anything, and what stands for the part that is not ours.
const (
	anything = "\x00"
	theirs   = "\x01"
)

// SharedSentences are the sentences that every share text has in common, in the three languages, as patterns: whoever checks a forwarded answer of ours asks
// about the rest of it. The error is that a catalog cannot be read.
func SharedSentences() ([]*regexp.Regexp, error) {
	l, err := loadLocales(assets)
	if err != nil {
		return nil, err
	}
	var patterns []*regexp.Regexp
	for _, language := range l.tags {
		for _, id := range []string{"share.verdict", "share.sources", "share.queued", "share.summary"} {
			text, err := l.speakers[language].Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: map[string]any{
				"Verdict": anything, "Date": anything, "Sources": anything, "Source": anything, "Text": theirs}})
			if err != nil {
				return nil, err
			}
			patterns = append(patterns, patternOf(text))
		}
	}
	return patterns, nil
}

// patternOf matches a message within a line, whatever stands in its places. What is not ours stays.
func patternOf(message string) *regexp.Regexp {
	if _, ours, found := strings.Cut(message, theirs); found {
		message = ours
	}
	parts := strings.Split(message, anything)
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	pattern := strings.Join(parts, `[^\n]{1,200}?`)
	if strings.HasSuffix(message, anything) {
		pattern = strings.TrimSuffix(pattern, `{1,200}?`) + `+`
	}
	return regexp.MustCompile(pattern)
}
