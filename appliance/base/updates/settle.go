// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"understudy/appliance/layout"
	"understudy/appliance/store"
)

// Unsettled reports whether Settle may have something to do: dir is that of
// Parts. It looks for one file.
func Unsettled(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, snapshotFile))
	return err == nil
}

// notInPlace is said of an update whose version was never tried.
const notInPlace = "The appliance was restarted before the new version was in place."

// Settle finds out at a start, before the configuration at basePath is opened,
// whether this is the trial of a new version, or the old one that is back: then
// it puts the configuration back as it was before. boot is the kernel's id of
// this boot: a program that is started again without the machine has been
// through no trial. It can be repeated.
func Settle(ctx context.Context, journalDB *store.DB, dir, basePath string, running layout.Release, boot string, now func() time.Time) error {
	j := journal{journalDB, boot, now}
	u, found, err := j.last(ctx)
	if err != nil || !found || u.State.Over() {
		return err
	}
	if baseRelease(running) == u.To {
		if u.State == Arming || u.State == Armed || u.State == Proving || u.State == Refused {
			_, err = j.move(ctx, u, BootedNew, "")
		}
		return err
	}
	if !u.State.OnTrial() {
		_, err = j.move(ctx, u, BootedOld, notInPlace)
		return errors.Join(err, dropSnapshot(dir))
	}
	if u.boot == boot {
		return nil // armed, and the restart is still to come
	}
	unended, err := restoreSnapshot(ctx, dir, basePath)
	if err != nil {
		return err
	}
	reason := u.Reason
	switch {
	case u.State == Arming: // the loader was not told: it was never tried
		reason = notInPlace
	case reason == "":
		reason = fmt.Sprintf("%s did not start, or stopped before it had proven itself.", u.Name)
	}
	if unended != nil {
		reason += fmt.Sprintf(" Whoever has signed out since may be signed in again: %v.", unended)
	}
	if _, err := j.move(ctx, u, BootedOld, reason); err != nil {
		return err
	}
	return dropSnapshot(dir)
}
