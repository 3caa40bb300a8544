// Command dalel checks rumours against trusted guidance, and runs the desk where people review what nothing settles.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"dalel/claims"
)

// What the program exits with.
const (
	exitFailure = 1
	exitUsage   = 2
)

// cli is the command line. Every flag can also be set as DALEL_ and its name in capitals, for example DALEL_STORE.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the service: pages, API, review desk."`
	Check   checkCmd   `cmd:"" help:"Check a rumour: the same answer as on the page."`
	Search  searchCmd  `cmd:"" help:"Search the trusted guidance and published reviews."`
	Crawl   crawlCmd   `cmd:"" help:"Fetch the pages of trusted sources once. The server on the same data directory must be stopped."`
	User    userCmd    `cmd:"" help:"Accounts of reviewers, editors, trainers and admins."`
	Queue   queueCmd   `cmd:"" help:"Look at the queue, and look after the store behind it."`
	Backup  backupCmd  `cmd:"" help:"Copy all that the store keeps into a file, while it is in use."`
	Restore restoreCmd `cmd:"" help:"Fill an empty store from a backup, of whichever store it was made."`
	Bench   benchCmd   `cmd:"" help:"Try what the desk stands."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

const description = `Dalel checks rumours against trusted guidance and published reviews, in Kazakh, Russian and English. What nothing settles waits for
reviewers, and their finding answers the next person who asks.

  dalel serve                         run everything on http://localhost:8080
  dalel check "garlic cures covid"    ask in the terminal
  dalel user add --role reviewer Aru  let somebody review
  dalel queue list                    what waits for reviewers

Every flag can be set in the environment: --store as DALEL_STORE. Exit codes: 0 done, 1 failed, 2 wrong usage.`

// program is what a command gets from its surroundings.
type program struct {
	ctx      context.Context
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	home     *home           // of the server that the command is carried out in; nil in a process of its own
	progress claims.Progress // of an operator's command
	parsed   *kong.Context
	line     []string // what a server is asked for instead of what was parsed, where it is not nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(program{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:]))
}

// run is the whole program: it gives the exit code.
func run(p program, args []string) int {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	return execute(p, &cli{}, args, kong.Description(description), kong.DefaultEnvars("DALEL"), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}))
}

// standards are what the help says of defaults and forms.
func standards() kong.Vars {
	var states []string
	for _, s := range claims.States() {
		states = append(states, string(s))
	}
	return kong.Vars{"addr": defaultAddr, "data": defaultData, "stores": redisAddresses, "states": strings.Join(states, ",")}
}

// execute runs one command of a grammar and gives the exit code.
func execute(p program, grammar any, args []string, options ...kong.Option) int {
	exited := -1
	parser, err := kong.New(grammar, append(options, kong.Name("dalel"), standards(), kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { exited = code }))...)
	if err != nil {
		fmt.Fprintln(p.stderr, "dalel:", err)
		return exitFailure
	}
	command, err := parser.Parse(args)
	switch {
	case exited >= 0: // --help has been printed
		return exited
	case err != nil:
		fmt.Fprintf(p.stderr, "dalel: %s\nTry 'dalel --help'.\n", err)
		return exitUsage
	}
	p.parsed = command
	command.Bind(p)
	err = command.Run()
	var usage usageError
	var told exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &told):
		return int(told)
	case errors.As(err, &usage):
		fmt.Fprintf(p.stderr, "dalel: %s\nTry 'dalel %s --help'.\n", err, command.Selected().Path())
		return exitUsage
	}
	fmt.Fprintln(p.stderr, "dalel:", err)
	return exitFailure
}
