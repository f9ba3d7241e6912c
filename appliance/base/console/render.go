// SPDX-License-Identifier: Apache-2.0

package console

import (
	"fmt"
	"strings"
)

// style is how a line is painted where colours exist. The words carry the
// meaning; colour only helps the eye.
type style int

const (
	plain style = iota
	title
	strong
	dim
	good
	warn
	bad
)

type line struct {
	text  string
	style style
}

// labelWidth is the column in which values start.
const labelWidth = 14

// minEvents is how many lines the last events get even on a troubled box.
const minEvents = 2

// Render lays s out as lines of at most width characters, height lines at
// most, without colours. 80 by 25 shows everything a healthy box has to say.
func Render(s State, width, height int) string {
	var b strings.Builder
	for _, l := range layOut(s, width, height) {
		b.WriteString(strings.TrimRight(l.text, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// layOut gives each part its share of the height: head and foot always,
// troubles as much as they need while events keep a little, events the rest.
func layOut(s State, width, height int) []line {
	width, height = max(width, 40), max(height, 10)
	head := append(heading(s, width), identity(s, width)...)
	foot := footer(s, width)
	room := height - len(head) - len(foot)
	troubles := clip(troubles(s, width), room-minEvents-2)
	room -= len(troubles)
	lines := append(head, troubles...)
	if room >= minEvents+2 && len(s.Events) > 0 {
		lines = append(lines, events(s, width, room)...)
	}
	if most := height - len(foot); len(lines) > most {
		lines = lines[:most]
	}
	for len(lines) < height-len(foot) {
		lines = append(lines, line{})
	}
	return append(lines, foot...)
}

func heading(s State, width int) []line {
	left := clean(strings.TrimSpace(s.Product + " " + s.Version))
	right := clean(strings.TrimSpace(s.Model + "  " + s.Serial))
	gap := width - len(left) - len(right) - 2
	if gap < 2 {
		right, gap = "", width-len(left)-2
	}
	lines := []line{
		{fit(" "+left+strings.Repeat(" ", max(gap, 0))+right+" ", width), title},
		{},
	}
	if s.URL == "" {
		return append(lines, line{" No network address yet.", warn}, line{})
	}
	return append(lines,
		line{" Manage this appliance in a browser at", plain},
		line{fit("   "+clean(s.URL), width), strong}, line{})
}

func identity(s State, width int) []line {
	var lines []line
	lines = append(lines, field("Host name", []string{s.Hostname}, width)...)
	lines = append(lines, field("Addresses", clipTexts(s.Addresses, 4), width)...)
	lines = append(lines, field("Certificate", fingerprint(s.Fingerprint, width), width)...)
	return lines
}

// fingerprint breaks it into equal rows, so that it can be read out in steps.
func fingerprint(f string, width int) []string {
	pairs := strings.Split(f, ":")
	if len(pairs) != 32 || width < labelWidth+48 {
		return []string{f}
	}
	return []string{"SHA-256 " + strings.Join(pairs[:16], ":"), "        " + strings.Join(pairs[16:], ":")}
}

func troubles(s State, width int) []line {
	var lines []line
	if s.StateLost != "" {
		lines = append(lines, line{}, line{" STORED STATE CANNOT BE USED", bad})
		lines = append(lines, paragraph(s.StateLost, width, bad)...)
		lines = append(lines, paragraph(s.StateAdvice, width, plain)...)
	}
	if len(s.SeedProblems) > 0 {
		lines = append(lines, line{}, line{" THE FIRST-BOOT SEED WAS NOT APPLIED", warn})
		for _, p := range s.SeedProblems {
			lines = append(lines, paragraph(p, width, warn)...)
		}
	}
	if len(s.Warnings) == 0 {
		return append(lines, field("Health", []string{"OK"}, width, good)...)
	}
	lines = append(lines, line{}, line{fmt.Sprintf(" Health: %s", count(len(s.Warnings), "warning")), strong})
	for _, w := range s.Warnings {
		st := warn
		if strings.EqualFold(w.Severity, "critical") {
			st = bad
		}
		lines = append(lines, paragraph(w.String(), width, st)...)
	}
	return lines
}

func events(s State, width, room int) []line {
	lines := []line{{}, {" Last events", strong}}
	for _, e := range s.Events {
		if len(lines) == room {
			break
		}
		text := "   " + e.At.UTC().Format("2006-01-02 15:04:05") + " UTC  " + clean(e.Text)
		lines = append(lines, line{fit(text, width), plain})
	}
	return lines
}

func footer(s State, width int) []line {
	text := " There is nothing to type here: use the pages at the address above."
	if s.URL == "" {
		text = " There is nothing to type here: the pages come with a network address."
	}
	if !s.Now.IsZero() {
		stamp := s.Now.UTC().Format("2006-01-02 15:04 UTC")
		if gap := width - len(text) - len(stamp) - 1; gap > 0 {
			text += strings.Repeat(" ", gap) + stamp
		}
	}
	return []line{{}, {fit(text, width), dim}}
}
