package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestCurlWithoutHeaders takes the JSON of a plain "curl -d", which says that it is a form, and refuses a real form.
func TestCurlWithoutHeaders(t *testing.T) {
	s := newSite(t, siteOptions{})
	for body, want := range map[string]int{`{"text": "garlic cures the coronavirus"}`: 200, "text=garlic+cures": 415} {
		resp, err := http.Post(s.url+"/v1/checks", "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", body, resp.StatusCode, want)
		}
	}
}
