package redisstore

// What tests look at from outside.
var (
	DecodeClaim      = decodeClaim
	DecodeSubmission = decodeSubmission
	CheckCursor      = checkCursor
	ClockHolds       = holds
)

// ParseAddress gives what an address means, as text.
func ParseAddress(at string) (hosts []string, kind, master string, db int, tls bool, err error) {
	a, err := parseAddress(at)
	kind = "single"
	switch {
	case a.cluster:
		kind = "cluster"
	case a.sentinel:
		kind = "sentinel"
	}
	return a.hosts, kind, a.master, a.db, a.tls != nil, err
}

// PackClaim and PackSubmission give a record's JSON packed, and unpacked from that.
func PackClaim(data []byte) (packed, unpacked []byte) {
	packed = packedClaims.packed("", data)
	return packed, []byte(packedClaims.unpack.Replace(string(packed)))
}

func PackSubmission(data []byte) (packed, unpacked []byte) {
	packed = packedSubmissions.packed("", data)
	return packed, []byte(packedSubmissions.unpack.Replace(string(packed)))
}
