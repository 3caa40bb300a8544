package main

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"

	"dalel/claims"
)

// execPath is where a running server takes operators' commands from this machine. It is no part of the API.
const execPath = "/-/exec"

// An order is a command that a server is to carry out.
type order struct {
	Args []string `json:"args"`
}

// maxOrder is how long an order may be, in bytes: far more than a note and an ID.
const maxOrder = 64 << 10

// A frame is a piece of what a command prints, what it says of its progress, or its exit code, which comes last. A command sends them one a line.
type frame struct {
	Out  []byte `json:"out,omitempty"`
	Err  []byte `json:"err,omitempty"`
	Step *step  `json:"step,omitempty"`
	Exit *int   `json:"exit,omitempty"`
}

// A step is what a claims.Progress is told.
type step struct {
	Stage string `json:"stage"`
	Done  int64  `json:"done"`
	Total int64  `json:"total,omitempty"`
}

// operators is the grammar of what a server carries out: a restore, which needs an empty store, is not among it.
type operators struct {
	Queue  queueCmd  `cmd:""`
	Backup backupCmd `cmd:""`
}

// An office carries out operators' commands in a running server, for whoever has the token of its run.
type office struct {
	home  *home
	token claims.Secret
	log   *slog.Logger
}

// before is a handler that takes operators' commands, and leaves everything else to the site. They end with ctx, as the server does.
func (o office) before(ctx context.Context, site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == execPath {
			o.carryOut(ctx, w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// carryOut carries out an order. To whoever has not the token there is nothing here.
func (o office) carryOut(serving context.Context, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost || !o.admits(r) {
		http.NotFound(w, r)
		return
	}
	var wanted order
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOrder)) // to its end: only then the server sees that the client goes
	if err = cmp.Or(err, json.Unmarshal(body, &wanted)); err != nil {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(serving, cancel)()
	w.Header().Set("Content-Type", "application/x-ndjson")
	to := &frames{to: w, conn: http.NewResponseController(w), cancel: cancel}
	code := execute(program{ctx: ctx, stdin: strings.NewReader(""), stdout: printed{to, false}, stderr: printed{to, true}, home: o.home, progress: to.tell},
		new(operators), wanted.Args, kong.NoDefaultHelp())
	o.log.InfoContext(ctx, "carried out an operator's command", "command", strings.Join(wanted.Args[:min(2, len(wanted.Args))], " "), "exit", code)
	_ = to.send(frame{Exit: &code}) // who asked may have gone
}

// admits reports whether a request has the token of this run.
func (o office) admits(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := claims.Secret(strings.TrimSpace(token)).Hash(), o.token.Hash()
	return o.token != "" && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

const (
	frameWithin = 30 * time.Second       // how long who asked may take to read what has been printed
	stepEvery   = 200 * time.Millisecond // how often progress is sent
)

// frames sends what a command prints. Its methods may be called concurrently.
type frames struct {
	mu     sync.Mutex
	to     io.Writer
	conn   *http.ResponseController
	cancel context.CancelFunc // of the command, when nobody reads any more
	told   time.Time
}

// send writes a frame at once.
func (f *frames) send(v frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.conn.SetWriteDeadline(time.Now().Add(frameWithin))
	if err == nil {
		err = json.NewEncoder(f.to).Encode(v)
	}
	if err == nil {
		err = f.conn.Flush()
	}
	if err != nil {
		f.cancel()
	}
	return err
}

// tell is a claims.Progress.
func (f *frames) tell(stage string, done, total int64) {
	f.mu.Lock()
	due := time.Since(f.told) >= stepEvery
	if due {
		f.told = time.Now()
	}
	f.mu.Unlock()
	if due {
		_ = f.send(frame{Step: &step{stage, done, total}}) // it has ended the command
	}
}

// printed sends what is written to it as standard output, or as what goes to standard error.
type printed struct {
	to     *frames
	errors bool
}

func (p printed) Write(b []byte) (int, error) {
	f := frame{Out: b}
	if p.errors {
		f = frame{Err: b}
	}
	if err := p.to.send(f); err != nil {
		return 0, err
	}
	return len(b), nil
}
