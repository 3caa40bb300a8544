package redisstore

// What tests look at from outside.
var (
	DecodeClaim      = decodeClaim
	DecodeSubmission = decodeSubmission
	CheckCursor      = checkCursor
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
	text := packedClaims.pack.Replace(string(data))
	return []byte(text), []byte(packedClaims.unpack.Replace(text))
}

func PackSubmission(data []byte) (packed, unpacked []byte) {
	text := packedSubmissions.pack.Replace(string(data))
	return []byte(text), []byte(packedSubmissions.unpack.Replace(text))
}
