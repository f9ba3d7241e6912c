// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/base/slots"
)

// A site update needs room for its program, and for two copies of what the site
// has stored; that is said before the site stops taking changes.
func TestRoomForWhatASiteHasStored(t *testing.T) {
	b := newBox(t, "uefi")
	r, err := b.bring(b.siteFile("12.2.0", "c1", "3.3.2"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.OnBox(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	free := int64(spareSpace) + 2*c.Length
	b.Free = func() (int64, error) { return free, nil }
	if got := b.preflight(c); got != "" {
		t.Errorf("nothing is stored yet: %s", got)
	}
	b.site.stored = 100e6
	if free += 199e6; b.preflight(c) != "space!" {
		t.Error("a large database does not count")
	}
	var stopped *PreflightError
	if _, _, err := b.Install(t.Context(), ada, c, Choice{Accepted: true, Override: true}); !errors.As(err, &stopped) || !strings.Contains(err.Error(), "needs 233 MB on the state partition, and 232 MB are free.") {
		t.Errorf("%v", err)
	}
	if free += 1e6; b.preflight(c) != "" {
		t.Error("there is room for both copies")
	}
}

// Base software that does not fit on the boot partition is refused before it is
// fetched, unless nobody can look there now.
func TestRoomOnTheBootPartition(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.identify()
			s := b.serve()
			b.do(b.Check(t.Context(), ada))
			c := b.offer("base-4.2.1-1.pkg")
			b.machine.Size = 1
			if got := b.preflight(c); got != "boot-space!" {
				t.Errorf("found %q", got)
			}
			if got := b.preflight(b.offer("site-12.2.0-1.pkg")); got != "" {
				t.Errorf("for a site: %q", got)
			}
			var stopped *PreflightError
			if _, _, err := b.Install(t.Context(), ada, c, Choice{Override: true, Force: true}); !errors.As(err, &stopped) || !strings.Contains(err.Error(), "does not fit on the boot partition") || len(s.from) != 0 {
				t.Errorf("%v, fetched %v", err, s.from)
			}
			b.Look = func(context.Context) (slots.Loader, func() error, error) { return nil, nil, unix.EBUSY }
			if got := b.preflight(c); got != "" {
				t.Errorf("found %q by not looking", got)
			}
		})
	}
}
