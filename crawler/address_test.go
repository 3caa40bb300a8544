package crawler

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	base, err := url.Parse("https://example.org/a/b?c")
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		"https://Example.ORG":                   "https://example.org/",
		"HTTPS://example.org:443/x":             "https://example.org/x",
		"http://example.org:80/x":               "http://example.org/x",
		"http://127.0.0.1:8081/x":               "http://127.0.0.1:8081/x",
		"http://[::1]:8081/x":                   "http://[::1]:8081/x",
		"https://example.org./x":                "https://example.org/x",
		"/x/./y/../z":                           "https://example.org/x/z",
		"../../../x":                            "https://example.org/x",
		"x#fragment":                            "https://example.org/a/x",
		"?d=1":                                  "https://example.org/a/b?d=1",
		"/x?utm_source=a&b=c&fbclid=d&UTM_id=e": "https://example.org/x?b=c",
		"/x?utm_source=a":                       "https://example.org/x",
		"/%7euser/%e3%83%84":                    "https://example.org/~user/%E3%83%84",
		"/ツ":                                    "https://example.org/%E3%83%84",
		"/a%2fb":                                "https://example.org/a%2Fb",
		"/a b":                                  "https://example.org/a%20b",
		"https://пример.рф/":                    "https://xn--e1afmkfd.xn--p1ai/",
		"//other.example/x":                     "https://other.example/x",
		" /x ":                                  "https://example.org/x",

		"file:///etc/passwd":              "",
		"javascript:alert(1)":             "",
		"mailto:a@example.org":            "",
		"https://user@example.org":        "",
		"https://user:pw@host.org":        "",
		"https://a_b.example/":            "",
		"https://exam ple.org/":           "",
		`https://example.org\@evil.test/`: "",
		`\\evil.test`:                     "",
		"https:///x":                      "",
		"https://intranet/":               "",
		"/a\x00b":                         "",
		"/a\nb":                           "",
		"https://example.org/" + long:     "",
		"https://[::1%25eth0]/":           "",
		"https://example.org:https/":      "",
	} {
		got := ""
		if u, err := parseAddress(base, raw); err == nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

var long = strings.Repeat("x", maxAddress)

func FuzzParseAddress(f *testing.F) {
	for _, raw := range []string{"https://example.org/a?b#c", "//x.example/%2e%2E/%zz", "?a=%", "http://[::1]:80"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parseAddress(nil, raw)
		if err != nil {
			return
		}
		again, err := parseAddress(nil, u.String())
		if err != nil {
			// Escapes may make an address longer than is taken; nothing else may.
			if len(u.String()) <= maxAddress {
				t.Fatalf("%q gives %q, which is refused: %v", raw, u, err)
			}
			return
		}
		if again.String() != u.String() {
			t.Errorf("%q gives %q, and that gives %q", raw, u, again)
		}
	})
}
