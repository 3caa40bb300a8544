package redisstore

import (
	"crypto/rand"
	_ "embed" // the scripts

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed scripts/commit.lua
	commitSource string
	//go:embed scripts/known.lua
	knownSource string
	//go:embed scripts/pick.lua
	pickSource string
	//go:embed scripts/account.lua
	accountSource string
	//go:embed scripts/credential.lua
	credentialSource string
	//go:embed scripts/take.lua
	takeSource string
	//go:embed scripts/drop.lua
	dropSource string
	//go:embed scripts/found.lua
	foundSource string
	//go:embed scripts/aside.lua
	asideSource string
	//go:embed scripts/mend.lua
	mendSource string
	//go:embed scripts/time.lua
	timeSource string
	//go:embed scripts/begin.lua
	beginSource string
	//go:embed scripts/end.lua
	endSource string
	//go:embed scripts/chain.lua
	chainSource string
	//go:embed scripts/settle.lua
	settleSource string
)

// What reviewers and operators need goes on when the memory that Redis may use is full, see room. Without a flag Redis refuses the first command that
// takes memory.
const (
	evenWhenFull = "#!lua flags=allow-oom\n"
	readsOnly    = "#!lua flags=no-writes\n"
)

var (
	submitScript     = redis.NewScript(commitSource) // commits what brings new submissions
	commitScript     = redis.NewScript(evenWhenFull + commitSource)
	knownScript      = redis.NewScript(evenWhenFull + knownSource)
	pickScript       = redis.NewScript(evenWhenFull + pickSource)
	accountScript    = redis.NewScript(evenWhenFull + accountSource)
	credentialScript = redis.NewScript(evenWhenFull + credentialSource)
	takeScript       = redis.NewScript(evenWhenFull + takeSource)
	dropScript       = redis.NewScript(evenWhenFull + dropSource)
	foundScript      = redis.NewScript(evenWhenFull + foundSource)
	asideScript      = redis.NewScript(evenWhenFull + asideSource)
	mendScript       = redis.NewScript(evenWhenFull + mendSource)
	beginScript      = redis.NewScript(evenWhenFull + beginSource)
	endScript        = redis.NewScript(evenWhenFull + endSource)
	timeScript       = redis.NewScript(readsOnly + timeSource)
	chainScript      = redis.NewScript(chainSource)
	settleScript     = redis.NewScript(settleSource)
)

// newNonce is by which a script knows the same call sent again: 80 random bits in 16 characters.
func newNonce() string { return rand.Text()[:nonceSize] }

const nonceSize = 16
