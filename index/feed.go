package index

import (
	"context"
	"time"
)

// A Feed is a numbered log of changes to documents. An index follows it and keeps its place in it inside itself, in the same
// batch as what it read there, so that a crash between the two cannot be.
type Feed interface {
	// Name is the feed's own, the same at every start.
	Name() string

	// After gives what comes after a place, at most about limit documents, and the place behind it. The empty place is the
	// beginning. Where there is nothing, After waits up to the given time for news and then gives an empty batch and the same place.
	// A place that the log does not know (another log's, or past its head) makes the feed start over: the batch then begins
	// with Clear, and next is a place of the log as it is now. Marks are left empty: the index sets its own.
	After(ctx context.Context, place string, limit int, wait time.Duration) (b Batch, next string, err error)
}
