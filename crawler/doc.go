// Package crawler turns the pages of trusted sources into documents that an index can follow.
//
// A register names the sources; Crawl visits their pages politely and keeps what it saw in an Archive: every capture, every
// version, and a numbered log of changes that is an index.Feed. The starter guidance, which needs no network, is a feed too.
//
// # Why
//
// The crawler is for a few hundred pages of a dozen publishers, each of whom should be glad of it. So it asks one thing of a
// host at a time, obeys robots.txt with no switch to ignore it, and asks again only with the validators of the last answer.
// What comes back is hostile until proven otherwise: bodies are bounded before and after decompression, markup passes a linear
// gate before it reaches a parser, and addresses are checked in the dialer, after DNS, where a name can no longer change.
//
// A page counts as unchanged when the hashes of its passages are exactly those of the version before, and for no other reason: a
// similarity measure overlooks the "not" that turns advice into its opposite.
package crawler
