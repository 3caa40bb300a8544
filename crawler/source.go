package crawler

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"
	"go.yaml.in/yaml/v3"

	"dalel/index"
)

// Bounds of a register.
const (
	maxRegister  = 1 << 20 // bytes of YAML
	maxPages     = 5_000
	defaultPages = 100
)

// A Source is a trusted publisher: who it is, which part of the web is its own, and how its pages are read.
type Source struct {
	ID   string            `yaml:"id"`   // lower-case letters, digits and hyphens
	Kind string            `yaml:"kind"` // international, state, fact-checker or ngo
	Name map[string]string `yaml:"name"` // in en, ru and kk

	// Hosts are the parts of the web that are the source's: "host" or "host/path" (that path and what lies below it). What another
	// source of the register claims more exactly is not this source's.
	Hosts     []string `yaml:"hosts"`
	Languages []string `yaml:"languages"` // of its pages, out of en, ru and kk
	Start     []string `yaml:"start"`     // pages to begin from
	Sitemaps  []string `yaml:"sitemaps"`  // the only sitemaps that are read

	Root    string `yaml:"root"`    // CSS selector of a page's main content; empty: found by looking
	Remove  string `yaml:"remove"`  // CSS selector of what is not content
	Licence string `yaml:"licence"` // under what terms its text may be quoted, with the address of the terms where there is one

	MaxPages int `yaml:"maxPages"` // pages visited in one crawl, 1 to 5,000; 0 means 100

	// AllowLoopback is for a test site on this machine: all hosts are then loopback addresses, with ports. Delay, the time between two
	// requests, may be set only for such a site; others get the crawler's own, which depends on how fast they answer.
	AllowLoopback bool          `yaml:"allowLoopback"`
	Delay         time.Duration `yaml:"delay"`

	foreign []string // scopes inside Hosts that belong to other sources of the register
}

// A Register is a list of sources, in the order in which it names them.
type Register []Source

//go:embed sources.yaml
var embeddedSources []byte

// Sources is the embedded register.
func Sources() (Register, error) {
	r, err := ParseSources(bytes.NewReader(embeddedSources))
	if err != nil {
		return nil, fmt.Errorf("crawler: embedded register: %w", err)
	}
	for _, s := range r {
		if s.AllowLoopback {
			return nil, fmt.Errorf("crawler: embedded register: source %s may not allow loopback", s.ID)
		}
	}
	return r, nil
}

// ParseSources reads a register: a YAML list of sources. The error names the source and what is wrong with it: a key that is not
// known, an ID that is taken, a host that is none, a start page outside the hosts, a selector that does not parse.
func ParseSources(r io.Reader) (Register, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxRegister+1))
	if err != nil {
		return nil, fmt.Errorf("crawler: read register: %w", err)
	}
	if len(text) > maxRegister {
		return nil, fmt.Errorf("crawler: register of more than %d bytes", maxRegister)
	}
	var register Register
	if err := decodeYAML(text, &register); err != nil {
		return nil, fmt.Errorf("crawler: register: %w", err)
	}
	if len(register) == 0 {
		return nil, errors.New("crawler: register names no source")
	}
	seen := map[string]bool{}
	for i := range register {
		s := &register[i]
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("crawler: source %d (%q): %w", i+1, s.ID, err)
		}
		if seen[s.ID] {
			return nil, fmt.Errorf("crawler: source %d: id %q is taken", i+1, s.ID)
		}
		seen[s.ID] = true
	}
	if err := register.divide(); err != nil {
		return nil, err
	}
	return register, nil
}

// decodeYAML decodes one strict YAML document: unknown keys and further documents are errors.
func decodeYAML(text []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return errors.New("more than one YAML document")
	}
	return nil
}

var (
	sourceID    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	sourceKinds = []string{"international", "state", "fact-checker", "ngo"}
)

