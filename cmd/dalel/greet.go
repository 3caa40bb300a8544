package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"dalel/claims"
	"dalel/index"
)

// greet says where to go, and how to sign in, in one piece: who reads the first line finds the rest there too.
func (s serveCmd) greet(ctx context.Context, out io.Writer, h *home, base string) error {
	counts, err := h.index.Count(ctx)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	w := tabwriter.NewWriter(&said, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Dalel %s is running.\n", versionOf())
	fmt.Fprintf(w, "  Check a rumour\t%s/\n", base)
	fmt.Fprintf(w, "  Review desk\t%s/en/desk\n", base)
	fmt.Fprintf(w, "  Guidance\t%d summaries, %d crawled pages, %d published reviews\n",
		total(counts[index.KindSummary]), total(counts[index.KindGuidance]), total(counts[index.KindReview]))
	err = s.signIn(ctx, w, h, base)
	if errors.Is(err, claims.ErrUnavailable) {
		fmt.Fprintf(w, "  Sign in\twhen the store can be reached again: dalel user add%s --role admin NAME\n", s.onData())
		err = nil
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return err
	}
	_, err = said.WriteTo(out)
	return err
}

// signIn says how to sign in: with the first account, which is made where there is none, else with a link that an administrator makes.
func (s serveCmd) signIn(ctx context.Context, w io.Writer, h *home, base string) error {
	first, err := h.desk.FirstAccount(ctx)
	if err == nil {
		fmt.Fprintf(w, "  Sign in\t%s/en/signin?key=%s\n", base, string(first.Link))
		fmt.Fprintf(w, "  API token\t%s\n", string(first.Token))
		fmt.Fprintln(w, "The link works once, within 72 hours, for the account 'admin'. Link and token are not shown again.")
		return nil
	}
	if !errors.Is(err, claims.ErrConflict) {
		return err
	}
	accounts, err := h.desk.Accounts(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(accounts, func(a claims.Account) bool { return a.Is(claims.RoleAdmin) })
	if i < 0 {
		fmt.Fprintf(w, "  Sign in\tdalel user add%s --role admin NAME  # makes an administrator\n", s.onData())
		return nil
	}
	fmt.Fprintf(w, "  Sign in\tdalel user link%s %s  # makes a link\n", s.onData(), quoted(accounts[i].Name))
	fmt.Fprintf(w, "  New account\tdalel user add%s --role reviewer NAME  # makes an account\n", s.onData())
	return nil
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// onData is the flag with which a command finds this data directory, after a space; empty where it needs none.
func (c Common) onData() string {
	if standard, err := filepath.Abs(defaultData); err == nil && c.Data == standard {
		return ""
	}
	return " --data " + quoted(c.Data)
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+,-./:=@_", r)
	}
	if !strings.ContainsFunc(word, special) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
