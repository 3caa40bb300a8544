package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// A report is what a run came to.
type report struct {
	Machine string   `json:"machine"`
	Redis   string   `json:"redis"`
	Clients int      `json:"clients"`
	Rounds  int      `json:"rounds"`
	Seconds float64  `json:"secondsOfEach"`
	Open    int      `json:"open"`
	Figures []figure `json:"figures"`
	Kinds   []kind   `json:"memory"`
	Notes   []string `json:"notes"`
}

// A figure is the median of a measurement's rounds, with the yardstick that was measured in turn with it and the target that it is held to. One without
// a yardstick has no ratio: then its value is held to the target, where there is one.
type figure struct {
	Name      string  `json:"name"`
	Unit      string  `json:"unit"`
	Value     float64 `json:"value"`
	Against   string  `json:"against,omitempty"`
	Yardstick float64 `json:"yardstick,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"` // the median of the rounds' ratios
	Low       float64 `json:"low,omitempty"`   // the least of them
	High      float64 `json:"high,omitempty"`
	Target    float64 `json:"target,omitempty"` // 0 is none
	AtMost    bool    `json:"atMost,omitempty"` // the target is the most that is allowed, else the least
	Missed    bool    `json:"missed"`
	Redis     float64 `json:"redisMicroseconds,omitempty"` // processor time of one of them, in redis-server
	Own       float64 `json:"ownMicroseconds,omitempty"`   // and in this process
}

// alone is a figure without a yardstick.
func alone(name, unit string, rounds []float64) figure {
	return figure{Name: name, Unit: unit, Value: median(rounds)}
}

// beside is a figure with its yardstick. Both have a value for each round.
func beside(name, unit string, rounds []float64, against string, yardstick []float64) figure {
	ratios := make([]float64, len(rounds))
	for i := range rounds {
		ratios[i] = rounds[i] / yardstick[i]
	}
	return figure{Name: name, Unit: unit, Value: median(rounds), Against: against, Yardstick: median(yardstick),
		Ratio: median(ratios), Low: slices.Min(ratios), High: slices.Max(ratios)}
}

// costing says what one of these costs in processor time.
func (f figure) costing(of speeds) figure {
	f.Redis = median(of.each(func(s speed) float64 { return s.cost.redis }))
	f.Own = median(of.each(func(s speed) float64 { return s.cost.own }))
	return f
}

// atLeast holds a figure to a target that it has to reach. What is no number has missed it.
func (f figure) atLeast(target float64) figure {
	f.Target, f.Missed = target, !(f.held() >= target)
	return f
}

// atMost holds a figure to a target that it must not pass.
func (f figure) atMost(target float64) figure {
	f.Target, f.AtMost, f.Missed = target, true, !(f.held() <= target)
	return f
}

// held is what is held to the target.
func (f figure) held() float64 {
	if f.Against != "" {
		return f.Ratio
	}
	return f.Value
}

// missed are the figures that have missed their targets.
func (r *report) missed() []figure {
	return slices.DeleteFunc(slices.Clone(r.Figures), func(f figure) bool { return !f.Missed })
}

// print writes the report as tables.
func (r *report) print(to io.Writer) error {
	w := new(bytes.Buffer)
	fmt.Fprintf(w, "%s, %s\n%d callers at the same time, medians of %d rounds of %.1f s, %d open claims in the large store\n\n",
		r.Machine, r.Redis, r.Clients, r.Rounds, r.Seconds, r.Open)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MEASURED\tVALUE\tCPU\tBESIDE\tVALUE\tRATIO\tROUNDS\tTARGET\t")
	for _, f := range r.Figures {
		fmt.Fprintln(t, strings.Join(f.cells(), "\t"))
	}
	t.Flush()

	fmt.Fprintf(w, "\nMemory an open claim, by kind of key (MEMORY USAGE of up to %d keys of each)\n\n", sampleOfKind)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "kind\tkeys\tbytes\t")
	for _, k := range r.Kinds {
		fmt.Fprintf(t, "%s\t%d\t%.0f\t\n", k.Name, k.Keys, k.Bytes)
	}
	t.Flush()

	fmt.Fprintln(w)
	for _, note := range r.Notes {
		fmt.Fprintln(w, "-", note)
	}
	if missed := r.missed(); len(missed) > 0 {
		fmt.Fprintf(w, "\n%d of the targets missed.\n", len(missed))
	} else {
		fmt.Fprintln(w, "\nAll targets met.")
	}
	_, err := to.Write(w.Bytes())
	return err
}

// cells are a figure's line in the table.
func (f figure) cells() []string {
	var cost, yardstick, ratio, rounds, target, met string
	if f.Redis+f.Own > 0 {
		cost = fmt.Sprintf("%.0f + %.0f µs", f.Redis, f.Own)
	}
	unit := f.Unit
	if f.Against != "" {
		yardstick, ratio, rounds = number(f.Yardstick)+" "+f.Unit, fmt.Sprintf("%.2f", f.Ratio), fmt.Sprintf("%.2f–%.2f", f.Low, f.High)
		unit = ""
	}
	if f.Target != 0 {
		sign := "≥"
		if f.AtMost {
			sign = "≤"
		}
		target, met = strings.TrimSpace(fmt.Sprintf("%s %g %s", sign, f.Target, unit)), "met"
	}
	if f.Missed {
		met = "MISSED"
	}
	return []string{f.Name, number(f.Value) + " " + f.Unit, cost, f.Against, yardstick, ratio, rounds, target, met}
}

// number writes large values whole and small ones with two digits.
func number(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