func (s *Source) check() error {
	switch {
	case !sourceID.MatchString(s.ID):
		return errors.New("id is not lower-case letters, digits and single hyphens")
	case !slices.Contains(sourceKinds, s.Kind):
		return fmt.Errorf("kind %q is none of %s", s.Kind, strings.Join(sourceKinds, ", "))
	case len(s.Hosts) == 0:
		return errors.New("no hosts")
	case len(s.Start) == 0:
		return errors.New("no start pages")
	case len(s.Languages) == 0:
		return errors.New("no languages")
	case s.MaxPages < 0 || s.MaxPages > maxPages:
		return fmt.Errorf("maxPages %d is not between 0 and %d", s.MaxPages, maxPages)
	case s.Delay < 0 || s.Delay > 0 && !s.AllowLoopback:
		return errors.New("delay is only for a loopback test site")
	}
	for _, l := range index.Languages() {
		if strings.TrimSpace(s.Name[l]) == "" {
			return fmt.Errorf("no name in %s", l)
		}
	}
	for _, l := range s.Languages {
		if !slices.Contains(index.Languages(), l) {
			return fmt.Errorf("language %q is none of %s", l, strings.Join(index.Languages(), ", "))
		}
	}
	for _, h := range s.Hosts {
		if err := s.checkHost(h); err != nil {
			return err
		}
	}
	for _, raw := range slices.Concat(s.Start, s.Sitemaps) {
		u, err := parseAddress(nil, raw)
		if err != nil {
			return fmt.Errorf("%q: %w", raw, err)
		}
		if !s.Owns(u) {
			return fmt.Errorf("%q is not within the hosts", raw)
		}
	}
	for _, selector := range []string{s.Root, s.Remove} {
		if selector == "" {
			continue
		}
		if _, err := cascadia.ParseGroup(selector); err != nil {
			return fmt.Errorf("selector %q: %w", selector, err)
		}
	}
	return nil
}

func (s *Source) checkHost(scope string) error {
	host, path, _ := strings.Cut(scope, "/")
	if strings.ContainsAny(path, "?#%\\ ") || strings.HasSuffix(scope, "/") {
		return fmt.Errorf("host %q: a path is plain and has no slash at its end", scope)
	}
	if !s.AllowLoopback {
		if !hostName.MatchString(host) {
			return fmt.Errorf("host %q is not a lower-case host name", scope)
		}
		return nil
	}
	local, err := netip.ParseAddrPort(strings.Replace(host, "localhost:", "127.0.0.1:", 1))
	if err != nil || !local.Addr().IsLoopback() {
		return fmt.Errorf("host %q is not a loopback address with a port, as allowLoopback asks", scope)
	}
	return nil
}

// divide settles which source owns what, where one's scope lies inside another's.
func (r Register) divide() error {
	for i := range r {
		for j := range r {
			for _, scope := range r[j].Hosts {
				switch {
				case i == j:
				case slices.Contains(r[i].Hosts, scope):
					return fmt.Errorf("crawler: sources %q and %q both claim %s", r[i].ID, r[j].ID, scope)
				case slices.ContainsFunc(r[i].Hosts, func(own string) bool { return strings.HasPrefix(scope, own+"/") }):
					r[i].foreign = append(r[i].foreign, scope)
				}
			}
		}
		for _, raw := range r[i].Start {
			if u, err := parseAddress(nil, raw); err != nil || !r[i].Owns(u) {
				return fmt.Errorf("crawler: source %q: start page %q belongs to another source", r[i].ID, raw)
			}
		}
	}
	return nil
}

// Owns reports whether an address is within the source's part of the web.
func (s *Source) Owns(u *url.URL) bool {
	if u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return false
	}
	best := longestScope(s.Hosts, u)
	return best >= 0 && best > longestScope(s.foreign, u)
}

// longestScope is the length of the longest scope that holds u, or -1.
func longestScope(scopes []string, u *url.URL) int {
	best := -1
	at := u.Host + u.EscapedPath()
	for _, scope := range scopes {
		if at == scope || strings.HasPrefix(at, scope+"/") {
			best = max(best, len(scope))
		}
	}
	return best
}

func (s *Source) pages() int {
	if s.MaxPages == 0 {
		return defaultPages
	}
	return s.MaxPages
}

// Index is the register as answers name it.
func (r Register) Index() []index.Source {
	out := make([]index.Source, len(r))
	for i, s := range r {
		out[i] = index.Source{ID: s.ID, Kind: s.Kind, Name: s.Name}
	}
	return out
}

// Choose gives the sources with these IDs, in the register's order, or all when none is named. The error names the first ID
// that the register does not know, and the ones that it does.
func (r Register) Choose(ids ...string) (Register, error) {
	if len(ids) == 0 {
		return r, nil
	}
	known := make([]string, len(r))
	for i, s := range r {
		known[i] = s.ID
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			return nil, fmt.Errorf("crawler: no source %q, known are %s", id, strings.Join(known, ", "))
		}
	}
	var chosen Register
	for _, s := range r {
		if slices.Contains(ids, s.ID) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}
