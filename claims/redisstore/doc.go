// Package redisstore keeps claims in Redis: the store that many servers share.
//
// # Why
//
// Replicas of the service need one record, one queue and one numbered log. One script commits a change: Redis runs it alone, so versions, once
// keys, records, index entries and log move together. The rules of claims are not in it; it compares and writes what [claims.Change] says.
// Optimistic transactions (WATCH) needed 2.5 times as long for a submission and four times for a cycle of the queue, because they
// start over wherever callers meet. Streams alone, or lists, have no order by due time and no entry that can be moved.
//
// What Redis acknowledges is durable only when it syncs its append-only file before it answers, and stays only when it never evicts. So
// Open reads these settings and refuses others, see [Options]. A master that dies takes with it what its replicas have not got: a change is
// acknowledged only when enough of them have it, which WAIT tells on the connection that made the change.
//
// The client tries nothing twice. What may be tried again is decided in one place, where it is known what was sent; each call of a script has a
// nonce by which the script knows the same call sent again. In a cluster, too, the client is asked for the node that serves the store's keys
// and no more: its own repetitions would hide that something was sent.
//
// In a cluster all keys are in one slot, because one script must see them all: the store lives on one master and its replicas. A cluster gives it
// their failover, not more room.
//
// # Keys
//
// All begin with one hash tag, so that scripts stay legal in a cluster. This is form 2:
//
//	{dalel}:form                  "2"
//	{dalel}:epoch                 the log's name
//	{dalel}:loading               a name; exists while Load fills the store, and after a Load that was interrupted
//	{dalel}:claim:<ID>            string: version, number of its first event (0: it is in the history), packed JSON
//	{dalel}:submission:<ticket>   string: version, packed JSON
//	{dalel}:index:<name>          sorted set, scores 0; member: 16 hexadecimal digits (score, sign flipped), ":", ID
//	{dalel}:log                   stream, ids <number>-0, fields e (JSON) and l (its link, see claims.Link)
//	{dalel}:head                  number and link of the last event
//	{dalel}:history:<ID>          list of event numbers, without the one that the claim's record has
//	{dalel}:once:<key>            string with an expiry: nonce, value
//	{dalel}:holds                 sorted set of what Pick gave, by the end of its hold; neither in the file nor on replicas
//	{dalel}:accounts              hash: ID, JSON
//	{dalel}:credential:<hash>     string, with an expiry where the credential has an end
//	{dalel}:taken:<hash>          string with an expiry: nonce, JSON
//	{dalel}:credentials:<account> sorted set of hashes by their end
//	{dalel}:damaged               hash of what was set aside: name, bytes
//	{dalel}:damaged:<name>        what was set aside because its type is not that of its kind; its field in the hash is empty
//	{dalel}:touched               list with an expiry: keys written while a snapshot is taken
//	{dalel}:pause                 string: nothing may change while it exists; with an expiry, but for Load
//
// Records are strings with their version in front, because a hash of two fields costs a hundred bytes more, and most claims have one event: its
// number costs eight bytes in the record and two hundred in a list. How their JSON is packed stands at the type packing. Events are not packed, because
// the script makes their links of the JSON.
//
// Sets are scored 0 and ordered by their members, because a page then begins exactly behind the last one: a numeric score would have to be
// repeated, and whoever has the same score as the cursor be told apart.
package redisstore
