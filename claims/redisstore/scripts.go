package redisstore

import (
	"crypto/rand"
	_ "embed" // the scripts

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed scripts/commit.lua
	commitSource string
	//go:embed scripts/pick.lua
	pickSource string
	//go:embed scripts/account.lua
	accountSource string
	//go:embed scripts/take.lua
	takeSource string

	commitScript  = redis.NewScript(commitSource)
	pickScript    = redis.NewScript(pickSource)
	accountScript = redis.NewScript(accountSource)
	takeScript    = redis.NewScript(takeSource)
)

// newNonce is by which a script knows the same call sent again: 80 random bits in 16 characters.
func newNonce() string { return rand.Text()[:nonceSize] }

const nonceSize = 16
