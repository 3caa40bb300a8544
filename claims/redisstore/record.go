package redisstore

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"dalel/claims"
)

// open takes a record's fields v and d apart, as HMGET gives them. found is false where there is no record; the error says why one cannot be
// read.
func open(fields []any) (data []byte, version int64, found bool, err error) {
	if len(fields) != 2 {
		return nil, 0, true, fmt.Errorf("redisstore: a record of %d fields", len(fields))
	}
	number, hasVersion := fields[0].(string)
	text, hasData := fields[1].(string)
	if !hasVersion && !hasData {
		return nil, 0, false, nil
	}
	if version, err = strconv.ParseInt(number, 10, 64); err != nil || version < 1 {
		return nil, 0, true, fmt.Errorf("redisstore: a record of version %.20q", number)
	}
	return []byte(text), version, true, nil
}

// decodeClaim gives nil where there is no record.
func decodeClaim(fields []any, id claims.ID) (*claims.Claim, error) {
	data, version, found, err := open(fields)
	if !found || err != nil {
		return nil, err
	}
	return claims.DecodeClaim(data, id, version)
}

func decodeSubmission(fields []any, t claims.Ticket) (*claims.Submission, error) {
	data, version, found, err := open(fields)
	if !found {
		return nil, claims.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return claims.DecodeSubmission(data, t, version)
}

// scoreDigits is how long a score is in a member: 64 bits in hexadecimal.
const scoreDigits = 16

// member orders as the score and then the ID do, because the flipped sign puts negative numbers before the others.
func member(score int64, id claims.ID) string {
	return fmt.Sprintf("%016x:%s", uint64(score)^1<<63, id)
}

func idOf(member string) claims.ID { return claims.ID(member[min(len(member), scoreDigits+1):]) }

// checkCursor refuses what is no member: the cursor is the last one that was given.
func checkCursor(c claims.Cursor) error {
	score, id, found := strings.Cut(string(c), ":")
	b, err := hex.DecodeString(score)
	if c != "" && (!found || err != nil || 2*len(b) != scoreDigits || claims.CheckName("cursor", id) != nil) {
		return &claims.InvalidError{Field: "cursor", Problem: claims.ProblemFormat}
	}
	return nil
}
