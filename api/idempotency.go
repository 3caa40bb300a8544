package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"dalel/claims"
)

// inFlight holds the idempotency keys of the requests that are being answered by this process. What was answered is in the store.
type inFlight struct {
	mu   sync.Mutex
	keys map[string]bool
}

// enter reports whether nobody else is answering under a key.
func (f *inFlight) enter(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys[key] {
		return false
	}
	if f.keys == nil {
		f.keys = make(map[string]bool)
	}
	f.keys[key] = true
	return true
}

func (f *inFlight) leave(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, key)
}

// begin checks a POST's Idempotency-Key and keeps a second request with the same one out until done is called. It gives a *badRequest
// or errInFlight.
func (s *Server) begin(c *gin.Context) (done func(), err error) {
	key, err := idempotencyKey(c.Request)
	if err != nil || key == "" {
		return func() {}, err
	}
	who, _ := s.signedIn(c)
	key = who.ID + " " + c.Request.URL.Path + " " + key
	if !s.inFlight.enter(key) {
		return nil, errInFlight
	}
	return func() { s.inFlight.leave(key) }, nil
}

// idempotencyKey is the header of that name: 8 to 128 visible ASCII characters, or empty.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" && len(r.Header.Values("Idempotency-Key")) == 0 {
		return "", nil
	}
	if len(key) < 8 || len(key) > 128 {
		return "", badHeader("Idempotency-Key", faultKey)
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return "", badHeader("Idempotency-Key", faultKey)
		}
	}
	return key, nil
}

// fingerprint tells a repeated request from another one under the same key: 160 bits of SHA-256 over method, path and body.
func fingerprint(c *gin.Context, body []byte) string {
	h := sha256.New()
	h.Write([]byte(c.Request.Method + " " + c.Request.URL.Path + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))[:40]
}

// act is what the caller does to a claim: who, at which version, under which key. The body has been decoded.
func (s *Server) act(c *gin.Context) (claims.Act, error) {
	who, err := s.account(c)
	if err != nil {
		return claims.Act{}, err
	}
	version, err := ifMatch(c)
	if err != nil {
		return claims.Act{}, err
	}
	a := claims.Act{By: who, Version: version}
	if c.Request.Method != http.MethodPost {
		return a, nil
	}
	if a.Key, err = idempotencyKey(c.Request); err != nil {
		return claims.Act{}, err
	}
	b, err := body(c, maxJSONBody)
	if err != nil {
		return claims.Act{}, err
	}
	a.Body = fingerprint(c, b)
	return a, nil
}
