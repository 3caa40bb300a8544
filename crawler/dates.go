package crawler

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"dalel/index"
)

// oldestYear is the first year in which a page can have been published.
const oldestYear = 1991

var isoLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04",
	time.DateOnly, "20060102", time.RFC1123, time.RFC1123Z,
}

// months are the names under which the three languages write dates, in lower case and without a full stop.
var months = monthTable(`
	january jan января январь янв қаңтар қаңтарда
	february feb февраля февраль фев ақпан ақпанда
	march mar марта март мар наурыз наурызда
	april apr апреля апрель апр сәуір сәуірде
	may мая май мамыр мамырда
	june jun июня июнь маусым маусымда
	july jul июля июль шілде шілдеде
	august aug августа август авг тамыз тамызда
	september sep sept сентября сентябрь сен қыркүйек қыркүйекте
	october oct октября октябрь окт қазан қазанда
	november nov ноября ноябрь ноя қараша қарашада
	december dec декабря декабрь дек желтоқсан желтоқсанда`)

func monthTable(lines string) map[string]int {
	table := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		for name := range strings.FieldsSeq(line) {
			table[name] = i + 1
		}
	}
	return table
}

// parseDate reads a date as pages state it, in ISO 8601, with a month's name in one of the three languages, or in figures. It gives the
// day (in the date's own time zone), month or year, whatever is stated. It gives the empty date for what it does not know, for what can be
// read in two ways (03/04/2021), and for dates before 1991 or more than a day after now.
func parseDate(s string, now time.Time) index.Date {
	s = cleanText(s)
	if len(s) < 4 || len(s) > 100 {
		return ""
	}
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return plausible(t.Year(), int(t.Month()), t.Day(), now)
		}
	}
	if y, m, found := strings.Cut(s, "-"); found && len(y) == 4 && len(m) == 2 || len(s) == 4 {
		year, err1 := strconv.Atoi(y)
		month, err2 := 0, error(nil)
		if m != "" {
			month, err2 = strconv.Atoi(m)
		}
		if err1 != nil || err2 != nil {
			return ""
		}
		return plausible(year, month, 0, now)
	}
	return wordedDate(s, now)
}

// wordedDate reads dates such as "January 11, 2024", "11 января 2024 г.", "2024 жылғы 11 қаңтар", "11.01.2024" and "January 2024".
func wordedDate(s string, now time.Time) index.Date {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var year, month, day int
	var small []int // figures that are a day or a month
	yearFirst := false
	for _, w := range words {
		if m := months[w]; m > 0 {
			if month != 0 {
				return ""
			}
			month = m
			continue
		}
		figures := strings.TrimRightFunc(w, func(r rune) bool { return !unicode.IsDigit(r) }) // 11th, 2024ж
		n, err := strconv.Atoi(figures)
		switch {
		case err != nil:
		case len(figures) == 4 && year == 0:
			year, yearFirst = n, len(small) == 0
		case len(figures) <= 2 && n >= 1 && n <= 31 && len(small) < 2:
			small = append(small, n)
		default:
			if year != 0 && (month != 0 || len(small) == 2) {
				continue // the time of day behind a whole date
			}
			return ""
		}
	}
	switch {
	case year == 0:
		return ""
	case month != 0 && len(small) > 0:
		day = small[0]
	case month != 0:
	case len(small) != 2:
		return ""
	case yearFirst:
		month, day = small[0], small[1]
	case strings.Contains(s, ".") && small[1] <= 12: // 11.01.2024: the day comes first wherever points are used
		day, month = small[0], small[1]
	case small[0] > 12 && small[1] <= 12:
		day, month = small[0], small[1]
	case small[1] > 12 && small[0] <= 12:
		month, day = small[0], small[1]
	case small[0] == small[1]:
		month, day = small[0], small[1]
	default:
		return ""
	}
	return plausible(year, month, day, now)
}

// plausible writes a date; month and day may be 0 for unknown.
func plausible(year, month, day int, now time.Time) index.Date {
	t := time.Date(year, time.Month(max(month, 1)), max(day, 1), 0, 0, 0, 0, time.UTC)
	if year < oldestYear || t.After(now.AddDate(0, 0, 1)) || month < 0 || month > 12 || day < 0 || t.Day() != max(day, 1) {
		return ""
	}
	switch {
	case month == 0:
		return index.Date(t.Format("2006"))
	case day == 0:
		return index.Date(t.Format("2006-01"))
	}
	return index.Date(t.Format(time.DateOnly))
}
