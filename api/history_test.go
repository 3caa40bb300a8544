package api_test

import (
	"net/http"
	"slices"
	"testing"

	"dalel/claims"
)

// The history for programs has every event; the page leaves out what an hour's work is full of, and says the rest in words.
func TestHistory(t *testing.T) {
	s := newSite(t, siteOptions{})
	token := s.account("R", claims.RoleReviewer)
	asked := s.queueRumour()
	at := "/v1/claims/" + asked.Claim.ID
	s.send(call{method: "PUT", path: at + "/lease", token: token, want: 200})
	s.send(call{method: "PUT", path: at + "/lease", token: token, want: 200})
	s.send(call{method: "PUT", path: at + "/draft", token: token, body: map[string]any{"token": 1, "verdict": "false"}, want: 200})
	s.send(call{method: "POST", path: "/v1/checks/" + asked.Ticket + "/feedback", body: map[string]any{"match": "garlic#0", "useful": false}, want: 204})
	id := claims.ID(asked.Claim.ID)
	if _, err := s.desk.Free(t.Context(), id, "she is on leave"); err != nil {
		t.Fatal(err)
	}

	var all list[struct {
		Kind          string
		Before, After int64
	}]
	s.send(call{method: "GET", path: at + "/history", token: token, want: 200}).into(&all)
	var got []string
	for _, e := range all.Items {
		got = append(got, e.Kind)
	}
	if want := []string{"submitted", "taken", "renewed", "saved", "feedback", "freed"}; !slices.Equal(got, want) {
		t.Errorf("the history is %v, want %v", got, want)
	}

	for language, words := range map[string]struct{ shown, hidden []string }{
		"en": {[]string{"taken", "somebody said something about the answer", "Not useful", "somebody who asks", "taken back by the operator", "the operator",
			"she is on leave"}, []string{"draft saved", "time extended", "not_useful"}},
		"ru": {[]string{"взято", "отзыв об ответе", "Не помогло", "освобождено оператором"}, []string{"сохранён черновик", "время продлено", "not_useful"}},
		"kk": {[]string{"алынды", "жауап туралы пікір", "Пайдалы емес", "оператор босатты"}, []string{"қаралама сақталды", "уақыты ұзартылды", "not_useful"}},
	} {
		v := s.signIn(language, "Name "+language, claims.RoleReviewer)
		v.open("/"+language+"/desk/c/"+asked.Claim.ID, http.StatusOK)
		v.shows(words.shown...)
		v.hides(words.hidden...)
	}
}
