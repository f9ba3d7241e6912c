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
	out, factory := filepath.Join(dir, "image"), filepath.Join(dir, "site.usupd")
	if err := os.WriteFile(factory, []byte("an update file"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := build(t.Context(), "3.2.4", out, "../../../build/cache", based, factory, true); err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"raw", "raw.zst", "qcow2", "efi", "vmlinuz", "initrd", "json"} {
		if _, err := os.Stat(filepath.Join(out, "understudy-3.2.4-1."+ext)); err != nil {
			t.Error(err)
		}
	}
	if err := build(t.Context(), "3.2.4", out, "../../../build/cache", based, filepath.Join(dir, "nothing"), true); err == nil {
		t.Error("an image was built with a site package that is not there")
	}
	if err := build(t.Context(), "newest", out, dir, based, "", false); err == nil {
		t.Error("a version that is none was built")
	}
}
