package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// terminal reports whether somebody reads along.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// A bar shows on a terminal how far a long work has come, one stage after the other. The zero bar shows nothing.
type bar struct {
	on    io.Writer // nil: there is no terminal
	stage string
	shown *progressbar.ProgressBar
}

// barOn is a bar on a terminal, and one that shows nothing elsewhere.
func barOn(w io.Writer) *bar {
	if !terminal(w) {
		return &bar{}
	}
	return &bar{on: w}
}

// tell is a claims.Progress.
func (b *bar) tell(stage string, done, total int64) {
	if b.on == nil {
		return
	}
	if total < 1 {
		total = -1 // unknown
	}
	if b.shown == nil || b.stage != stage {
		b.clear()
		b.stage = stage
		b.shown = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.on), progressbar.OptionSetDescription(stage), progressbar.OptionShowCount(),
			progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	if total > 0 && total != b.shown.GetMax64() {
		b.shown.ChangeMax64(total)
	}
	_ = b.shown.Set64(done) // a bar that cannot be drawn is no reason to stop
}

// clear takes the bar off the line, for what is printed there. Whatever is told next draws it again.
func (b *bar) clear() {
	if b.shown != nil {
		_ = b.shown.Clear()
		b.shown = nil
	}
}

// over gives a writer to the terminal that the bar is on, which takes the bar away before it writes; other writers it gives as they are.
func (b *bar) over(w io.Writer) io.Writer {
	if b.on == nil || !terminal(w) {
		return w
	}
	return clearing{w, b}
}

type clearing struct {
	io.Writer
	bar *bar
}

func (c clearing) Write(p []byte) (int, error) {
	c.bar.clear()
	return c.Writer.Write(p)
}
