// Package claims is the fact-check desk: what people ask, what reviewers find, and the rules between the two.
//
// A claim's life, with the transition that makes each step:
//
//	               Submit                    Take                    Propose
//	(a rumour) ------------> queued <------------------> in_review ----------> second_review
//	     \                   ^   ^  Release, Expire       |    ^                  |     |
//	      \ Submit, trusted  |   |  (the fifth: parked)   |    `------------------'     | Approve
//	       \ sources answer  |   |                        |           Return            v
//	        `--> sourced ----'   |                        |  Close, Duplicate       published
//	                   demand,   | Reopen                 v                          |   ^
//	                   "not mine"`--------------------- closed          NeedsUpdate  |   | Approve
//	                             `--------------------- retracted <--- needs_update <'   |
//	                                                      Retract          `-> in_review-'
//
// A claim may also be escalated: then only editors see it, until one of them decides or gives it back. One that nobody asks about any more, and
// that has no finding, is closed and loses its text.
//
// # Why
//
// All rules live in the transitions (change.go, lease.go, finding.go, ending.go), [Keys] and [Prioritize]: pure functions without I/O, clock or randomness. A
// [Store] knows none of them. It commits a [Change] wholly or not at all, if the versions that the change was made from still stand,
// so both stores are thin and one suite, claimstest, holds them to one contract. The [Desk] reads, calls a transition and
// commits; when it loses a race it reads again.
//
// Rules inside the store (Lua scripts) were as fast, but had to be written once for each store. Locks held across a review would have to be
// cleaned up after every crash; a lease with a fencing token expires by itself.
package claims
