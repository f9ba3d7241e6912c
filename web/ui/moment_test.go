// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"testing"
	"time"
)

func TestMomentShowsZoneAndUTC(t *testing.T) {
	vienna := time.FixedZone("CET", 3600)
	m := At(time.Date(2026, 1, 2, 23, 30, 0, 0, time.UTC), vienna)
	if m.Text != "3 Jan 2026, 00:30" || m.UTC != "2026-01-02 23:30:00 UTC" || m.ISO != "2026-01-02T23:30:00Z" {
		t.Errorf("got %+v", m)
	}
	if m := At(time.Time{}, vienna); m.Text != "never" || m.ISO != "" {
		t.Errorf("the zero time is shown as %+v", m)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                    "less than a second",
		400 * time.Millisecond:               "less than a second",
		time.Second:                          "1 second",
		59 * time.Second:                     "59 seconds",
		61 * time.Second:                     "1 minute 1 second",
		15 * time.Minute:                     "15 minutes",
		time.Hour:                            "1 hour",
		25 * time.Hour:                       "1 day 1 hour",
		24*time.Hour + 30*time.Minute:        "1 day",
		40 * 24 * time.Hour:                  "40 days",
		9*time.Minute + 500*time.Millisecond: "9 minutes 1 second",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v is shown as %q, want %q", d, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for back, want := range map[time.Duration]string{10 * time.Second: "just now", 3 * time.Minute: "3 minutes ago", -time.Minute: "just now"} {
		if got := Ago(now.Add(-back), now); got != want {
			t.Errorf("%v back is %q, want %q", back, got, want)
		}
	}
	if Ago(time.Time{}, now) != "never" {
		t.Error("the zero time is some time ago")
	}
}
