// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// Who was let through before the configuration froze may commit after that: the
// copy waits for it.
func TestTheCopyHasWhatWasLetThrough(t *testing.T) {
	b := newBox(t, "uefi")
	b.mark("before")
	id := b.ready().ID
	copied := make(chan struct{})
	written := 0
	b.journal.now = func() time.Time {
		// Twice when it begins, and once for each step: brought, written, copied.
		if written++; written == 5 {
			close(copied)
		}
		return time.Now()
	}
	through, late := make(chan struct{}), make(chan error, 1)
	go func() {
		late <- b.base.Write(t.Context(), func(tx *sql.Tx) error {
			if err := b.Frozen(t.Context()); err != nil {
				return err
			}
			close(through)
			select {
			case <-copied:
				t.Error("the configuration was copied while it was being changed")
			case <-time.After(time.Second): // the copy waits, and would be there by now
			}
			_, err := tx.Exec(`INSERT INTO mark VALUES ('late')`)
			return err
		})
	}()
	<-through
	if _, _, err := b.installID(ada, id, Choice{}); err != nil {
		t.Fatal(err)
	}
	b.restart()
	if err := <-late; err != nil {
		t.Fatal(err)
	}
	snapshot, err := os.ReadFile(b.path(snapshotFile))
	path := filepath.Join(t.TempDir(), "copy.db")
	if err == nil {
		err = os.WriteFile(path, snapshot, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.OpenShared(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if words := (&box{t: t, base: db}).marks(); words != "before,late" {
		t.Errorf("the copy says %q", words)
	}
}
