// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"
)

// sheet is text in the making: lines, lists of fields, and tables.
type sheet struct{ strings.Builder }

// line adds a line.
func (s *sheet) line(format string, args ...any) {
	fmt.Fprintf(s, format, args...)
	s.WriteByte('\n')
}

// text adds a text that has lines of its own.
func (s *sheet) text(text string) {
	for line := range strings.Lines(text) {
		s.line("%s", plain(strings.TrimRight(line, "\r\n")))
	}
}

// columns is how wide wrapped text is at most, unless a word is longer.
const columns = 100

// wrapped adds a text whose lines are indented, more than they are already, and
// broken between words.
func (s *sheet) wrapped(indent, text string) {
	for line := range strings.Lines(text) {
		words := strings.Fields(plain(line))
		margin := indent + strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " ")))
		for len(words) > 0 {
			out := margin + words[0]
			for words = words[1:]; len(words) > 0 && utf8.RuneCountInString(out+" "+words[0]) <= columns; words = words[1:] {
				out += " " + words[0]
			}
			s.line("%s", out)
		}
	}
}

// fields adds names and values below each other; empty values are left out.
func (s *sheet) fields(pairs ...string) {
	w := tabwriter.NewWriter(s, 0, 8, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", pairs[i], plain(pairs[i+1]))
		}
	}
	w.Flush() // a Builder takes everything
}

// table adds rows below a header; instead of an empty table, the sentence.
func (s *sheet) table(empty string, header []string, rows [][]string) {
	if len(rows) == 0 {
		s.line("%s", empty)
		return
	}
	w := tabwriter.NewWriter(s, 0, 8, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			row[i] = plain(cell)
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	w.Flush()
}

// plain takes control characters out of text that came from the box, so that
// a log line cannot steer the terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// plainLines is plain for text that has lines of its own.
func plainLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}

// moment writes a time in the reader's zone; never is a dash.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// clockTime writes the time of day in the reader's zone.
func clockTime(t time.Time) string { return t.Local().Format("15:04:05") }

// lasting writes seconds as people say them: 3d 4h 5m.
func lasting(seconds int64) string {
	d, h, m := seconds/86400, seconds/3600%24, seconds/60%60
	switch {
	case d > 0:
		return fmt.Sprintf("%dd %dh %dm", d, h, m)
	case h > 0:
		return fmt.Sprintf("%dh %dm", h, m)
	case m > 0:
		return fmt.Sprintf("%dm %ds", m, seconds%60)
	}
	return fmt.Sprintf("%ds", seconds)
}
