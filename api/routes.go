package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// A handler answers a request or gives the error to answer with; it never does both.
type handler func(c *gin.Context) error

// A route is one line of the table.
type route struct {
	method, path string
	handle       handler
	who          access
}

// The routes whose answers last as long as somebody reads them.
const (
	eventsPath     = "/v1/events"
	auditCSVPath   = "/v1/audit.csv"
	auditLinesPath = "/v1/audit.ndjson"
)

// lasting reports whether a route's answer has no end in time.
func lasting(path string) bool {
	return path == eventsPath || path == auditCSVPath || path == auditLinesPath
}

// routes is every route for programs. Those for people are in pageTable.
func (s *Server) routes() []route {
	return []route{
		{http.MethodPost, "/v1/checks", s.check, anyone},
		{http.MethodGet, "/v1/checks/:ticket", s.ask, ticket},
		{http.MethodDelete, "/v1/checks/:ticket", s.erase, ticket},
		{http.MethodPost, "/v1/checks/:ticket/feedback", s.feedback, ticket},

		{http.MethodGet, "/v1/search", s.search, anyone},
		{http.MethodGet, "/v1/sources", s.listSources, anyone},
		{http.MethodGet, "/v1/reviews", s.listReviews, anyone},
		{http.MethodGet, "/v1/reviews/:id", s.review, anyone},
		{http.MethodGet, "/v1/cases", s.listCases, anyone},
		{http.MethodGet, "/v1/cases.csv", s.casesCSV, anyone},

		{http.MethodGet, "/v1/claims", s.listClaims, reviewers},
		{http.MethodPost, "/v1/claims/next", s.nextClaim, reviewers},
		{http.MethodGet, "/v1/claims/:id", s.claim, reviewers},
		{http.MethodGet, "/v1/claims/:id/history", s.history, reviewers},
		{http.MethodGet, "/v1/claims/:id/similar", s.similar, reviewers},
		{http.MethodGet, "/v1/claims/:id/suggestions", s.suggestions, reviewers},
		{http.MethodPut, "/v1/claims/:id/lease", s.takeLease, reviewers},
		{http.MethodDelete, "/v1/claims/:id/lease", s.releaseLease, reviewers},
		{http.MethodPut, "/v1/claims/:id/draft", s.saveDraft, reviewers},
		{http.MethodPost, "/v1/claims/:id/review", s.propose, reviewers},
		{http.MethodPost, "/v1/claims/:id/approve", s.approve, reviewers},
		{http.MethodPost, "/v1/claims/:id/return", s.sendBack, reviewers},
		{http.MethodPost, "/v1/claims/:id/close", s.closeClaim, reviewers},
		{http.MethodPost, "/v1/claims/:id/reject", s.reject, reviewers},
		{http.MethodPost, "/v1/claims/:id/unmerge", s.unmerge, reviewers},
		{http.MethodPost, "/v1/claims/:id/escalate", s.escalate, helpers},
		{http.MethodPost, "/v1/claims/:id/deescalate", s.deescalate, editors},
		{http.MethodPost, "/v1/claims/:id/reopen", s.reopen, editors},
		{http.MethodPost, "/v1/claims/:id/retract", s.retract, editors},

		{http.MethodGet, eventsPath, s.events, reviewers},
		{http.MethodGet, auditCSVPath, s.auditCSV, auditors},
		{http.MethodGet, auditLinesPath, s.auditLines, auditors},

		{http.MethodGet, "/v1/accounts", s.listAccounts, admins},
		{http.MethodPost, "/v1/accounts", s.addAccount, admins},
		{http.MethodPost, "/v1/accounts/:name/link", s.newLink, admins},
		{http.MethodDelete, "/v1/accounts/:name", s.removeAccount, admins},

		{http.MethodGet, "/v1/openapi.yaml", s.openAPI, anyone},
		{http.MethodGet, "/healthz", s.healthy, anyone},
		{http.MethodGet, "/readyz", s.ready, anyone},
	}
}

// route puts the whole table, and the pages, into a router.
func (s *Server) route(r *gin.Engine) {
	for _, each := range s.routes() {
		r.Handle(each.method, each.path, s.adapt(each))
		if each.method == http.MethodGet {
			r.Handle(http.MethodHead, each.path, s.adapt(each))
		}
	}
	s.pageRoutes(r)
}

// adapt makes what the router wants of a route: who may not use it is refused, and an error is answered here and nowhere else.
func (s *Server) adapt(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := s.allowed(c, r.who)
		if err == nil && r.method == http.MethodPost {
			var done func()
			if done, err = s.begin(c); err == nil {
				defer done()
			}
		}
		if err == nil {
			err = r.handle(c)
		}
		if err != nil {
			s.problem(c, err)
		}
	}
}
