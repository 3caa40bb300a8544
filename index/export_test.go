package index

import (
	"context"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// RetryAfter makes a failing feed be tried again after the same pause each time.
func (x *Index) RetryAfter(d time.Duration) { x.retry = func(int) time.Duration { return d } }

// WaitAtMost is how long a batch may take.
func (x *Index) WaitAtMost(d time.Duration) { x.patience = d }

// Pause is the pause after a number of failures.
func Pause(failures int) time.Duration { return pause(failures) }

// Merge makes one segment of all.
func (x *Index) Merge(ctx context.Context) error {
	return x.engine.(*scorch.Scorch).ForceMerge(ctx, nil)
}

// SetSchema pretends that another version of the program made the index.
func (x *Index) SetSchema(version string) error {
	return x.bleve.SetInternal([]byte(internalSchema), []byte(version))
}
