package claims

import (
	"math"
	"time"
)

// Band is a claim's priority class, P1 the most urgent.
type Band string

const (
	P1 Band = "P1" // direct response
	P2 Band = "P2" // direct response
	P3 Band = "P3" // fill the information gap
	P4 Band = "P4" // monitor, do not amplify: answered privately, never in feeds, cases or packs
)

// Bands are all bands, the most urgent first.
func Bands() []Band { return []Band{P1, P2, P3, P4} }

// Harm holds a reviewer's answers on the FABLE dimensions, each from 0 to 1; nil where nobody has answered, so that the topic's prior
// stands. Source: Sehat et al., "Misinformation as a harm", CSCW 2024.
type Harm struct {
	Actionability    *float64 `json:"actionability,omitempty"`    // does it ask people to do something
	Exploitativeness *float64 `json:"exploitativeness,omitempty"` // does it use fear, trust or children
	Believability    *float64 `json:"believability,omitempty"`
	Fragmentation    *float64 `json:"fragmentation,omitempty"` // does it set people against each other or their institutions
	PhysicalDanger   bool     `json:"physicalDanger,omitempty"`
	TargetsPerson    bool     `json:"targetsPerson,omitempty"` // a person, or children
	Stigma           bool     `json:"stigma,omitempty"`
	Likelihood       *float64 `json:"likelihood,omitempty"` // that it spreads further; a dimension of spread
}

// Priority is harm × spread as a band, the time by which somebody should have looked, and the reasons for both.
type Priority struct {
	Harm   int       `json:"harm"`   // 0–100
	Spread int       `json:"spread"` // 0–100
	Band   Band      `json:"band"`
	Due    time.Time `json:"due"`
	Why    []Why     `json:"why,omitempty"`
}

// Why is one reason of a priority: a code for which every language has a sentence, and its number.
type Why struct {
	Code string `json:"code"`
	N    int64  `json:"n,omitempty"`
}

// The codes of Why. N is the number of people for the first two, the due time's hours for the last, else 0.
const (
	WhyRequests       = "requests_7d"
	WhyForwarded      = "forwarded"
	WhyGrowing        = "growing"
	WhyTopicCure      = "topic_cure"
	WhyTopicVaccine   = "topic_vaccine"
	WhyTopicRestrict  = "topic_restrictions"
	WhyTopicOrigin    = "topic_origin"
	WhyPhysicalDanger = "physical_danger"
	WhyTargetsPerson  = "targets_person"
	WhyStigma         = "stigma"
	WhyVoid           = "void"
	WhySlack          = "due_within_hours"
)

// priorUnknown is the harm prior of a claim whose topic is unknown, the same as for restrictions.
const priorUnknown = 0.4

func prior(topic string) (float64, string) {
	switch TopicGroup(topic) {
	case "cure":
		return 0.7, WhyTopicCure
	case "vaccine":
		return 0.6, WhyTopicVaccine
	case "restrictions":
		return 0.4, WhyTopicRestrict
	case "origin":
		return 0.3, WhyTopicOrigin
	}
	return priorUnknown, ""
}

// Slack is how long a band may wait before anybody has looked, for one request.
func (b Band) Slack() time.Duration {
	switch b {
	case P1:
		return 4 * time.Hour
	case P2:
		return 24 * time.Hour
	case P3:
		return 72 * time.Hour
	}
	return 168 * time.Hour
}

// Prioritize computes a claim's priority as of now. It is called when something happens to the claim, never by waiting: the due
// time does not depend on now, so what waits longest comes first in its turn.
//
//	H = 100·(0.45 actionability + 0.25 exploitativeness + 0.20 believability + 0.10 fragmentation), lifted to ≥ 80 by danger to the body
//	    or a person as the target, to ≥ 60 by stigma
//	S = 100·(0.45 demand + 0.25 velocity + 0.15 channels + 0.15 likelihood)
//	demand = min(1, log2(1+requests of 7 days)/5); velocity = log2 of the growth against the 7 days before, eightfold = 1
//	due = first seen + slack(band)·0.8^⌊log2 requests⌋, 10 % sooner for a void
func Prioritize(c Claim, now time.Time) Priority {
	var why []Why
	p, topicWhy := prior(c.Topic)
	harm := 100 * (0.45*or(c.Harm.Actionability, p) + 0.25*or(c.Harm.Exploitativeness, p) +
		0.20*or(c.Harm.Believability, p) + 0.10*or(c.Harm.Fragmentation, p))
	if topicWhy != "" {
		why = append(why, Why{Code: topicWhy})
	}
	for _, lift := range []struct {
		on    bool
		least float64
		code  string
	}{{c.Harm.PhysicalDanger, 80, WhyPhysicalDanger}, {c.Harm.TargetsPerson, 80, WhyTargetsPerson}, {c.Harm.Stigma, 60, WhyStigma}} {
		if lift.on {
			harm = max(harm, lift.least)
			why = append(why, Why{Code: lift.code})
		}
	}

	week, before := c.requestsBetween(now, 0, 6), c.requestsBetween(now, 7, 13)
	demand := min(1, math.Log2(1+float64(week))/5)
	velocity := min(1, max(0, math.Log2(float64(1+week)/float64(1+before))/3))
	channels := min(1, float64(len(c.Channels))/4)
	if c.Forwarded > 0 {
		channels = 1
		why = append(why, Why{Code: WhyForwarded, N: c.Forwarded})
	}
	spread := 100 * (0.45*demand + 0.25*velocity + 0.15*channels + 0.15*or(c.Harm.Likelihood, 0.5))
	if week > 1 {
		why = append(why, Why{Code: WhyRequests, N: week})
	}
	if velocity >= 0.5 && week > 2 {
		why = append(why, Why{Code: WhyGrowing})
	}

	band := bandOf(harm, spread)
	slack := float64(band.Slack()) * math.Pow(0.8, math.Floor(math.Log2(float64(max(1, c.Requests)))))
	if c.Void {
		slack *= 0.9
		why = append(why, Why{Code: WhyVoid})
	}
	why = append(why, Why{Code: WhySlack, N: int64(math.Ceil(slack / float64(time.Hour)))})
	return Priority{Harm: int(math.Round(harm)), Spread: int(math.Round(spread)), Band: band,
		Due: Clean(c.FirstSeen.Add(time.Duration(slack))), Why: why}
}

func bandOf(harm, spread float64) Band {
	switch {
	case harm >= 80, harm >= 60 && spread >= 40:
		return P1
	case harm >= 60, spread >= 60, harm >= 30 && spread >= 40:
		return P2
	case harm >= 30, spread >= 30:
		return P3
	}
	return P4
}

func or(v *float64, otherwise float64) float64 {
	if v == nil {
		return otherwise
	}
	return min(1, max(0, *v))
}
