// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"understudy/appliance/account"
	"understudy/appliance/store"
)

// snapshotFile is the copy of the configuration, in the directory of updates.
const snapshotFile = "base.db.before-trial"

// takeSnapshot copies the configuration as it is now. An older copy is
// replaced; an unfinished one never has the name.
func takeSnapshot(ctx context.Context, base *store.DB, dir string) error {
	if err := base.Copy(ctx, filepath.Join(dir, snapshotFile)); err != nil {
		return fmt.Errorf("copy the configuration: %w", err)
	}
	return nil
}

// carrySignOuts keeps whoever has signed out during a trial from being signed in
// again by the copy, if there is one.
func carrySignOuts(ctx context.Context, dir, path string) error {
	if !Unsettled(dir) {
		return nil
	}
	return account.CarrySignOuts(ctx, path, filepath.Join(dir, snapshotFile))
}

// restoreSnapshot puts the copy back as the configuration at path, which
// nobody has open. It can be repeated. Without a copy it does nothing: then no
// trial was armed.
func restoreSnapshot(dir, path string) error {
	from, err := os.Open(filepath.Join(dir, snapshotFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("put the configuration back: %w", err)
	}
	defer from.Close()
	to, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("put the configuration back: %w", err)
	}
	defer to.Cleanup()
	if _, err := io.Copy(to, from); err != nil {
		return fmt.Errorf("put the configuration back: %w", err)
	}
	// What the trial wrote and had not yet moved into the database itself would
	// be taken for a part of the copy.
	for _, tail := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + tail); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("put the configuration back: %w", err)
		}
	}
	if err := to.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("put the configuration back: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// dropSnapshot removes the copy once it will not be needed any more.
func dropSnapshot(dir string) error {
	if err := os.Remove(filepath.Join(dir, snapshotFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the copy of the configuration: %w", err)
	}
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
