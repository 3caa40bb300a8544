package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"dalel/claims"
	"dalel/index"
)

// An Index is what the server asks of the search. *index.Index is one.
type Index interface {
	Search(ctx context.Context, q index.Query) ([]index.Hit, error)
	Document(ctx context.Context, id string) (index.Document, error)
	Count(ctx context.Context) (map[index.Kind]map[string]int, error)
}

// SourceInfo is what the crawler knows of a source, as the register shows it.
type SourceInfo struct {
	Langs     []string  // of its pages
	Start     []string  // addresses of the pages to begin from
	State     string    // in a word of the crawler's; empty when it was never visited
	LastCrawl time.Time // zero when it was never visited
}

// Config is what a server is made of. Desk and Index are needed.
type Config struct {
	Desk    *claims.Desk
	Index   Index
	Sources []index.Source // the register, in the order in which it is shown

	// SourceInfo gives what is known of each source, by its ID. Nil, or a source it leaves out: nothing is known.
	SourceInfo func(ctx context.Context) (map[string]SourceInfo, error)

	// BaseURL is how people reach the server, for example "https://dalel.example". Empty: as each request addressed it. With https the
	// session cookie is bound to the host and to TLS.
	BaseURL string

	// Control lets the command line act on a running server as an administrator. Empty: nobody may.
	Control claims.Secret

	Heartbeat time.Duration // between signs of life in a stream of events; 0 is 15 seconds
	Streams   int           // of events, at most open at once; 0 is 200

	Version string
	Log     *slog.Logger     // nil logs nothing
	Now     func() time.Time // nil is time.Now
}

// A Server is the desk over HTTP: JSON for programs under /v1, pages for people beside it.
type Server struct {
	cfg      Config
	desk     *claims.Desk
	log      *slog.Logger
	baseURL  string // without a slash at the end; empty: as each request addressed us
	sources  map[string]index.Source
	locales  *locales
	pages    *pages
	crossing *http.CrossOriginProtection
	within   time.Duration // answerWithin, but in tests
	inFlight inFlight
	hub      *hub
	streams  *streams
	engine   *gin.Engine
}

// New makes a server. The error says what of the configuration, the catalogs or the templates is wrong.
func New(cfg Config) (*Server, error) {
	if cfg.Desk == nil || cfg.Index == nil {
		return nil, errors.New("api: a desk and an index are needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = heartbeat
	}
	s := &Server{cfg: cfg, desk: cfg.Desk, log: cfg.Log, sources: make(map[string]index.Source), crossing: http.NewCrossOriginProtection(),
		within: answerWithin,
		hub:    &hub{desk: cfg.Desk, log: cfg.Log}, streams: newStreams(cfg.Streams)}
	for _, source := range cfg.Sources {
		s.sources[source.ID] = source
	}
	if err := s.setBase(cfg.BaseURL); err != nil {
		return nil, err
	}
	var err error
	if s.locales, err = loadLocales(assets); err != nil {
		return nil, err
	}
	if s.pages, err = s.loadPages(assets); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.UseRawPath = true // so that an escaped slash is part of an account's name
	if err := s.engine.SetTrustedProxies(nil); err != nil {
		return nil, fmt.Errorf("api: trusted proxies: %w", err)
	}
	s.engine.Use(s.observe, s.recover, s.protect)
	s.engine.NoRoute(s.noRoute)
	s.engine.NoMethod(s.noMethod)
	s.route(s.engine)
	return s, nil
}

// setBase checks the address under which people reach the server.
func (s *Server) setBase(address string) error {
	s.baseURL = strings.TrimRight(address, "/")
	if s.baseURL == "" {
		return nil
	}
	u, err := url.Parse(s.baseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("api: base URL %q: want http(s)://host[:port]", address)
	}
	if err := s.crossing.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
		return fmt.Errorf("api: base URL %q: %w", address, err)
	}
	return nil
}

// Handler serves everything. It may be used by many servers at once.
func (s *Server) Handler() http.Handler { return s.engine }

// base is the beginning of absolute links: the configured one, else as the request addressed us.
func (s *Server) base(c *gin.Context) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	if c.Request.TLS != nil {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}

// secure reports whether people reach the server over TLS.
func (s *Server) secure() bool { return strings.HasPrefix(s.baseURL, "https://") }
