package redisstore

// What the fuzz tests read.
var (
	DecodeClaim      = decodeClaim
	DecodeSubmission = decodeSubmission
	CheckCursor      = checkCursor
)
