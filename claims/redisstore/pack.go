package redisstore

import (
	"bytes"
	"slices"
	"strings"
)

// A packing stores records with the pieces that most of them have as one byte each: of the JSON of an open claim or a submission more than half are
// field names. An open claim with one submission then takes 1.1 kB of Redis in all instead of 1.4, and as much less of its file and of the way to its
// replicas, for some microseconds. A general compression needs fifty, and a dictionary as well, because one record alone is too short to find
// anything repeated in it.
//
// The bytes are control characters, which JSON never has: within a string it escapes them, and between values it has spaces, tabs and newlines
// alone. So what is packed is told from what is not, and a record that somebody has written by hand is read as it is. The pieces belong to
// the form of the store: none may be changed or moved, only added behind the others.
type packing struct{ pack, unpack *strings.Replacer }

// codes are the bytes that stand for pieces, in their order.
const codes = "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"

var (
	packedClaims = newPacking(`{"schema":1,"id":"`, `","version":`, `,"state":"queued","lang":"`, `,"state":"`, `","lang":"`, `","text":"`, `","topic":"`,
		`,"requests":`, `,"asking":`, `,"own":`, `,"days":[{"day":`, `,"n":`, `}],"channels":["`, `"],"firstSeen":"20`, `Z","lastSeen":"20`, `Z","void":true`,
		`,"priority":{"harm":`, `,"spread":`, `,"band":"P`, `","due":"20`, `Z","why":[{"code":"`, `"},{"code":"`, `},{"code":"`, `,"leases":`,
		`,"wordings":[{"id":"`, `},{"id":"`)
	packedSubmissions = newPacking(`{"schema":1,"ticket":"`, `","version":1,"claim":"`, `","version":`, `,"claim":"`, `","lang":"`, `","channel":"`,
		`","seenIn":"`, `","at":"20`, `Z"}`, `","forwarded":true,"at":"20`, `Z","feedback":[{"`)
)

func newPacking(pieces ...string) packing {
	var there, back []string
	for i, piece := range pieces {
		there = append(there, piece, codes[i:i+1])
		back = append(back, codes[i:i+1], piece)
	}
	return packing{pack: strings.NewReplacer(longestFirst(there)...), unpack: strings.NewReplacer(back...)}
}

// packed is a record's JSON packed, behind a prefix.
func (p packing) packed(prefix string, data []byte) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(prefix)+len(data)))
	out.WriteString(prefix)
	p.pack.WriteString(out, string(data))
	return out.Bytes()
}

// longestFirst orders pairs of a piece and its code so that of two pieces that begin alike the longer is taken.
func longestFirst(pairs []string) []string {
	chunks := slices.Collect(slices.Chunk(pairs, 2))
	slices.SortStableFunc(chunks, func(a, b []string) int { return len(b[0]) - len(a[0]) })
	return slices.Concat(chunks...)
}
