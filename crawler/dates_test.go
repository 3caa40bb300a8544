package crawler

import (
	"testing"
	"time"

	"dalel/index"
)

var today = time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)

func TestParseDate(t *testing.T) {
	for s, want := range map[string]index.Date{
		"2024-01-05T06:43:46Z":          "2024-01-05",
		"2021-07-28T23:30:00+06:00":     "2021-07-28",
		"2021-07-28T23:30:00.123+0600":  "2021-07-28",
		"2021-07-28 23:30:00":           "2021-07-28",
		"2021-07-28":                    "2021-07-28",
		"2021-07":                       "2021-07",
		"2021":                          "2021",
		"20210728":                      "2021-07-28",
		"January 11, 2024":              "2024-01-11",
		"Jan. 11, 2024":                 "2024-01-11",
		"11 January 2024":               "2024-01-11",
		"Thursday, 11th January 2024":   "2024-01-11",
		"Updated January 2024":          "2024-01",
		"11 января 2024 г.":             "2024-01-11",
		"11 января 2024 года, 15:30":    "2024-01-11",
		"2024 жылғы 11 қаңтар":          "2024-01-11",
		"11 қаңтар, 2024 ж.":            "2024-01-11",
		"11.01.2024":                    "2024-01-11",
		"11.01.2024 15:30":              "2024-01-11",
		"25/12/2023":                    "2023-12-25",
		"12/25/2023":                    "2023-12-25",
		"2024/01/11":                    "2024-01-11",
		"2024.01.11":                    "2024-01-11",
		"04/04/2021":                    "2021-04-04",
		"Tue, 06 Oct 2020 10:00:00 GMT": "2020-10-06",
		" \u200b2021-07-28\u00a0":       "2021-07-28",

		"03/04/2021":                    "", // the third of April or the fourth of March
		"":                              "",
		"yesterday":                     "",
		"11 January":                    "",
		"2024-13-01":                    "",
		"31.02.2024":                    "",
		"2024-06-17":                    "", // the day after tomorrow
		"2031":                          "",
		"1970-01-01":                    "",
		"0001-01-01T00:00:00Z":          "",
		"January 5 to February 6, 2024": "",
		"2021-2022":                     "",
		"12345":                         "",
	} {
		if got := parseDate(s, today); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2024-01-05", "11 января 2024 г.", "03/04/2021", "Jan 2024"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := parseDate(s, today)
		if d == "" {
			return
		}
		at, err := d.Time()
		if err != nil || at.After(today.AddDate(0, 0, 1)) || at.Year() < oldestYear {
			t.Errorf("%q: %q, %v", s, d, err)
		}
	})
}
