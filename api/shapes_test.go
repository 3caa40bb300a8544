package api_test

import "time"

// What the tests read of the answers, declared apart from what the server writes, as another program would.

type problem struct {
	Type, Title, Code, Detail, Instance, Reason string
	Status                                      int
	Errors                                      []fault
	Check                                       *check
	Parts                                       map[string]string
}

type fault struct{ Pointer, Parameter, Header, Code, Message string }

type check struct {
	ID, Ticket, Outcome, Reason, Lang, Advice, ShareText string
	Claim                                                *struct {
		ID, State string
		Requests  int
	}
	Review     *review
	Matches    []match
	Stored     bool
	RetryAfter int
}

type match struct {
	ID, Kind, Band, Title, URL, Lang, Verdict string
	Summary, Offered                          bool
	Confidence                                float64
	Source                                    struct{ ID, Name, Kind string }
	Passage                                   *struct {
		ID, Text   string
		Highlights [][2]int
	}
}

type review struct {
	ID, Claim, Verdict, VerdictLabel, Summary, Lang, URL string
	Version                                              int
	Evidence                                             []struct{ Passage, URL, Quote, Stance string }
}

type claim struct {
	ID, State, Text, Topic string
	Version                int64
	Requests               int
	Wordings               []string
	Duplicates             []struct{ ID, Lang, Text string }
	Lease                  *lease
	Priority               struct {
		Band string
		Why  []string
	}
	Draft, Proposed *struct {
		Verdict string
		Summary map[string]string
	}
	Review  *review
	Closing *struct{ Reason, DuplicateOf string }
}

type lease struct {
	Holder string
	Mine   bool
	Token  int64
	Until  time.Time
}

type list[T any] struct {
	Items      []T
	NextCursor string
	Counts     map[string]int
}
