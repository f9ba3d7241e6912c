// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOldImagesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"3.3.2-a", "3.3.2-b", "3.3.2-c", "3.3.2-d", "3.2.4-a", "part-1"} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(int64(1_000_000+i), 0)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := prune(dir, "3.3.2"); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names string
	for _, e := range left {
		names += e.Name() + " "
	}
	if names != "3.2.4-a 3.3.2-b 3.3.2-c 3.3.2-d lock " {
		t.Errorf("left: %s", names)
	}
}
