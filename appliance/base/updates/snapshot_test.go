// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"understudy/appliance/account"
	"understudy/appliance/store"
)

// TestACopyThatCannotBeLookedThrough is put back as it is, unless it was only
// that there was no time: then nothing is touched.
func TestACopyThatCannotBeLookedThrough(t *testing.T) {
	dir := t.TempDir()
	path, snapshot := filepath.Join(dir, "base.db"), filepath.Join(dir, snapshotFile)
	db, err := store.Open(t.Context(), path, []store.Migration{{Name: "account", SQL: account.Schema1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := takeSnapshot(t.Context(), db, dir); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := restoreSnapshot(over, dir, path); err == nil {
		t.Error("without time it is no error")
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, before) {
		t.Errorf("the database was touched (%v)", err)
	}
	damaged := bytes.Repeat([]byte("no database "), 1000)
	if err := os.WriteFile(snapshot, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	unended, err := restoreSnapshot(t.Context(), dir, path)
	if err != nil || unended == nil {
		t.Errorf("a damaged copy: %v, and of sessions it says %v", err, unended)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, damaged) {
		t.Errorf("it was not put back as it is (%v)", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("there are %q", left)
	}
}
