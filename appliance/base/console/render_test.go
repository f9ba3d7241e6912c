// SPDX-License-Identifier: Apache-2.0

package console

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden screens")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func healthy() State {
	return State{
		Product: "Understudy", Version: "3.3.2",
		Model: "Virtual Appliance (small)", Serial: "US-7F3A-0042",
		Hostname:    "support.example.net",
		Addresses:   []string{"192.0.2.10/24  eth0, static", "2001:db8::10/64  eth0, static", "169.254.1.1/16  eth0, factory"},
		URL:         "https://192.0.2.10/appliance",
		Fingerprint: strings.TrimSuffix(strings.Repeat("AB:CD:EF:01:", 8), ":"),
		Events: []Event{
			{noon.Add(-time.Minute), "network.change by admin from 192.0.2.77: ok"},
			{noon.Add(-time.Hour), "sign-in by admin from 192.0.2.77: ok"},
		},
		Now: noon,
	}
}

func troubled() State {
	s := healthy()
	s.Warnings = []Warning{
		{"critical", "The clock is 3 h 12 min ahead of the time servers and was not set back without consent."},
		{"warning", "The machine has 2 GiB of memory; this model wants 4 GiB."},
	}
	s.SeedProblems = []string{`line 4: there is no setting "hostnme"; did you mean "hostname"?`}
	return s
}

func lost() State {
	s := troubled()
	s.StateLost = "Both copies of the key record are damaged, so that accounts, settings and certificates of this appliance can no longer be read."
	s.StateAdvice = "Sign in at the address above to return to factory defaults, or restore the disk from a copy and restart."
	return s
}

func crowded() State {
	s := lost()
	for range 30 {
		s.Warnings = append(s.Warnings, Warning{"warning", "One more thing is not as it should be."})
		s.Addresses = append(s.Addresses, "198.51.100.7/24  eth1, static")
		s.Events = append(s.Events, Event{noon, "task.done"})
	}
	return s
}

func TestGoldenScreens(t *testing.T) {
	for name, s := range map[string]State{
		"healthy": healthy(), "troubled": troubled(), "lost": lost(), "crowded": crowded(),
		"no-address": {Product: "Understudy", Version: "3.3.2", Now: noon}, "empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			got := Render(s, 80, 25)
			path := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("screen differs from %s (write it with -update):\n%s", path, got)
			}
		})
	}
}

// Whatever the size of the terminal and however much there is to say, the
// screen is filled exactly and no line is longer than it is wide.
func TestFitsAnyScreen(t *testing.T) {
	for _, s := range []State{healthy(), troubled(), lost(), crowded(), {}} {
		for _, size := range [][2]int{{80, 25}, {40, 10}, {100, 37}, {128, 48}, {80, 24}, {60, 15}} {
			lines := strings.Split(strings.TrimSuffix(Render(s, size[0], size[1]), "\n"), "\n")
			if len(lines) != size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, l := range lines {
				if len(l) > size[0] {
					t.Errorf("%v: line of %d: %q", size, len(l), l)
				}
			}
		}
	}
}

// A user's display name or a host name must not be able to speak to the
// terminal.
func TestTextCannotControlTheTerminal(t *testing.T) {
	s := healthy()
	nasty := "\x1b[2J\x1b]0;gone\x07\r\nroot\x9b1m\u202e名"
	s.Hostname, s.Serial, s.StateLost, s.Fingerprint, s.URL = nasty, nasty, nasty, nasty, nasty
	s.Addresses, s.SeedProblems = []string{nasty}, []string{nasty}
	s.Events = []Event{{noon, nasty}}
	s.Warnings = []Warning{{"warning", nasty}}
	all := Render(s, 80, 25) + strings.Join(Changes(State{}, s), "\n")
	for _, r := range all {
		if r != '\n' && (r < ' ' || r > '~') {
			t.Fatalf("%q reaches the terminal in:\n%q", r, all)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("host", "a text\nof lines", 80, 25)
	f.Fuzz(func(t *testing.T, a, b string, width, height int) {
		width, height = 40+width%200, 10+height%100
		if width < 40 || height < 10 {
			t.Skip()
		}
		s := State{Hostname: a, URL: b, Fingerprint: b, StateLost: a, StateAdvice: b, Addresses: []string{a, b},
			Warnings: []Warning{{a, b}}, Events: []Event{{noon, b}}, Model: a, Serial: b}
		for _, l := range strings.Split(Render(s, width, height), "\n") {
			if len(l) > width {
				t.Fatalf("line of %d in %d columns: %q", len(l), width, l)
			}
		}
	})
}
