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

// restoreSnapshot puts the copy back as the configuration at path, which
// nobody has open, without the sessions that have ended since it was made. It
// can be repeated. Without a copy it does nothing: then no trial was armed.
//
// A copy that cannot be looked through is put back all the same, and unended
// says why: whoever opens it next finds out whether it is of use.
func restoreSnapshot(ctx context.Context, dir, path string) (unended, err error) {
	if !Unsettled(dir) {
		return nil, nil
	}
	to, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return nil, fmt.Errorf("put the configuration back: %w", err)
	}
	defer to.Cleanup()
	if err := fill(to, filepath.Join(dir, snapshotFile)); err != nil {
		return nil, fmt.Errorf("put the configuration back: %w", err)
	}
	if unended = account.CarrySignOuts(ctx, path, to.Name()); unended != nil {
		// Half of an attempt is worse than none.
		err = errors.Join(ctx.Err(), removeTails(to.Name()), fill(to, filepath.Join(dir, snapshotFile)))
	}
	if err == nil {
		// What the trial wrote and had not yet moved into the database itself would
		// be taken for a part of the copy.
		err = removeTails(path)
	}
	if err == nil {
		err = to.CloseAtomicallyReplace()
	}
	if err != nil {
		return unended, fmt.Errorf("put the configuration back: %w", err)
	}
	return unended, syncDir(filepath.Dir(path))
}

// fill makes a file a copy of another.
func fill(to *renameio.PendingFile, path string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := to.Truncate(0); err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

// removeTails removes what SQLite keeps beside a database.
func removeTails(path string) error {
	for _, tail := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + tail); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
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
