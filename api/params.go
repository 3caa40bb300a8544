package api

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// params reads the query of a request and keeps the first thing that is wrong with it.
type params struct {
	c   *gin.Context
	err error
}

func (p *params) wrong(name, code string, limit int) {
	if p.err == nil {
		p.err = badParameter(name, code, limit)
	}
}

// text is a parameter of up to limit characters.
func (p *params) text(name string, limit int) string {
	text := p.c.Query(name)
	switch {
	case !utf8.ValidString(text):
		p.wrong(name, claims.ProblemUTF8, 0)
	case utf8.RuneCountInString(text) > limit:
		p.wrong(name, claims.ProblemTooLong, limit)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }):
		p.wrong(name, claims.ProblemNUL, 0)
	default:
		return text
	}
	return ""
}

// lang is the language that a list is to be in.
func (p *params) lang() string { return oneOf(p, "lang", index.Languages()) }

// oneOf is a parameter with a fixed set of values; absent is empty.
func oneOf[T ~string](p *params, name string, values []T) T {
	value := T(p.c.Query(name))
	if value != "" && !slices.Contains(values, value) {
		p.wrong(name, claims.ProblemUnknown, 0)
		return ""
	}
	return value
}

// number is a parameter from least to most, or otherwise where it is absent.
func (p *params) number(name string, least, most, otherwise int64) int64 {
	text := p.c.Query(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		p.wrong(name, faultRange, int(most))
		return otherwise
	}
	return n
}

// limit is the size of a page.
func (p *params) limit(name string) int { return int(p.number(name, 1, maxPageLimit, pageLimit)) }

// time is a day or a moment; absent is zero.
func (p *params) time(name string) time.Time {
	text := p.c.Query(name)
	if text == "" {
		return time.Time{}
	}
	t, err := parseTime(text)
	if err != nil {
		p.wrong(name, faultTime, 0)
	}
	return t
}

// flag is true for "true" or "1".
func (p *params) flag(name string) bool {
	value := oneOf(p, name, []string{"true", "false", "1", "0"})
	return value == "true" || value == "1"
}

// cursor is the place from which a list goes on.
func (p *params) cursor() string {
	text := p.c.Query("cursor")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > 200 {
		p.wrong("cursor", claims.ProblemFormat, 0)
		return ""
	}
	return string(b)
}

// badCursor makes what a store says of a cursor that is none of its own a fault of the parameter.
func badCursor(err error) error {
	if e, ok := errors.AsType[*claims.InvalidError](err); ok && e.Field == "cursor" {
		return badParameter("cursor", e.Problem, 0)
	}
	return err
}
