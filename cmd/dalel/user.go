package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add an account; prints a sign-in link and an API token, once."`
	Link   userLinkCmd   `cmd:"" help:"Print a new sign-in link for an account."`
	List   userListCmd   `cmd:"" help:"List the accounts."`
	Remove userRemoveCmd `cmd:"" help:"End an account: its links, tokens and sessions are gone."`
}

type userAddCmd struct {
	Common
	Role []string `help:"What the account may do; may be repeated." enum:"reviewer,editor,trainer,admin,volunteer" required:"" placeholder:"reviewer|editor|trainer|admin"`
	Name string   `arg:"" help:"The person's name, for the desk alone."`
	JSON bool     `help:"Print JSON."`
}

// account is an account as the service shows it to an admin.
type account struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Roles    []string `json:"roles"`
	Disabled bool     `json:"disabled"`
}

// Run adds an account, on a stopped server's data directory or through the running one.
func (u userAddCmd) Run(p program) error {
	return u.with(p, func(c *client) error {
		b, err := c.do(p.ctx, http.MethodPost, "/v1/accounts", nil, map[string]any{"name": u.Name, "roles": u.Role})
		if err != nil {
			return err
		}
		if u.JSON {
			return printJSON(p.stdout, b)
		}
		var added struct {
			Account     account `json:"account"`
			Link, Token string
		}
		if err := json.Unmarshal(b, &added); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Added %s (%s).\n\n  Sign in    %s\n  API token  %s\n\n", added.Account.Name, strings.Join(added.Account.Roles, ", "), added.Link, added.Token)
		fmt.Fprintln(p.stdout, "The link works once, within 72 hours. Link and token are not shown again.")
		return nil
	})
}

type userLinkCmd struct {
	Common
	Name string `arg:"" help:"The account's name."`
}

// Run prints a link.
func (u userLinkCmd) Run(p program) error {
	return u.with(p, func(c *client) error {
		b, err := c.do(p.ctx, http.MethodPost, "/v1/accounts/"+url.PathEscape(u.Name)+"/link", nil, nil)
		if err != nil {
			return err
		}
		var made struct{ Link string }
		if err := json.Unmarshal(b, &made); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, made.Link)
		return nil
	})
}

type userListCmd struct {
	Common
	JSON bool `help:"Print JSON."`
}

// Run lists the accounts.
func (u userListCmd) Run(p program) error {
	return u.with(p, func(c *client) error {
		b, err := c.do(p.ctx, http.MethodGet, "/v1/accounts", nil, nil)
		if err != nil {
			return err
		}
		if u.JSON {
			return printJSON(p.stdout, b)
		}
		var all struct {
			Items []account `json:"items"`
		}
		if err := json.Unmarshal(b, &all); err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, a := range all.Items {
			state := ""
			if a.Disabled {
				state = "ended"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", a.Name, strings.Join(a.Roles, ","), state)
		}
		return w.Flush()
	})
}

type userRemoveCmd struct {
	Common
	Name string `arg:"" help:"The account's name."`
}

// Run ends an account.
func (u userRemoveCmd) Run(p program) error {
	return u.with(p, func(c *client) error {
		if _, err := c.do(p.ctx, http.MethodDelete, "/v1/accounts/"+url.PathEscape(u.Name), nil, nil); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Ended the account of %s.\n", u.Name)
		return nil
	})
}

// with connects, runs, and closes.
func (c Common) with(p program, f func(*client) error) error {
	conn, err := c.connect(p, "en")
	if err != nil {
		return err
	}
	err = f(conn)
	if closing := conn.Close(); err == nil {
		err = closing
	}
	return err
}
