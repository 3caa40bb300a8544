package api

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"dalel/index"
	"dalel/index/lang"
)

// fallbackLang is what programs are answered in when nothing says what their reader speaks.
const fallbackLang = lang.English

// locales say messages in the three languages.
type locales struct {
	speakers map[string]*i18n.Localizer
	matcher  language.Matcher
	tags     []string // of matcher, in its order
}

// loadLocales reads every catalog under web/locales: NAME.LANGUAGE.json, flat, a message or its plural forms under each key.
func loadLocales(files fs.FS) (*locales, error) {
	bundle := i18n.NewBundle(language.English)
	paths, err := fs.Glob(files, "web/locales/*.json")
	if err != nil {
		return nil, fmt.Errorf("api: catalogs: %w", err)
	}
	for _, path := range paths {
		if _, err := bundle.LoadMessageFileFS(files, path); err != nil {
			return nil, fmt.Errorf("api: catalog %s: %w", path, err)
		}
	}
	l := &locales{speakers: make(map[string]*i18n.Localizer), tags: []string{lang.English, lang.Russian, lang.Kazakh}}
	tags := make([]language.Tag, len(l.tags))
	for i, t := range l.tags {
		tags[i] = language.MustParse(t)
		l.speakers[t] = i18n.NewLocalizer(bundle, t)
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// say gives a message in a language; one that has no catalog is English. data fills its placeholders; its Count, an int or int64,
// chooses the plural form. A key that no catalog has comes back in brackets, which a test looks for.
func (s *Server) say(language, id string, data map[string]any) string {
	speaker, ok := s.locales.speakers[language]
	if !ok {
		speaker = s.locales.speakers[fallbackLang]
	}
	text, err := speaker.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data, PluralCount: data["Count"]})
	if err != nil { // a message without plural forms has none for this count
		text, err = speaker.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data})
	}
	if err != nil {
		return "[" + id + "]"
	}
	return text
}

// accepted is the language of ours that a browser's Accept-Language asks for, or empty when it asks for none of them.
func (l *locales) accepted(header string) string {
	if len(header) > 200 {
		return ""
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return ""
	}
	_, i, sure := l.matcher.Match(wanted...)
	if sure < language.High {
		return ""
	}
	return l.tags[i]
}

// readerLang is the language to answer in: that of ?lang=, else that of Accept-Language, else otherwise, else English.
func (s *Server) readerLang(c *gin.Context, otherwise string) string {
	if l := c.Query("lang"); isLang(l) {
		return l
	}
	return cmp.Or(s.locales.accepted(c.GetHeader("Accept-Language")), otherwise, fallbackLang)
}

func isLang(l string) bool { return slices.Contains(index.Languages(), l) }

// sayDate writes a date as people do, in the precision in which its source states it; an unreadable one is empty.
func (s *Server) sayDate(language string, d index.Date) string {
	t, err := d.Time()
	if err != nil {
		return ""
	}
	year := strconv.Itoa(t.Year())
	switch strings.Count(string(d), "-") {
	case 0:
		return s.say(language, "date.year", map[string]any{"Year": year})
	case 1:
		month := s.say(language, "month.alone."+strconv.Itoa(int(t.Month())), nil)
		return s.say(language, "date.month", map[string]any{"Month": month, "Year": year})
	}
	month := s.say(language, "month."+strconv.Itoa(int(t.Month())), nil)
	return s.say(language, "date.day", map[string]any{"Day": t.Day(), "Month": month, "Year": year})
}
