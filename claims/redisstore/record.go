package redisstore

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"dalel/claims"
)

// headSize is how much of a record holds all that stands before its JSON.
const headSize = 40

var errRecord = errors.New("redisstore: what stands before a record is not its version")

// openClaim takes a claim's record apart. first is the number of its first event, 0 where that is in the history.
func openClaim(raw []byte) (data []byte, version, first int64, err error) {
	if version, first, raw, err = openHead(raw); err != nil {
		return nil, 0, 0, err
	}
	return []byte(packedClaims.unpack.Replace(string(raw))), version, first, nil
}

// openHead takes apart what stands before a claim's JSON.
func openHead(raw []byte) (version, first int64, rest []byte, err error) {
	version, rest, err = cutNumber(raw)
	if err == nil {
		first, rest, err = cutNumber(rest)
	}
	if err != nil || version < 1 || first < 0 {
		return 0, 0, nil, errRecord
	}
	return version, first, rest, nil
}

// openSubmission takes a submission's record apart.
func openSubmission(raw []byte) (data []byte, version int64, err error) {
	version, rest, err := cutNumber(raw)
	if err != nil || version < 1 {
		return nil, 0, errRecord
	}
	return []byte(packedSubmissions.unpack.Replace(string(rest))), version, nil
}

// cutNumber reads the number before the first space.
func cutNumber(raw []byte) (n int64, rest []byte, err error) {
	text, rest, found := bytes.Cut(raw, []byte{' '})
	if !found || len(text) > headSize {
		return 0, nil, errRecord
	}
	n, err = strconv.ParseInt(string(text), 10, 64)
	return n, rest, err
}

func decodeClaim(raw []byte, id claims.ID) (*claims.Claim, error) {
	data, version, _, err := openClaim(raw)
	if err != nil {
		return nil, err
	}
	return claims.DecodeClaim(data, id, version)
}

func decodeSubmission(raw []byte, t claims.Ticket) (*claims.Submission, error) {
	data, version, err := openSubmission(raw)
	if err != nil {
		return nil, err
	}
	return claims.DecodeSubmission(data, t, version)
}

// scoreDigits is how long a score is in a member: 64 bits in hexadecimal.
const scoreDigits = 16

// member orders as the score and then the ID do, because the flipped sign puts negative numbers before the others.
func member(score int64, id claims.ID) string {
	var flipped [8]byte
	binary.BigEndian.PutUint64(flipped[:], uint64(score)^1<<63)
	return hex.EncodeToString(flipped[:]) + ":" + string(id)
}

func idOf(member string) claims.ID { return claims.ID(member[min(len(member), scoreDigits+1):]) }

// scoreOf is the score of a member, and whether that is one.
func scoreOf(member string) (int64, bool) {
	text, id, found := strings.Cut(member, ":")
	b, err := hex.DecodeString(text)
	if !found || err != nil || 2*len(b) != scoreDigits || id == "" {
		return 0, false
	}
	score, err := strconv.ParseUint(text, 16, 64)
	return int64(score ^ 1<<63), err == nil
}

// checkCursor refuses what is no member: the cursor is the last one that was given.
func checkCursor(c claims.Cursor) error {
	_, ok := scoreOf(string(c))
	if c != "" && (!ok || claims.CheckName("cursor", string(idOf(string(c)))) != nil) {
		return &claims.InvalidError{Field: "cursor", Problem: claims.ProblemFormat}
	}
	return nil
}
