// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one figure, beside what it is measured against.
type row struct {
	What    string    `json:"what"`
	Unit    string    `json:"unit"`
	Ours    float64   `json:"ours"`
	Bare    float64   `json:"bare,omitempty"`  // the same without the appliance; 0 if there is no such thing
	Ratio   float64   `json:"ratio,omitempty"` // ours to bare, or bare to ours where more is better
	All     []float64 `json:"all,omitempty"`   // every run of ours, in order
	AllBare []float64 `json:"all_bare,omitempty"`
	Aim     string    `json:"aim,omitempty"`
	Missed  bool      `json:"missed,omitempty"`
}

// report is build/bench.json.
type report struct {
	At    time.Time `json:"at"`
	Base  string    `json:"base"`
	Accel string    `json:"accel"`
	CPUs  int       `json:"cpus"`
	Rows  []row     `json:"rows"`
}

// atMost sets the aim that the figure stays below a limit.
func (r row) atMost(limit float64) row {
	r.Aim, r.Missed = fmt.Sprintf("≤ %g %s", limit, r.Unit), r.Ours > limit
	return r
}

// ratioAtMost sets the aim that ours is no more than so many times bare.
func (r row) ratioAtMost(limit float64) row {
	r.Ratio = r.Ours / r.Bare
	r.Aim, r.Missed = fmt.Sprintf("≤ %gx", limit), r.Ratio > limit
	return r
}

// table is what people read.
func (r report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.headline())
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "figure\tours\tbare\tratio\taim\t\t")
	for _, x := range r.Rows {
		bare, ratio, verdict := "", "", ""
		if x.Bare != 0 {
			bare = number(x.Bare, x.Unit)
		}
		if x.Ratio != 0 {
			ratio = fmt.Sprintf("%.2fx", x.Ratio)
		}
		if x.Missed {
			verdict = "missed"
		} else if x.Aim != "" {
			verdict = "met"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", x.What, number(x.Ours, x.Unit), bare, ratio, x.Aim, verdict)
	}
	w.Flush()
	return b.String()
}

// headline says what was measured, and on what; the accelerator only if a machine
// was.
func (r report) headline() string {
	parts := []string{"Base " + r.Base}
	if r.Accel != "" {
		parts = append(parts, r.Accel)
	}
	return strings.Join(append(parts, fmt.Sprintf("%d CPUs", r.CPUs)), ", ")
}

func number(v float64, unit string) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}

func (r report) save(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
