package api

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
