// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"strings"
	"testing"
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
