// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBuild(t *testing.T) {
	dir := t.TempDir()
	based := filepath.Join(dir, "based")
	if err := os.WriteFile(based, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "image")
	if err := build(t.Context(), "3.2.4", out, "../../../build/cache", based, true); err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"raw", "raw.zst", "qcow2", "efi", "vmlinuz", "initrd", "json"} {
		if _, err := os.Stat(filepath.Join(out, "understudy-3.2.4-1."+ext)); err != nil {
			t.Error(err)
		}
	}
	if err := build(t.Context(), "newest", out, dir, based, false); err == nil {
		t.Error("a version that is none was built")
	}
}
