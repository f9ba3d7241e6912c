// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAxeIsPinned(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "axe-core-"+axeVersion+".tgz")
	if err := os.WriteFile(path, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Axe(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "SHA-512") {
		t.Errorf("another file was taken: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the wrong file was left in place")
	}
}
