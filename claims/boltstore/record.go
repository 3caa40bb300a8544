package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"dalel/claims"
)

// value is how a record is kept: its version, and the JSON.
func value(r claims.Record) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(r.Data)), uint64(r.After)), r.Data...)
}

// versionOf is the version of a stored value: 0 where there is none, -1 where there is something that is no record.
func versionOf(value []byte) int64 {
	if value == nil {
		return 0
	}
	if len(value) < 8 {
		return -1
	}
	if v := int64(binary.BigEndian.Uint64(value)); v > 0 {
		return v
	}
	return -1
}

// open takes a stored record apart. The error says why it cannot be read.
func open(value []byte) (data []byte, version int64, err error) {
	version = versionOf(value)
	if version < 1 {
		return nil, 0, fmt.Errorf("boltstore: a record of %d bytes has no version", len(value))
	}
	return value[8:], version, nil
}

func decodeClaim(value []byte, id claims.ID) (*claims.Claim, error) {
	data, version, err := open(value)
	if err != nil {
		return nil, err
	}
	return claims.DecodeClaim(data, id, version)
}

func decodeSubmission(value []byte, t claims.Ticket) (*claims.Submission, error) {
	data, version, err := open(value)
	if err != nil {
		return nil, err
	}
	return claims.DecodeSubmission(data, t, version)
}

// linked is how an event is kept: its link, a newline, and its JSON, in which there is none.
func linked(link string, data []byte) []byte { return slices.Concat([]byte(link), []byte{'\n'}, data) }

// unlinked takes a stored event apart. What was overwritten by something else has no link.
func unlinked(value []byte) (link string, data []byte) {
	if before, after, found := bytes.Cut(value, []byte{'\n'}); found {
		return string(before), after
	}
	return "", value
}

// number is how numbers are kept as keys: bytes order as the numbers do.
func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// timed is a key that begins with a time in milliseconds.
func timed(n int64, rest []byte) []byte { return append(number(n), rest...) }

// under is a key that begins with a name.
func under(name string, rest ...byte) []byte { return slices.Concat([]byte(name), []byte{0}, rest) }

func millis(t time.Time) int64 { return max(0, t.UnixMilli()) }

// present is the value of keys that say all by being there. It is not empty, because bbolt gives nil for an empty value that the same
// transaction has put.
func present() []byte { return []byte{1} }

// numberOf is the number that some bytes begin with, 0 where they are too short.
func numberOf(b []byte) int64 {
	if len(b) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}
