package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// write encodes an answer before its status goes out, so that a value that cannot be encoded is a 500 and not half an answer.
func write(c *gin.Context, status int, contentType string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // never read as HTML: nosniff and the type say so
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("api: encode %T: %w", v, err)
	}
	c.Data(status, contentType, b.Bytes())
	return nil
}

// private answers with JSON that nobody but the caller may keep.
func private(c *gin.Context, status int, v any) error {
	c.Header("Vary", "Accept-Language")
	return write(c, status, "application/json", v)
}

// publicFor is how long a cache may keep what anyone may see.
const publicFor = "public, max-age=60, stale-while-revalidate=600"

// public answers with what anyone may see and caches may keep. Without a tag it is that of the bytes. Whoever has them already gets 304.
func public(c *gin.Context, tag, contentType string, b []byte) error {
	if tag == "" {
		sum := sha256.Sum256(b)
		tag = `"` + hex.EncodeToString(sum[:12]) + `"`
	}
	c.Header("Cache-Control", publicFor)
	c.Header("Vary", "Accept-Language")
	c.Header("ETag", tag)
	if hasTag(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Data(http.StatusOK, contentType, b)
	return nil
}

// publicJSON is public for a value.
func publicJSON(c *gin.Context, tag string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("api: encode %T: %w", v, err)
	}
	return public(c, tag, "application/json", b.Bytes())
}

// hasTag compares weakly, as If-None-Match wants (RFC 9110, 13.1.2).
func hasTag(header, tag string) bool {
	for each := range strings.SplitSeq(header, ",") {
		if each = strings.TrimSpace(each); each == "*" || strings.TrimPrefix(each, "W/") == tag {
			return true
		}
	}
	return false
}

// versionTag is the strong entity tag of a claim's version.
func versionTag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// ifMatch is the version that a write is meant for: 0 when the request does not say, or says that any will do. What is no tag of ours
// matches no version.
func ifMatch(c *gin.Context) (int64, error) {
	tag := strings.TrimSpace(c.GetHeader("If-Match"))
	if tag == "" || tag == "*" {
		return 0, nil
	}
	if !strings.HasPrefix(tag, `"v`) || !strings.HasSuffix(tag, `"`) {
		return 0, errVersion
	}
	number, _, _ := strings.Cut(strings.Trim(tag, `"v`), "-") // a review's tag also has its language
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return 0, errVersion
	}
	return n, nil
}

// Page sizes.
const (
	pageLimit    = 25
	maxPageLimit = 100
)

// listJSON is a page of a list.
type listJSON[T any] struct {
	Items      []T              `json:"items"`
	NextCursor string           `json:"nextCursor,omitempty"`
	Counts     map[string]int64 `json:"counts,omitempty"` // of claims in each state
}

// listed makes a page of a list, and links to the next one.
func listed[T any](s *Server, c *gin.Context, items []T, next string) listJSON[T] {
	p := listJSON[T]{Items: items}
	if items == nil {
		p.Items = []T{}
	}
	if next == "" {
		return p
	}
	p.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(next))
	query := c.Request.URL.Query()
	query.Set("cursor", p.NextCursor)
	link := url.URL{Path: c.Request.URL.Path, RawQuery: query.Encode()}
	c.Header("Link", "<"+s.base(c)+link.String()+`>; rel="next"`)
	return p
}
