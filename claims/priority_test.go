package claims_test

import (
	"slices"
	"testing"
	"time"

	"dalel/claims"
	"dalel/index"
)

func TestPrioritize(t *testing.T) {
	day := start.Unix() / 86400
	high, low := 0.9, 0.1
	for _, tt := range []struct {
		name         string
		claim        claims.Claim
		harm, spread int
		band         claims.Band
		due          time.Duration // after first seen
		why          string
	}{
		{"one person, unknown topic", claims.Claim{Requests: 1, Days: []claims.Day{{Day: day, N: 1}}}, 40, 25, claims.P3, 72 * time.Hour, claims.WhySlack},
		{"one person, a cure", claims.Claim{Topic: "garlic", Requests: 1, Days: []claims.Day{{Day: day, N: 1}}}, 70, 25, claims.P2, 24 * time.Hour, claims.WhyTopicCure},
		{"31 people this week, a cure", claims.Claim{Topic: "garlic", Requests: 31, Days: []claims.Day{{Day: day, N: 31}}}, 70, 77, claims.P1,
			5898240 * time.Millisecond, claims.WhyGrowing}, // 4 h · 0.8⁴
		{"danger to the body", claims.Claim{Harm: claims.Harm{PhysicalDanger: true}, Requests: 1, Days: []claims.Day{{Day: day, N: 1}}}, 80, 25, claims.P1, 4 * time.Hour, claims.WhyPhysicalDanger},
		{"stigma", claims.Claim{Harm: claims.Harm{Stigma: true}, Requests: 1, Days: []claims.Day{{Day: day, N: 1}}}, 60, 25, claims.P2, 24 * time.Hour, claims.WhyStigma},
		{"harmless and quiet", claims.Claim{Harm: claims.Harm{Actionability: &low, Exploitativeness: &low, Believability: &low, Fragmentation: &low}, Requests: 1},
			10, 8, claims.P4, 168 * time.Hour, claims.WhySlack},
		{"answered by a reviewer", claims.Claim{Harm: claims.Harm{Actionability: &high}, Topic: "origin", Requests: 1}, 57, 8, claims.P3, 72 * time.Hour, claims.WhyTopicOrigin},
		{"a void is due 10 % sooner", claims.Claim{Void: true, Requests: 1, Days: []claims.Day{{Day: day, N: 1}}}, 40, 25, claims.P3, 72 * 9 * time.Hour / 10, claims.WhyVoid},
		{"forwarded many times", claims.Claim{Forwarded: 1, Requests: 1, Days: []claims.Day{{Day: day, N: 1}}}, 40, 40, claims.P3, 72 * time.Hour, claims.WhyForwarded},
		{"asked long ago", claims.Claim{Requests: 8, Days: []claims.Day{{Day: day - 10, N: 8}}}, 40, 8, claims.P3,
			132710400 * time.Millisecond, claims.WhySlack}, // 72 h · 0.8³
	} {
		tt.claim.FirstSeen = start
		got := claims.Prioritize(tt.claim, start)
		if got.Harm != tt.harm || got.Spread != tt.spread || got.Band != tt.band {
			t.Errorf("%s: got H %d, S %d, %s; want H %d, S %d, %s", tt.name, got.Harm, got.Spread, got.Band, tt.harm, tt.spread, tt.band)
		}
		if diff := got.Due.Sub(start.Add(tt.due)); diff.Abs() > time.Second {
			t.Errorf("%s: due after %s, want %s", tt.name, got.Due.Sub(start), tt.due)
		}
		if !slices.ContainsFunc(got.Why, func(w claims.Why) bool { return w.Code == tt.why }) {
			t.Errorf("%s: reasons %v lack %s", tt.name, got.Why, tt.why)
		}
	}
}

// TestDueDoesNotWait holds the due time to be the same whenever it is computed: nothing is re-scored while it waits.
func TestDueDoesNotWait(t *testing.T) {
	c, _ := claims.Submit(nil, sighting("onions cure covid", false), start)
	if got := claims.Prioritize(c, start.Add(40*24*time.Hour)); !got.Due.Equal(c.Priority.Due) {
		t.Errorf("due %s after forty days, %s at first", got.Due, c.Priority.Due)
	}
}

// TestTopicGroupsAreOfTopics holds the groups that give a prior to the topics that there are.
func TestTopicGroupsAreOfTopics(t *testing.T) {
	grouped := map[string]int{}
	for _, topic := range index.Topics() {
		grouped[claims.TopicGroup(topic)]++
	}
	for _, group := range []string{"cure", "vaccine", "restrictions", "origin", ""} {
		if grouped[group] == 0 {
			t.Errorf("no topic is of the group %q", group)
		}
	}
	for group, n := range map[string]int{"cure": 12, "vaccine": 12, "restrictions": 5, "origin": 5} {
		if grouped[group] != n {
			t.Errorf("%d topics are of the group %s, want %d: is one of them gone from the list, or misspelt?", grouped[group], group, n)
		}
	}
}
