package crawler

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRobots(t *testing.T) {
	for _, c := range []struct {
		name, file, path string
		want             bool
	}{
		{"an empty file allows all", "", "/a", true},
		{"no group for us", "User-agent: Other\nDisallow: /", "/a", true},
		{"everybody", "User-agent: *\nDisallow: /a", "/a/b", false},
		{"everybody, elsewhere", "User-agent: *\nDisallow: /a", "/b", true},
		{"our group, not everybody's", "User-agent: *\nDisallow: /\nUser-agent: Dalel\nDisallow: /a", "/b", true},
		{"our group", "User-agent: *\nDisallow:\nUser-agent: Dalel\nDisallow: /a", "/a", false},
		{"our name in any case", "User-Agent: dALEL\nDisallow: /a", "/a", false},
		{"our name with a version", "User-agent: Dalel/1.0\nDisallow: /a", "/a", false},
		{"a longer name is another", "User-agent: Dalelbot\nDisallow: /a", "/a", true},
		{"a shorter name is another", "User-agent: Dal\nDisallow: /a", "/a", true},
		{"groups of one name merge", "User-agent: Dalel\nDisallow: /a\n\nUser-agent: Dalel\nDisallow: /b", "/b", false},
		{"merged groups keep the first", "User-agent: Dalel\nDisallow: /a\n\nUser-agent: x\nDisallow: /\nUser-agent: Dalel\nDisallow: /b", "/a", false},
		{"several names, one group", "User-agent: x\nUser-agent: Dalel\nDisallow: /a", "/a", false},
		{"a name behind rules begins a group", "User-agent: Dalel\nDisallow: /a\nUser-agent: x\nDisallow: /b", "/b", true},
		{"an empty group of ours frees us", "User-agent: *\nDisallow: /\nUser-agent: Dalel\nDisallow:", "/a", true},
		{"rules before any name are nobody's", "Disallow: /a\nUser-agent: x\nDisallow: /", "/a", true},
		{"other records do not end a run of names", "User-agent: Dalel\nSitemap: https://x/\nUser-agent: y\nDisallow: /a", "/a", false},
		{"the longest match decides: allow", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true},
		{"the longest match decides: disallow", "User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", false},
		{"order does not matter", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", true},
		{"of equal ones allow wins", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
		{"RFC 9309, 5.2", "User-Agent: Dalel\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false},
		{"paths are compared in their case", "User-agent: *\nDisallow: /A", "/a", true},
		{"a star within", "User-agent: *\nDisallow: /a/*/c", "/a/b/c/d", false},
		{"a star is also nothing", "User-agent: *\nDisallow: /a*b", "/ab", false},
		{"stars in a row", "User-agent: *\nDisallow: /a***b", "/axxb", false},
		{"a star at the start", "User-agent: *\nDisallow: *.gif", "/x/y.gif", false},
		{"a star that finds nothing", "User-agent: *\nDisallow: /a*c", "/ab", true},
		{"the end of the address", "User-agent: *\nDisallow: /*.gif$", "/a.gif", false},
		{"not the end of the address", "User-agent: *\nDisallow: /*.gif$", "/a.gif?x", true},
		{"the end, a part twice", "User-agent: *\nDisallow: /*a$", "/aba", false},
		{"the end of a plain path", "User-agent: *\nDisallow: /a$", "/ab", true},
		{"a dollar within is itself", "User-agent: *\nDisallow: /a$b", "/a$bc", false},
		{"a star in the address is itself", "User-agent: *\nDisallow: /file-with-a-%2A.html", "/file-with-a-*.html", false},
		{"a dollar in the address is itself", "User-agent: *\nDisallow: /foo-%24", "/foo-$", false},
		{"escapes of plain characters", "User-agent: *\nDisallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false},
		{"escapes in either case", "User-agent: *\nDisallow: /%e3%83%84", "/%E3%83%84", false},
		{"bytes that should be escaped", "User-agent: *\nDisallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", false},
		{"an escaped slash is no slash", "User-agent: *\nDisallow: /a%2Fb", "/a/b", true},
		{"the query counts", "User-agent: *\nDisallow: /a?b=", "/a?b=c", false},
		{"comments", "User-agent: * # all\nDisallow: /a # that\n#Allow: /a", "/a", false},
		{"spaces around", "  User-agent :  *  \n\tDisallow :\t/a  ", "/a", false},
		{"line ends of a Mac", "User-agent: *\rDisallow: /a", "/a", false},
		{"line ends of Windows", "User-agent: *\r\nDisallow: /a\r\n", "/a", false},
		{"a byte order mark", "\ufeffUser-agent: *\nDisallow: /a", "/a", false},
		{"an unknown record", "User-agent: *\nFoo: bar\nDisallow: /a", "/a", false},
		{"a page of HTML", "<html><body>User-agent is not here</body></html>", "/a", true},
		{"the file itself", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"everything", "User-agent: *\nDisallow: /", "/", false},
		{"what lies behind 500 KiB", strings.Repeat("#\n", maxRobots/2) + "User-agent: *\nDisallow: /", "/a", true},
	} {
		u, err := url.Parse("https://example.org" + c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := parseRobots([]byte(c.file)).allows(u); got != c.want {
			t.Errorf("%s: %s allowed: %v, want %v", c.name, c.path, got, c.want)
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	for file, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 10":                                             10 * time.Second,
		"User-agent: *\nCrawl-delay: 0.5":                                            500 * time.Millisecond,
		"User-agent: *\nCrawl-delay: -1":                                             0,
		"User-agent: *\nCrawl-delay: soon":                                           0,
		"User-agent: *\nCrawl-delay: NaN":                                            0,
		"User-agent: *\nCrawl-delay: 1e300":                                          24 * time.Hour,
		"User-agent: Dalel\nCrawl-delay: 3\nUser-agent: x\nCrawl-delay: 9":           9 * time.Second,
		"User-agent: Dalel\nCrawl-delay: 3\nAllow: /\nUser-agent: x\nCrawl-delay: 9": 3 * time.Second,
	} {
		if got := parseRobots([]byte(file)).delay; got != want {
			t.Errorf("%q: delay %v, want %v", file, got, want)
		}
	}
}

func TestRobotsByStatus(t *testing.T) {
	u, _ := url.Parse("https://example.org/a")
	for status, want := range map[int]bool{200: true, 404: true, 410: true, 400: true, 401: false, 403: false, 429: false, 500: false, 503: false} {
		if got := robotsFrom(status, nil).allows(u); got != want {
			t.Errorf("status %d allows: %v, want %v", status, got, want)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a*b$\nAllow: /%41", "/a/b?c")
	f.Add("User-agent: Dalel\nCrawl-delay: 1", "/")
	f.Fuzz(func(t *testing.T, file, path string) {
		u, err := url.Parse("https://example.org/" + path)
		if err != nil {
			return
		}
		r := parseRobots([]byte(file))
		if again := parseRobots([]byte(file)); r.allows(u) != again.allows(u) || r.delay < 0 {
			t.Errorf("%q, %q: not a function of its input, or a delay of %s", file, path, r.delay)
		}
		if all := (robots{rules: []robotsRule{{pattern: "/"}}}); u.EscapedPath() != "/robots.txt" && all.allows(u) && strings.HasPrefix(canonicalEscapes(u.EscapedPath()), "/") && canonicalEscapes(u.EscapedPath()) != "/robots.txt" {
			t.Errorf("%q is allowed though all is forbidden", path)
		}
	})
}
