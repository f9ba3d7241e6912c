// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

func tell(terminal bool) string {
	var out bytes.Buffer
	t := &teller{out: &out, terminal: terminal, start: time.Now(), now: time.Now}
	t.stage("Building")
	time.Sleep(1500 * time.Millisecond)
	t.tick()
	t.say("Half done.")
	time.Sleep(500 * time.Millisecond)
	t.done()
	t.done()
	t.say("Ready.")
	return out.String()
}

func TestTeller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const file = "   0.0 s  Building …\n   1.5 s  Half done.\n   2.0 s  Ready.\n"
		if got := tell(false); got != file {
			t.Errorf("into a file:\n%s", got)
		}
		const wipe = "\r\x1b[K"
		const terminal = wipe + "   0.0 s  Building … 0 s" + wipe + "   1.5 s  Building … 2 s" +
			wipe + "   1.5 s  Half done.\n" + "   1.5 s  Building … 2 s" +
			wipe + "   2.0 s  Building (2.0 s)\n" + wipe + wipe + "   2.0 s  Ready.\n"
		if got := tell(true); got != terminal {
			t.Errorf("on a terminal:\n%q\nwant\n%q", got, terminal)
		}
	})
}

func TestNarrate(t *testing.T) {
	for line, want := range map[string]string{
		"understudy: supervise 3.3.2-7":                     "Base software 3.3.2-7 is starting.",
		"understudy: first-boot grow start":                 "",
		"understudy: first-boot grow done":                  "First boot: grow done.",
		"understudy: listening on 443":                      "",
		"understudy: based died (killed), crashes 1":        "Appliance: based died (killed), crashes 1",
		"status: health: critical: The clock is not set.":   "Health: critical: The clock is not set.",
		"status: seed not applied: hostnmae is not known.":  "Seed not applied: hostnmae is not known.",
		"status: event: 2026-01-01T00:00:00Z sign-in":       "",
		"[    1.234567] usb 1-1: new high-speed USB device": "",
	} {
		if got := narrate(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestFingerprintIsWrittenAsOnTheConsole(t *testing.T) {
	const want = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
	if got := fingerprint([]byte("abc")); got != want {
		t.Errorf("%s", got)
	}
}
