package claims

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"
)

// Link is what chains an event to all before it: the SHA-1 of the link before, the event's number and its record, as 40 hexadecimal digits. The
// link before the first event is empty. Who removes or changes an event, and cannot change all links behind it, is found out by Verify; who can
// is found out by whoever has noted a later link elsewhere.
//
// SHA-1 is the hash that scripts of Redis have. What the chain rests on is that nobody finds another record for a link that is there (a second
// preimage), which no attack on SHA-1 comes near; the known collisions need both records to be made by the attacker beforehand (Stevens et al.,
// 2017; Leurent and Peyrin, 2020).
func Link(before string, number int64, record []byte) string {
	h := sha1.New()
	h.Write([]byte(before))
	h.Write([]byte(strconv.FormatInt(number, 10)))
	h.Write([]byte{':'})
	h.Write(record)
	return hex.EncodeToString(h.Sum(nil))
}
