// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"understudy/integration/vm"
)

// StartT starts the browser for a test, which ends it.
func StartT(t testing.TB) *Chromium {
	t.Helper()
	c, err := Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// OpenT opens a tab for a test, which closes it. Of a test that failed a
// picture stays.
func (c *Chromium) OpenT(t testing.TB) *Tab {
	t.Helper()
	tab, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			tab.keepPicture(t)
		}
		tab.Close()
	})
	return tab
}

func (t *Tab) keepPicture(test testing.TB) {
	build, err := vm.BuildDir()
	if err != nil {
		return
	}
	path := filepath.Join(build, "failed", strings.ReplaceAll(test.Name(), "/", "-")+".png")
	if err := t.Picture(context.WithoutCancel(test.Context()), path, Desk, Light); err == nil {
		test.Logf("what the tab showed last is in %s", path)
	}
}
