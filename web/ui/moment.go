// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"fmt"
	"time"
)

// Moment is a point in time as a page shows it: in a zone, with UTC on hover
// and in a form that programs read.
type Moment struct {
	ISO  string // RFC 3339, UTC
	Text string
	UTC  string
}

// At shows t to the minute.
func At(t time.Time, zone *time.Location) Moment { return moment(t, zone, "2 Jan 2006, 15:04") }

// AtSecond shows t to the second.
func AtSecond(t time.Time, zone *time.Location) Moment {
	return moment(t, zone, "2 Jan 2006, 15:04:05")
}

// ClockAt shows the time of day of t, for what is minutes away.
func ClockAt(t time.Time, zone *time.Location) Moment { return moment(t, zone, "15:04:05") }

func moment(t time.Time, zone *time.Location, layout string) Moment {
	if t.IsZero() {
		return Moment{Text: "never"}
	}
	return Moment{
		ISO:  t.UTC().Format(time.RFC3339),
		Text: t.In(zone).Format(layout),
		UTC:  t.UTC().Format("2006-01-02 15:04:05") + " UTC",
	}
}

// Ago says how long ago t was, in its largest unit.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	if d < 45*time.Second {
		return "just now"
	}
	return Duration(d) + " ago"
}

// Duration says how long d is in its largest unit, and the next one where the
// first is small: "3 minutes", "1 day 4 hours".
func Duration(d time.Duration) string {
	seconds := int64(d.Round(time.Second) / time.Second)
	units := []struct {
		name string
		size int64
	}{{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}}
	for i, u := range units {
		n := seconds / u.size
		if n == 0 {
			continue
		}
		text := count(n, u.name)
		if i+1 < len(units) && n < 10 {
			if rest := seconds % u.size / units[i+1].size; rest > 0 {
				text += " " + count(rest, units[i+1].name)
			}
		}
		return text
	}
	return "less than a second"
}

// Count is a number with its noun: "1 task", "3 tasks".
func Count(n int, noun string) string { return count(int64(n), noun) }

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
