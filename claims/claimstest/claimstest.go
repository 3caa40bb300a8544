// Package claimstest is the contract of [claims.Store] as tests: every store passes [Run]. It also has what tests of the desk's users need:
// a settable [Clock], an [Outage] between a store and its user, [Fill] and [Same] for copies of stores, and [StartRedis], a redis-server of the
// test's own.
//
// # Why
//
// The embedded store and the distributed one are promised to be the same. A promise that is only written down drifts; here each sentence
// of the contract is a sub-test, and a fault found in one store becomes a case for both.
package claimstest

import (
	"testing"
	"time"

	"dalel/claims"
)

// Options are what the suite cannot do by the contract alone. The zero value leaves out what needs it, with the reason.
type Options struct {
	// Reopen closes a store and opens the same records again.
	Reopen func(t *testing.T, s claims.Store) claims.Store

	// Damage overwrites the stored record of a claim with bytes that are no record.
	Damage func(t *testing.T, s claims.Store, id claims.ID)

	// DamageType overwrites it with something of another type than that of a record; nil is Damage.
	DamageType func(t *testing.T, s claims.Store, id claims.ID)

	// Advance moves the store's clock forward; nil for a store that goes by a clock which tests cannot set.
	Advance func(t *testing.T, s claims.Store, d time.Duration)

	// Acts is how many changes each worker of a random test tries; 0 is 60.
	Acts int

	// Seed repeats a random test; 0 takes a new one and prints it.
	Seed uint64

	open func(t *testing.T) claims.Store // what Run was given
}

// Run holds a store to its contract. Each sub-test asks open for an empty store and closes it; sub-tests run in parallel.
func Run(t *testing.T, open func(t *testing.T) claims.Store, o Options) {
	o.open = open
	if o.Acts == 0 {
		o.Acts = 60
	}
	tests := []struct {
		name string
		run  func(t *testing.T, s claims.Store, o Options)
	}{
		{"get keeps the order and gives nil where there is none", testGet},
		{"commit is whole or not at all", testWhole},
		{"versions guard the commit", testVersions},
		{"submissions follow their versions", testSubmissions},
		{"malformed changes are refused", testMalformed},
		{"a once key makes a change happen once", testOnce},
		{"one known key of several refuses all, and each has its time", testOnceSeveral},
		{"of many with one once key one wins", testOnceRace},
		{"texts and times come back as they went in", testTexts},
		{"what is not UTF-8 is refused or kept", testNotUTF8},

		{"index entries follow the record", testEntries},
		{"range goes by score then id, below zero too", testRange},
		{"paging over equal scores in many indexes neither skips nor repeats", testPaging},
		{"pick hides what it gave for the time of hold", testPick},
		{"pick spreads callers over the queue", testPickSpread},

		{"events are numbered densely and come in order", testEvents},
		{"events wait for the next one", testEventsWait},
		{"history is the events of one claim", testHistory},
		{"the log is chained", testLog},

		{"accounts are kept, and one is first", testAccounts},
		{"credentials are taken once", testCredentials},

		{"a hundred commits on one claim make version a hundred", testHundred},
		{"random changes equal a model", testModel},

		{"each gives every record as it is stored", testEach},
		{"entries are mended under their record's version", testMend},
		{"a snapshot among writers is of one moment", testSnapshot},
		{"what was loaded is what was there", testLoad},
		{"loading sets aside what cannot be read", testLoadDamaged},
		{"compacting among writers loses nothing", testCompact},

		{"everything outlives the process", testReopen},
		{"damaged records are set aside and harm no other", testDamaged},
		{"poisonous texts are kept or refused", testPoison},
		{"what a newer version has written is left alone", testNewer},
		{"a caller who gives up gets the context's error", testGivenUp},
		{"a closed store is unavailable", testClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test.run(t, s, o)
		})
	}
}
