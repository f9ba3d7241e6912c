// SPDX-License-Identifier: Apache-2.0

package console

import "fmt"

// field is a label with its values beside it, one a line; nothing for a value
// that is not known.
func field(label string, values []string, width int, st ...style) []line {
	s := plain
	if len(st) > 0 {
		s = st[0]
	}
	var lines []line
	for _, v := range values {
		if v == "" {
			continue
		}
		for _, part := range hang(v, width-labelWidth) {
			lines = append(lines, line{fmt.Sprintf(" %-*s%s", labelWidth-1, label, part), s})
			label = ""
		}
	}
	return lines
}

// hang wraps a value but keeps the spaces it starts with.
func hang(value string, width int) []string {
	if len(value) <= width {
		return []string{clean(value)}
	}
	return wrap(value, width)
}

// paragraph is wrapped text, indented, its further lines a little more.
func paragraph(text string, width int, st style) []line {
	if text == "" {
		return nil
	}
	var lines []line
	indent := "   "
	for _, part := range wrap(text, width-5) {
		lines = append(lines, line{indent + part, st})
		indent = "     "
	}
	return lines
}

// clip keeps at most room lines and says in the last one how many are missing.
func clip(lines []line, room int) []line {
	room = max(room, 1)
	if len(lines) <= room {
		return lines
	}
	more := len(lines) - room + 1
	return append(lines[:room-1:room-1], line{fmt.Sprintf("   ... %s more; see Status > Basics", count(more, "line")), dim})
}

// clipTexts is clip for plain texts.
func clipTexts(texts []string, room int) []string {
	if len(texts) <= room {
		return texts
	}
	return append(texts[:room-1:room-1], fmt.Sprintf("... and %d more", len(texts)-room+1))
}

// fit cuts text that is longer than the line.
func fit(text string, width int) string {
	if len(text) > width {
		return text[:width]
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
