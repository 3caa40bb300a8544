package api

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"mime"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// What can be wrong with a part of a request before the desk sees it. The others are claims' Problem constants.
const (
	faultSyntax        = "syntax"
	faultUnknown       = "unknown_field"
	faultString        = "not_a_string"
	faultNumber        = "not_a_whole_number"
	faultBool          = "not_a_boolean"
	faultObject        = "not_an_object"
	faultList          = "not_a_list"
	faultTime          = "not_a_time"
	faultUseful        = "not_an_opinion"
	faultShare         = "not_a_share"
	faultRange         = "out_of_range"
	faultKey           = "not_a_key"
	faultOnlyDuplicate = "only_with_duplicate"
	faultCharacter     = claims.ProblemNUL
)

// maxFaults bounds how many faults of one body are reported.
const maxFaults = 20

// body reads a request's body, once.
func body(c *gin.Context, limit int64) ([]byte, error) {
	if v, ok := c.Get("body"); ok {
		if b, ok := v.([]byte); ok {
			return b, tooLong(b, limit)
		}
	}
	b, err := io.ReadAll(c.Request.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, &badRequest{http.StatusBadRequest, "malformed", []fieldFault{{code: faultSyntax, line: 1, col: 1}}}
	}
	c.Set("body", b)
	return b, tooLong(b, limit)
}

func tooLong(b []byte, limit int64) error {
	if int64(len(b)) > limit {
		return errTooLarge
	}
	return nil
}

// decode reads a JSON body into a struct, strictly: what the struct does not have is refused, so is what is not UTF-8. An empty body is
// an empty object. It gives errTooLarge, errMediaType (for what is not said to be JSON) or a *badRequest that names each fault by its pointer.
func decode(c *gin.Context, limit int64, into any) error {
	b, err := body(c, limit)
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return nil
	}
	if t := c.GetHeader("Content-Type"); t != "" {
		media, _, err := mime.ParseMediaType(t)
		if err != nil || media != "application/json" && !(media == curlType && b[0] == '{') {
			return errMediaType
		}
	}
	return parse(b, into)
}

// curlType is what curl -d says of any body. An object under it is meant as JSON: no form begins with a brace. Requests of other sites are refused by
// their origin, not by their type.
const curlType = "application/x-www-form-urlencoded"

// parse is decode for bytes.
func parse(b []byte, into any) error {
	if !utf8.Valid(b) { // encoding/json would replace the bytes silently
		return malformed([]fieldFault{{code: claims.ProblemUTF8}})
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		fault := fieldFault{code: faultSyntax, line: 1, col: 1}
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			fault.line, fault.col = position(b, e.Offset)
		} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // a number beyond all bounds
			fault.line, fault.col = position(b, e.Offset)
		}
		return malformed([]fieldFault{fault})
	}
	var f filler
	f.fill(reflect.ValueOf(into).Elem(), tree, "")
	if len(f.faults) == 0 {
		return nil
	}
	return malformed(f.faults[:min(len(f.faults), maxFaults)])
}

func malformed(faults []fieldFault) error {
	return &badRequest{http.StatusBadRequest, "malformed", faults}
}

// position is the line and column, in characters from 1, of a byte that a syntax error names.
func position(b []byte, offset int64) (line, col int) {
	before := string(b[:max(0, min(offset-1, int64(len(b))))])
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// A filler puts parsed JSON into Go values and collects what does not fit.
type filler struct{ faults []fieldFault }

func (f *filler) fault(pointer, code string) {
	f.faults = append(f.faults, fieldFault{pointer: pointer, code: code})
}

// fill sets v to what the JSON value says. A null leaves v as it is, as if it were absent.
func (f *filler) fill(v reflect.Value, value any, pointer string) {
	if value == nil {
		return
	}
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		f.time(at, value, pointer)
		return
	case *opinion:
		f.opinion(at, value, pointer)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), value, pointer)
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			f.fault(pointer, faultString)
		} else if strings.ContainsRune(text, 0) {
			f.fault(pointer, faultCharacter)
		}
		v.SetString(text)
	case reflect.Bool:
		yes, ok := value.(bool)
		if !ok {
			f.fault(pointer, faultBool)
		}
		v.SetBool(yes)
	case reflect.Int64:
		n, ok := value.(float64)
		if !ok || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
			f.fault(pointer, faultNumber)
			return
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		share, ok := value.(float64)
		if !ok || share < 0 || share > 1 {
			f.fault(pointer, faultShare)
		}
		v.SetFloat(share)
	case reflect.Slice:
		f.list(v, value, pointer)
	case reflect.Map:
		f.dictionary(v, value, pointer)
	case reflect.Struct:
		f.object(v, value, pointer)
	}
}

// time reads a moment, or a day for its beginning in UTC.
func (f *filler) time(at *time.Time, value any, pointer string) {
	text, _ := value.(string)
	t, err := parseTime(text)
	if err != nil {
		f.fault(pointer, faultTime)
	}
	*at = t
}

func parseTime(text string) (t time.Time, err error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err = time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, err
}

// opinion reads what the contract calls useful: true, false or "notMine".
func (f *filler) opinion(at *opinion, value any, pointer string) {
	switch value {
	case true:
		*at = "useful"
	case false:
		*at = "not_useful"
	case "notMine":
		*at = "not_mine"
	default:
		f.fault(pointer, faultUseful)
	}
}

func (f *filler) list(v reflect.Value, value any, pointer string) {
	items, ok := value.([]any)
	if !ok {
		f.fault(pointer, faultList)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		f.fill(v.Index(i), item, pointer+"/"+strconv.Itoa(i))
	}
}

func (f *filler) dictionary(v reflect.Value, value any, pointer string) {
	entries, ok := value.(map[string]any)
	if !ok {
		f.fault(pointer, faultObject)
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(entries)))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		element := reflect.New(v.Type().Elem()).Elem()
		f.fill(element, entries[name], pointer+shown(name))
		v.SetMapIndex(reflect.ValueOf(name), element)
	}
}

func (f *filler) object(v reflect.Value, value any, pointer string) {
	entries, ok := value.(map[string]any)
	if !ok {
		f.fault(pointer, faultObject)
		return
	}
	fields := make(map[string]reflect.Value, v.NumField())
	for i := range v.NumField() {
		fields[v.Type().Field(i).Tag.Get("json")] = v.Field(i)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if field, ok := fields[name]; ok {
			f.fill(field, entries[name], pointer+"/"+name)
		} else {
			f.fault(pointer+shown(name), faultUnknown)
		}
	}
}

// plain is what a field's name looks like. What does not may be text of a person's, and is not repeated.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z_]{0,63}$`)

// shown is the pointer's part for a name that the client chose.
func shown(name string) string {
	if !plain.MatchString(name) {
		return "/?"
	}
	return "/" + name
}
