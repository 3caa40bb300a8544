package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

type searchCmd struct {
	Common
	Text   string `arg:"" help:"What to look for."`
	In     string `help:"Language of the words: en, ru or kk. Default: the text decides." enum:"en,ru,kk," default:""`
	Source string `help:"Only this source, for example who." placeholder:"ID"`
	Limit  int    `help:"How many passages at most, 1 to 100." default:"5"`
	JSON   bool   `help:"Print JSON."`
}

// Run prints the passages that bear on the words.
func (s searchCmd) Run(p program) error {
	if s.Limit < 1 || s.Limit > 100 {
		return usagef("--limit is between 1 and 100")
	}
	query := url.Values{"q": {s.Text}, "limit": {strconv.Itoa(s.Limit)}}
	if s.In != "" {
		query.Set("lang", s.In)
	}
	if s.Source != "" {
		query.Set("source", s.Source)
	}
	return s.with(p, func(c *client) error {
		b, err := c.do(p.ctx, http.MethodGet, "/v1/search", query, nil)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(p.stdout, b)
		}
		var found struct {
			Items []match `json:"items"`
		}
		if err := json.Unmarshal(b, &found); err != nil {
			return err
		}
		if len(found.Items) == 0 {
			fmt.Fprintln(p.stdout, "Nothing found.")
		}
		for _, m := range found.Items {
			fmt.Fprintln(p.stdout, m.text("en"))
		}
		return nil
	})
}
