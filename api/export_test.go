package api

import "time"

// A RouteInfo is a line of the table, for tests.
type RouteInfo struct{ Method, Path, Who string }

// Routes is the table of routes for programs.
func (s *Server) Routes() []RouteInfo {
	var out []RouteInfo
	for _, r := range s.routes() {
		out = append(out, RouteInfo{r.method, r.path, string(r.who)})
	}
	return out
}

// SetAnswerWithin changes the time after which a request is given up.
func (s *Server) SetAnswerWithin(d time.Duration) { s.within = d }

// Following reports whether anybody listens to the hub.
func (s *Server) Following() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.run != nil
}

// Say is say.
func (s *Server) Say(language, id string, data map[string]any) string {
	return s.say(language, id, data)
}

// Codes are the codes of all problems.
func Codes() []string {
	codes := []string{"invalid", "wrong_state", "malformed", "invalid_parameter", "invalid_header", "retracted", "internal"}
	for _, r := range rulings {
		codes = append(codes, r.code)
	}
	return codes
}

// Faults are the codes of faults that this package finds itself.
func Faults() []string {
	return []string{faultSyntax, faultUnknown, faultString, faultNumber, faultBool, faultObject, faultList, faultTime, faultUseful, faultShare, faultRange,
		faultCharacter, faultKey, faultOnlyDuplicate}
}
