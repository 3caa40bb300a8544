package crawler

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// productToken is the name under which robots.txt files address this crawler (RFC 9309, section 2.2.1).
	productToken = "Dalel"
	// maxRobots is how much of a robots.txt file is read; what lies behind is ignored (RFC 9309, section 2.5).
	maxRobots = 500 << 10
	// maxCrawlDelay is the longest pause between two requests that the crawler observes by waiting. A site that asks for more is left alone.
	maxCrawlDelay = 2 * time.Minute
)

// robots is what one robots.txt file says to this crawler.
type robots struct {
	rules  []robotsRule
	delay  time.Duration // Crawl-delay; 0 when the file has none
	denied string        // why nothing may be fetched, whatever the rules; empty: the rules decide
}

type robotsRule struct {
	pattern string // with canonical escapes
	allow   bool
}

// parseRobots reads a robots.txt file after RFC 9309. It never fails: lines that say nothing to anybody are passed over.
func parseRobots(text []byte) robots {
	text = bytes.TrimPrefix(text[:min(len(text), maxRobots)], []byte("\ufeff"))
	var own, all robots
	var ownGroup, allGroup, inRules, named bool
	for _, line := range bytes.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, _, _ = bytes.Cut(line, []byte("#"))
		rawKey, rawValue, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		key, value := strings.ToLower(string(bytes.TrimSpace(rawKey))), string(bytes.TrimSpace(rawValue))
		switch key {
		case "user-agent":
			if inRules {
				ownGroup, allGroup, inRules = false, false, false
			}
			if value == "*" || strings.HasPrefix(value, "* ") {
				allGroup = true
			} else if strings.EqualFold(agentName(value), productToken) {
				ownGroup, named = true, true
			}
		case "allow", "disallow":
			inRules = true
			if value == "" || value[0] != '/' && value[0] != '*' {
				continue
			}
			rule := robotsRule{pattern: canonicalEscapes(value), allow: key == "allow"}
			if ownGroup {
				own.rules = append(own.rules, rule)
			}
			if allGroup {
				all.rules = append(all.rules, rule)
			}
		case "crawl-delay":
			delay := crawlDelay(value)
			if ownGroup {
				own.delay = max(own.delay, delay)
			}
			if allGroup {
				all.delay = max(all.delay, delay)
			}
		}
	}
	if named {
		return own
	}
	return all
}

// agentName is the product token at the start of a User-agent value.
func agentName(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
	if end < 0 {
		return value
	}
	return value[:end]
}

func crawlDelay(value string) time.Duration {
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60) * float64(time.Second))
}

// allows reports whether the file lets this crawler fetch u: the rule with the most octets decides, and of equal ones the one
// that allows. The robots.txt file itself is always allowed.
func (r robots) allows(u *url.URL) bool {
	if r.denied != "" {
		return false
	}
	at := canonicalEscapes(u.EscapedPath())
	if at == "" {
		at = "/"
	}
	if at == "/robots.txt" {
		return true
	}
	if u.RawQuery != "" || u.ForceQuery {
		at += "?" + canonicalEscapes(u.RawQuery)
	}
	at = strings.NewReplacer("*", "%2A", "$", "%24").Replace(at)
	best, allow := -1, true
	for _, rule := range r.rules {
		if n := len(rule.pattern); n < best || n == best && (allow || !rule.allow) {
			continue
		}
		if matchRobots(rule.pattern, at) {
			best, allow = len(rule.pattern), rule.allow
		}
	}
	return allow
}

// matchRobots reports whether a pattern matches the start of an address, '*' standing for any run of characters and '$' at the
// pattern's end for the end of the address.
func matchRobots(pattern, at string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	pattern = strings.ReplaceAll(pattern, "$", "%24")
	first, rest, wild := strings.Cut(pattern, "*")
	if !strings.HasPrefix(at, first) {
		return false
	}
	at = at[len(first):]
	if !wild {
		return !anchored || at == ""
	}
	parts := strings.Split(rest, "*")
	for i, part := range parts {
		if anchored && i == len(parts)-1 {
			return strings.HasSuffix(at, part)
		}
		n := strings.Index(at, part)
		if n < 0 {
			return false
		}
		at = at[n+len(part):]
	}
	return true
}
