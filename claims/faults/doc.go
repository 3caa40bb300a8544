// Package faults makes stores fail, and watches what becomes of them: servers of Redis that are killed and stopped, a cluster, a master that
// is split from its sentinels, a proxy that loses answers, programs that are killed, and the drills that need them.
//
// # Why
//
// What a store promises, it promises for the day when things break, and only things that truly break show whether it holds. So nothing here is
// played: servers are processes, a kill is SIGKILL, a lost answer is one that the server has given. The package does not use [testing], because
// operators run the same drills on their own machines before they rely on a store.
//
// The drills work with a store as the desk does, by the transitions of package claims and with once keys, and note what it has acknowledged. When
// the fault is over they read everything back: what was acknowledged must be there, once, and the store must agree with itself.
//
// Everything listens on loopback only and ends with the process that started it, on Linux even when that is killed.
package faults
