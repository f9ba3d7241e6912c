// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
)

func counting(phase, percent int, state string) applianceapi.Task {
	return applianceapi.Task{Title: "Count", State: state, Phases: []string{"One", "Two"}, Phase: phase, Percent: percent}
}

// TestProgressInAFile prints a line for each phase, once.
func TestProgressInAFile(t *testing.T) {
	var out, side bytes.Buffer
	p := newTextPrinter(&out, &side, false)
	for _, x := range []applianceapi.Task{counting(0, 10, "running"), counting(0, 40, "running"), counting(1, 50, "running")} {
		p.Task(x)
	}
	failed := counting(1, 60, "failed")
	failed.Error, failed.NextStep = "The disk is full.", "Delete something."
	p.Task(failed)
	want := "Count: One\nCount: Two\nCount: failed\n  The disk is full.\n  Delete something.\n"
	if got := out.String(); got != want || p.Close() != nil {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// TestProgressOnATerminal redraws one line, and leaves log lines above it.
func TestProgressOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := newTextPrinter(&out, &out, true)
	p.Task(counting(0, 50, "running"))
	p.Line(applianceapi.TaskLine{Text: "half"})
	p.Task(counting(1, 75, "running"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{"[############------------]  50 %  Count: One\r\x1b[K", "half\n", "[##################------]  75 %  Count: Two\r\x1b[K"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not contain %q", got, want)
		}
	}
}

func TestBar(t *testing.T) {
	for percent, want := range map[int]int{-5: 0, 0: 0, 50: 12, 100: 24, 500: 24} {
		if got := strings.Count(bar(percent), "#"); got != want || len(bar(percent)) != 26 {
			t.Errorf("the bar of %d has %d marks, want %d", percent, got, want)
		}
	}
}

func TestLasting(t *testing.T) {
	for seconds, want := range map[int64]string{0: "0s", 59: "59s", 61: "1m 1s", 3600: "1h 0m", 90061: "1d 1h 1m"} {
		if got := lasting(seconds); got != want {
			t.Errorf("%d seconds are %q, want %q", seconds, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	var s sheet
	s.table("Nobody.", []string{"NAME", "ROLE"}, nil)
	s.table("Nobody.", []string{"NAME", "ROLE"}, [][]string{{"kim", "read-only"}, {"a\tb", ""}})
	if got, want := s.String(), "Nobody.\nNAME  ROLE\nkim   read-only\na b\n"; got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
}
