package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthJSON says that the process answers, or that its parts do.
type healthJSON struct {
	Status  string            `json:"status"`
	Version string            `json:"version,omitempty"`
	Parts   map[string]string `json:"parts,omitempty"`
}

// healthy answers as long as the process does.
func (s *Server) healthy(c *gin.Context) error {
	return private(c, http.StatusOK, healthJSON{Status: "ok", Version: s.cfg.Version})
}

// ready reports whether the store and the index answer.
func (s *Server) ready(c *gin.Context) error {
	ctx := c.Request.Context()
	parts := map[string]string{"store": "ok", "index": "ok"}
	failed := false
	if err := s.desk.Ready(ctx); err != nil {
		parts["store"], failed = "failed", true
	}
	if _, err := s.cfg.Index.Count(ctx); err != nil {
		parts["index"], failed = "failed", true
	}
	if failed {
		return &notReady{parts: parts}
	}
	return private(c, http.StatusOK, healthJSON{Status: "ready", Parts: parts})
}

// openAPI gives the contract.
func (s *Server) openAPI(c *gin.Context) error {
	return public(c, "", "application/yaml", contract)
}
