package api_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"dalel/api"
)

// readLines lets the validator read lines of JSON, which it does not know.
var readLines = sync.OnceFunc(func() {
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
})

// contract is the OpenAPI document as a router, which the answers of all tests are held to.
func contract(t testing.TB) routers.Router {
	t.Helper()
	readLines()
	b, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// keep holds a request that was taken, and every answer, to the contract.
func (s *site) keep(r *http.Request, body []byte, response *http.Response, got []byte) {
	s.t.Helper()
	if r.Method == http.MethodHead || response.StatusCode == http.StatusInternalServerError {
		return
	}
	route, parameters, err := s.contract.FindRoute(r)
	if err != nil {
		if response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusMethodNotAllowed && response.StatusCode != http.StatusForbidden {
			s.t.Errorf("%s %s is not in the contract and answers %d", r.Method, r.URL.Path, response.StatusCode)
		}
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true}
	asked := r.Clone(s.t.Context())
	asked.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{Request: asked, PathParams: parameters, Route: route, Options: options}
	if response.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(s.t.Context(), input); err != nil {
			s.t.Errorf("%s %s was taken, but the contract does not allow it: %v", r.Method, r.URL, err)
		}
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: response.StatusCode, Header: response.Header, Options: options}
	if err := openapi3filter.ValidateResponse(s.t.Context(), answer.SetBodyBytes(got)); err != nil {
		s.t.Errorf("%s %s: the answer is not what the contract says: %v\n%s", r.Method, r.URL, err, got)
	}
}

func TestContractAndRoutesAreTheSame(t *testing.T) {
	b, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	contract := make(map[string]string)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			who := "open"
			if operation.Security != nil && len(*operation.Security) > 0 {
				who = "signed in"
			}
			contract[method+" "+path] = who
			if operation.Summary == "" || operation.OperationID == "" {
				t.Errorf("%s %s has no summary or no name", method, path)
			}
		}
	}
	s := newSite(t, siteOptions{})
	routes := make(map[string]string)
	parameter := regexp.MustCompile(`:([a-z]+)`)
	for _, r := range s.server.Routes() {
		who := "signed in"
		if r.Who == "anyone" || r.Who == "ticket" {
			who = "open"
		}
		routes[r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}")] = who
	}
	if d := cmp.Diff(contract, routes); d != "" {
		t.Errorf("the contract and the routes differ (-contract +routes):\n%s", d)
	}
	for _, code := range api.Codes() {
		if code != "client_gone" && !strings.Contains(doc.Info.Description, "`"+code+"`") {
			t.Errorf("the contract does not name the code %s", code)
		}
	}
}
