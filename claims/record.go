package claims

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of the names that a store keeps, in bytes.
const (
	MaxName = 512 // of an ID, a ticket, an account or an index
	MaxOnce = 200 // of a once key, and of its value
)

// An Encoded is a change as a store writes it: checked, with its records as JSON and its index entries as what goes and what comes.
type Encoded struct {
	Once        []Once // each with its time
	Claims      []Record
	Submissions []Record
	Events      []EncodedEvent
	Gone, Come  []Entry
}

// A Record is a claim or a submission as JSON. Before is the version that must be stored now, 0 for none; After is higher.
type Record struct {
	Name          string
	Before, After int64
	Data          []byte
}

// An EncodedEvent is an event as JSON, with the number 0.
type EncodedEvent struct {
	Claim ID
	Data  []byte
}

// An Entry is a claim's place in an index.
type Entry struct {
	Key
	Claim ID
}

// Encode checks a change and makes it ready to be written. Whatever is malformed is an *InvalidError: a missing, repeated or too long once key, a
// version that is not higher, a record that comes twice, no event, a name that no store can keep, text that is not UTF-8.
func (c Change) Encode() (Encoded, error) {
	var out Encoded
	if len(c.Events) == 0 {
		return out, &InvalidError{Field: "event", Problem: ProblemRequired}
	}
	if len(c.Once) == 0 {
		return out, &InvalidError{Field: "once", Problem: ProblemRequired}
	}
	for _, o := range c.Once {
		switch {
		case o.Key == "":
			return out, &InvalidError{Field: "once", Problem: ProblemRequired}
		case len(o.Key) > MaxOnce || len(o.Value) > MaxOnce:
			return out, &InvalidError{Field: "once", Problem: ProblemTooLong, Limit: MaxOnce}
		case !utf8.ValidString(o.Key) || !utf8.ValidString(o.Value):
			return out, &InvalidError{Field: "once", Problem: ProblemUTF8}
		case o.For < 0 || slices.ContainsFunc(out.Once, func(other Once) bool { return other.Key == o.Key }):
			return out, &InvalidError{Field: "once", Problem: ProblemFormat}
		}
		o.For = cmp.Or(o.For, OnceFor)
		out.Once = append(out.Once, o)
	}
	for _, p := range c.Puts {
		var before Claim
		if p.Before != nil {
			before = *p.Before
		}
		if p.Before != nil && before.ID != p.After.ID {
			return out, &InvalidError{Field: "claim", Problem: ProblemFormat}
		}
		r, err := newRecord("claim", string(p.After.ID), before.Version, p.After.Version, p.After, out.Claims)
		if err != nil {
			return out, err
		}
		out.Claims = append(out.Claims, r)
		if err := out.move(p); err != nil {
			return out, err
		}
	}
	for _, s := range c.Submissions {
		r, err := newRecord("submission", string(s.Ticket), s.Version-1, s.Version, s, out.Submissions)
		if err != nil {
			return out, err
		}
		out.Submissions = append(out.Submissions, r)
	}
	for _, e := range c.Events {
		if err := CheckName("event", string(e.Claim)); err != nil {
			return out, err
		}
		e.Seq = 0
		data, err := EncodeRecord("event", e)
		if err != nil {
			return out, err
		}
		out.Events = append(out.Events, EncodedEvent{Claim: e.Claim, Data: data})
	}
	return out, nil
}

func newRecord(field, name string, before, after int64, v any, others []Record) (Record, error) {
	if err := CheckName(field, name); err != nil {
		return Record{}, err
	}
	if slices.ContainsFunc(others, func(r Record) bool { return r.Name == name }) {
		return Record{}, &InvalidError{Field: field, Problem: ProblemFormat}
	}
	if before < 0 || after <= before {
		return Record{}, &InvalidError{Field: "version", Problem: ProblemFormat}
	}
	data, err := EncodeRecord(field, v)
	return Record{Name: name, Before: before, After: after, Data: data}, err
}

// move notes the index entries that a put takes away and those it brings.
func (e *Encoded) move(p Put) error {
	var old []Key
	if p.Before != nil {
		old = Keys(*p.Before)
	}
	now := Keys(p.After)
	for _, k := range now {
		if err := CheckName("index", string(k.Index)); err != nil {
			return err
		}
	}
	e.Come = appendMissing(e.Come, now, old, p.After.ID)
	e.Gone = appendMissing(e.Gone, old, now, p.After.ID)
	return nil
}

// appendMissing appends the entries of keys that others lack, each once.
func appendMissing(to []Entry, keys, others []Key, id ID) []Entry {
	for _, k := range keys {
		if entry := (Entry{k, id}); !slices.Contains(others, k) && !slices.Contains(to, entry) {
			to = append(to, entry)
		}
	}
	return to
}

// CheckName refuses a name that cannot be part of a store's key.
func CheckName(field, name string) error {
	switch {
	case name == "":
		return &InvalidError{Field: field, Problem: ProblemRequired}
	case len(name) > MaxName:
		return &InvalidError{Field: field, Problem: ProblemTooLong, Limit: MaxName}
	case strings.ContainsRune(name, 0):
		return &InvalidError{Field: field, Problem: ProblemNUL}
	}
	return nil
}

// EncodeRecord gives v as JSON, and refuses what JSON would change silently: text that is not UTF-8.
func EncodeRecord(field string, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("claims: encode %s: %w", field, err)
	}
	// The encoder writes � for what is not UTF-8 as an escape, and for itself as it is.
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(data[i:], []byte(`\ufffd`)) {
			return nil, &InvalidError{Field: field, Problem: ProblemUTF8}
		}
		i++
	}
	return data, nil
}

// schema is the form of records that this program writes, and the highest that it reads.
const schema = 1

// DecodeClaim reads a claim's record. The error says that it cannot be read, or is not the one that it should be; ErrNewer is none of these, but a
// record that an older program must leave as it is.
func DecodeClaim(data []byte, id ID, version int64) (*Claim, error) {
	c := new(Claim)
	err := unmarshal(data, c)
	if err == nil && c.Schema > schema {
		return nil, ErrNewer
	}
	if err == nil && (c.ID != id || c.Version != version) {
		err = fmt.Errorf("claims: the record of %s says it is version %d of %.40q", id, c.Version, c.ID)
	}
	return c, err
}

// unmarshal reads JSON, and takes for damaged what is not UTF-8: the decoder would change it silently.
func unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("claims: the record is not UTF-8")
	}
	return json.Unmarshal(data, v)
}

// DecodeSubmission reads a submission's record, as DecodeClaim does a claim's.
func DecodeSubmission(data []byte, t Ticket, version int64) (*Submission, error) {
	s := new(Submission)
	err := unmarshal(data, s)
	if err == nil && s.Schema > schema {
		return nil, ErrNewer
	}
	if err == nil && (s.Ticket != t || s.Version != version) {
		err = fmt.Errorf("claims: the record of a submission is that of another")
	}
	return s, err
}
