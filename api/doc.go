// Package api is the desk over HTTP: JSON for programs under /v1, pages for people beside it, both through the same [claims.Desk].
//
// # Why
//
// Handlers return their error, and one adapter writes it: a handler cannot answer twice, and the table in errors.go is the only place that
// knows a status code. Everything is encoded before its status goes out, but for what lasts as long as somebody reads it: the stream of
// events, and the audit, which is broken off where it cannot be finished. What programs see is declared in types.go and typesdesk.go, apart
// from what the desk keeps: a domain type that was encoded straight into an answer would publish each field that is added to it. All
// routes stand in two tables, [Server.routes] and [Server.pageTable], with who may use them; openapi.yaml is held to the first one, and the
// tests hold every answer to openapi.yaml.
//
// Bodies are read by decode.go and not by encoding/json alone, which takes invalid UTF-8 and names in another case, and does not say where in
// a list a value is of the wrong type.
//
// # Who could want what
//
//   - Another site, a write in the name of a reviewer who visits it: [net/http.CrossOriginProtection], a SameSite cookie, no CORS.
//   - A frame around the desk, or a script in a rumour: a Content-Security-Policy that allows no scripts at all, templates that escape.
//   - Whoever reads logs, tickets or texts: a line names the route's pattern, never its path, query or body; errors never repeat what was
//     submitted; tickets and secrets redact themselves.
//   - A scraper of tickets: sixty random bits each. A thief of the store: only hashes of secrets are in it.
//   - A flood: bodies, pages, times and streams are bounded. Rates are not limited yet; a proxy in front has to.
//   - A spreadsheet that runs formulas: the cells of the tables cannot begin with one.
package api
