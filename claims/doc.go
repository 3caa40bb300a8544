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
// that has no finding, is closed and loses its text. An operator may end a lease (Free) and put what waits for something else on the queue (Requeue).
//
// # Demand
//
// Every wording makes a claim of its own, named by a hash of its text. One that is the same as another is closed as its duplicate: by a reviewer
// (Duplicate), or at once when it comes and is like an open claim, or a review covers it (File). A duplicate goes on counting who asks in its words, and
// every claim above it has that in its own count, so a merge can be undone (Unmerge) with everything that came since. A ticket is of the
// wording's claim, and is answered by the claim at the end of the chain. What is like an open claim, but not enough for a program to decide, is suggested to
// reviewers.
//
// # Why
//
// All rules live in the transitions (change.go, filing.go, lease.go, finding.go, ending.go, merge.go), [Keys] and [Prioritize]: pure functions without I/O, clock or randomness. A
// [Store] knows none of them. It commits a [Change] wholly or not at all, if the versions that the change was made from still stand,
// so both stores are thin and one suite, claimstest, holds them to one contract. The [Desk] reads, calls a transition and
// commits; when it loses a race it reads again.
//
// The event log is chained, see [Link]; [Verify] finds what was changed or removed. [Inspect] holds a whole store against its records and its log, and is
// the judge of the random tests.
//
// Rules inside the store (Lua scripts) were as fast, but had to be written once for each store. Locks held across a review would have to be
// cleaned up after every crash; a lease with a fencing token expires by itself.
package claims
