// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
)

// mostMemory is what based may hold at any time of these tests, in KiB: what it
// needs at rest and two password hashes at once. A flood must not add to it.
const mostMemory = 128 << 10

var oomKilled = regexp.MustCompile(`Killed process \d+ \(based\).* anon-rss:(\d+)kB`)

// mostDeaths is how often based is killed at most until the box restarts: on a
// busy host, five times may take longer than the minute within which they count.
const mostDeaths = 15

// killed kills based five times within a minute, for real and from outside:
// the kernel is told over the serial line to end the process that uses the most
// memory. Each time it is started again and counted; after the fifth the box
// restarts and is whole.
func killed(t *testing.T, b *box.Box, c *applianceapi.Client) {
	for deaths := 1; ; deaths++ {
		line := kill(t, b)
		kib, err := strconv.Atoi(oomKilled.FindStringSubmatch(line)[1])
		if err != nil || kib > mostMemory {
			t.Errorf("when it was killed, based held %d KiB: %s", kib, line)
		}
		t.Logf("killed based, which held %d MiB", kib>>10)
		next := b.Expect(t, fmt.Sprintf(`^understudy: (based started \(crashes %d\)|stopping for reboot: based died 5 times within a minute)`, deaths))
		if strings.Contains(next, "stopping for reboot") {
			if deaths < 5 {
				t.Errorf("the box restarts after %d deaths", deaths)
			}
			break
		}
		if deaths == mostDeaths {
			t.Fatalf("based died %d times, and the box goes on", deaths)
		}
		b.Expect(t, `^understudy: listening on 443`) // before, the kernel may know it by its parent's name
		if deaths == 1 {
			counted(t, b, c)
		}
	}
	if _, err := b.WaitEvent(b.Within(t, 20*time.Second), "RESET"); err != nil {
		t.Fatal(err)
	}
	b.Up(t)
	whole(t, b)
}

// counted waits until based serves again after its first death, and looks at
// what it says of it. The session from before still counts.
func counted(t *testing.T, b *box.Box, c *applianceapi.Client) {
	t.Helper()
	b.Until(t, "based serves again", func() bool {
		s, err := c.Status(b.Within(t, answer))
		return err == nil && s.Crashes == 1
	})
	h, err := c.Health(b.Within(t, answer))
	if err != nil || !slices.ContainsFunc(h.Warnings, func(w applianceapi.HealthWarning) bool { return w.Code == "based.crashed" }) {
		t.Errorf("health does not tell of the death: %+v, %v", h, err)
	}
}

// kill has the kernel end based and gives the line in which it says so.
func kill(t *testing.T, b *box.Box) string {
	t.Helper()
	ctx := b.Within(t, 10*time.Second)
	if err := sysrq(ctx, b, "f"); err != nil {
		t.Fatal(err)
	}
	line, err := b.WaitConsole(ctx, oomKilled.String())
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// sysrq sends the kernel one of its magic keys: a break on the serial line and
// a letter. The command line of the box must allow it.
func sysrq(ctx context.Context, b *box.Box, key string) error {
	if _, err := b.QMP(ctx, "chardev-send-break", map[string]string{"id": "serial"}); err != nil {
		return err
	}
	return b.Console.Type(key)
}
