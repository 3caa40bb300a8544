package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/routers"

	"dalel/api"
	"dalel/claims"
	"dalel/claims/boltstore"
	"dalel/claims/claimstest"
	"dalel/index"
)

// A site is a whole server on a real store and a real index, with the switches that a test needs.
type site struct {
	t        testing.TB
	url      string
	server   *api.Server
	desk     *claims.Desk
	store    *claimstest.Outage
	index    *index.Index
	open     *index.Index // open claims
	clock    *claimstest.Clock
	log      *logBuffer
	contract routers.Router
}

// siteOptions change what a site is made of.
type siteOptions struct {
	baseURL  string
	searcher func(*index.Index) claims.Searcher // stands between the desk and the index
	open     func(*index.Index) claims.Searcher // stands between the desk and the index of open claims
	api      func(*index.Index) api.Index       // stands between the server and the index
	store    func(claims.Store) claims.Store    // stands between the desk and the store
	config   func(*api.Config)                  // changes what the server is made of
	web      func(*httptest.Server)             // changes the server before it starts
}

const control = claims.Secret("dlr_control-token-of-a-test")

func newSite(t testing.TB, o siteOptions) *site {
	t.Helper()
	s := &site{t: t, clock: claimstest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), log: &logBuffer{}, contract: contract(t)}
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "claims.db"), boltstore.Options{Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.store = claimstest.NewOutage(bolt)
	if s.index, err = index.NewMemory(index.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.index.Apply(t.Context(), index.Batch{Put: guidance()}); err != nil {
		t.Fatal(err)
	}
	var searcher claims.Searcher = s.index
	if o.searcher != nil {
		searcher = o.searcher(s.index)
	}
	var kept claims.Store = s.store
	if o.store != nil {
		kept = o.store(s.store)
	}
	if s.open, err = index.NewMemory(index.Options{}); err != nil {
		t.Fatal(err)
	}
	var openClaims claims.Searcher = s.open
	if o.open != nil {
		openClaims = o.open(s.open)
	}
	s.desk = claims.NewDesk(kept, searcher, claims.Options{Open: openClaims, Now: s.clock.Now})
	var found api.Index = s.index
	if o.api != nil {
		found = o.api(s.index)
	}
	config := api.Config{Desk: s.desk, Index: found, Sources: sources(), BaseURL: o.baseURL, Control: control,
		Version: "test", Now: s.clock.Now, Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		SourceInfo: func(context.Context) (map[string]api.SourceInfo, error) {
			return map[string]api.SourceInfo{"who": {Langs: []string{"en"}, Start: []string{"https://www.who.int/"},
				State: "ok", LastCrawl: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}, nil
		}}
	if o.config != nil {
		o.config(&config)
	}
	if s.server, err = api.New(config); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(s.server.Handler())
	if o.web != nil {
		o.web(web)
	}
	web.Start()
	s.url = web.URL
	t.Cleanup(func() {
		s.server.EndStreams()
		web.Close()
		if err := bolt.Close(); err != nil {
			t.Error(err)
		}
		if err := errors.Join(s.index.Close(), s.open.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// sources are a small register.
func sources() []index.Source {
	return []index.Source{
		{ID: "who", Kind: "international", Name: map[string]string{"en": "World Health Organization", "ru": "Всемирная организация здравоохранения",
			"kk": "Дүниежүзілік денсаулық сақтау ұйымы"}},
		{ID: "cdc", Kind: "state", Name: map[string]string{"en": "CDC"}},
	}
}

// guidance is a small index: what the trusted sources of the tests say.
func guidance() []index.Document {
	page := func(id, source, topic, language, title, text string, heard ...string) index.Document {
		return index.Document{ID: id, Kind: index.KindGuidance, Source: source, Topic: topic, URL: "https://" + source + ".example/" + id, Title: title,
			Lang: language, Published: "2021-05", Modified: "2022-01-19", Fetched: "2026-02-01", Version: 1, Heard: heard,
			Passages: []index.Passage{{Heading: []string{title}, Text: text, Kind: index.PassageAdvice}}}
	}
	docs := []index.Document{
		page("garlic", "who", "garlic", "en", "Can eating garlic help prevent infection with the new coronavirus?",
			"Garlic is a healthy food that may have some antimicrobial properties. However, there is no evidence that eating garlic has protected people from the new coronavirus.",
			"eating garlic prevents the coronavirus", "garlic cures covid"),
		page("5g", "who", "5g", "en", "5G mobile networks do not spread COVID-19",
			"Viruses cannot travel on radio waves or mobile networks. COVID-19 is spreading in many countries that do not have 5G mobile networks.",
			"5G towers spread the coronavirus"),
		page("hot-bath", "who", "hot-bath", "en", "Taking a hot bath does not prevent COVID-19",
			"Taking a hot bath will not prevent you from catching COVID-19. Your normal body temperature remains around 36.5 to 37 degrees, regardless of the temperature of your bath or shower.",
			"a hot bath kills the virus"),
		page("magnets", "cdc", "vaccine-magnetic", "en", "Can receiving a COVID-19 vaccine cause you to be magnetic?",
			"No. Receiving a COVID-19 vaccine will not make you magnetic, including at the site of vaccination. The vaccines do not contain ingredients that can produce an electromagnetic field.",
			"the vaccine makes your arm magnetic"),
		page("antibiotics", "who", "antibiotics", "en", "Antibiotics cannot prevent or treat COVID-19",
			"Antibiotics work only against bacteria, not viruses. COVID-19 is caused by a virus, and therefore antibiotics should not be used for prevention or treatment.",
			"antibiotics cure covid"),
		page("antibiotics-ru", "who", "antibiotics", "ru", "Антибиотики не лечат коронавирус",
			"Антибиотики действуют только на бактерии и не действуют на вирусы. Коронавирус – это вирус, поэтому антибиотики не помогают ни для профилактики, ни для лечения.",
			"антибиотики лечат коронавирус"),
		page("masks-kk", "who", "masks-harm", "kk", "Маска кию денсаулыққа зиян емес",
			"Медициналық масканы дұрыс киген кезде денсаулыққа зиян келмейді: маска оттегінің жетіспеуіне де, көмірқышқыл газының жиналуына да әкелмейді.",
			"маска кисең оттегі жетпей қаласың"),
	}
	summary := page("summary-alcohol", "who", "alcohol", "en", "Drinking alcohol does not protect against COVID-19",
		"Drinking alcohol does not protect anyone against COVID-19 and can be dangerous, says WHO. Alcohol on the skin disinfects hands; inside the body it harms the immune system.",
		"drinking vodka kills the coronavirus")
	summary.Kind = index.KindSummary
	return append(docs, summary)
}

// call is one request and the status it should come to.
type call struct {
	method, path string
	body         any // a string or bytes as they are, anything else as JSON
	token        string
	cookie       string
	header       map[string]string
	want         int
}

// reply is what came.
type reply struct {
	t      testing.TB
	header http.Header
	body   []byte
}

// send sends a request, and holds it and its answer to the contract.
func (s *site) send(q call) reply {
	s.t.Helper()
	var body []byte
	switch b := q.body.(type) {
	case nil:
	case string:
		body = []byte(b)
	case []byte:
		body = b
	default:
		var err error
		if body, err = json.Marshal(b); err != nil {
			s.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(s.t.Context(), q.method, s.url+q.path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.cookie != "" {
		r.Header.Set("Cookie", q.cookie)
	}
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != q.want {
		s.t.Fatalf("%s %s: status %d, want %d\n%s", q.method, q.path, response.StatusCode, q.want, got)
	}
	s.keep(r, body, response, got)
	return reply{t: s.t, header: response.Header, body: got}
}

// into decodes a reply.
func (r reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("%v: %s", err, r.body)
	}
}

// problem is a reply as a problem.
func (r reply) problem() problem {
	r.t.Helper()
	if got, want := r.header.Get("Content-Type"), "application/problem+json"; got != want {
		r.t.Errorf("Content-Type %q, want %q", got, want)
	}
	var p problem
	r.into(&p)
	return p
}

// account makes an account and gives its token.
func (s *site) account(name string, roles ...claims.Role) string {
	s.t.Helper()
	inv, err := s.desk.AddAccount(s.t.Context(), name, roles)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(inv.Token)
}

// catchUp brings what was published to the index, and what is open to the other.
func (s *site) catchUp() {
	s.t.Helper()
	err := s.index.CatchUp(s.t.Context(), claims.Feed{Store: s.store})
	if err := errors.Join(err, s.open.CatchUp(s.t.Context(), claims.OpenFeed{Store: s.store})); err != nil {
		s.t.Fatal(err)
	}
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
