// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"understudy/pkgstore/trust"
)

// room refuses to bring need bytes more of what name says, if that leaves the
// state partition without the room that everything else on it needs: a full one
// could not even keep why a task has failed. The error is a *PreflightError.
func (s *Service) room(name string, need int64) error {
	free, err := s.free()
	if err != nil {
		return err
	}
	if need += spareSpace; free < need {
		return &PreflightError{[]Finding{noSpace(name, need, free)}}
	}
	return nil
}

// noSpace is the finding that need bytes are wanted and free ones are there.
func noSpace(name string, need, free int64) Finding {
	return Finding{FindingSpace, true, fmt.Sprintf("%s needs %d MB on the state partition, and %d MB are free.", name, need/1e6, free/1e6), "Remove packages that are ready to install and not needed.", updatesPage + "#ready"}
}

// filled words the error of a write that found the disk full all the same,
// because something else has taken the room; it gives others as they are.
func filled(name string, err error) error {
	if !full(err) {
		return err
	}
	return &PreflightError{[]Finding{{FindingSpace, true, "The state partition became full while " + name + " was written to it.", "Remove packages that are ready to install and not needed.", updatesPage + "#ready"}}}
}

func full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// dropPartial removes what broken connections have left of packages that the
// update server has no more: nothing would ever go on with it. Nobody else
// fetches meanwhile.
func (s *Service) dropPartial(offered []trust.Target) error {
	entries, err := os.ReadDir(s.path("downloads"))
	if err != nil {
		return fmt.Errorf("remove downloads that did not end: %w", err)
	}
	wanted := map[string]bool{}
	for _, t := range offered {
		wanted[fmt.Sprintf("%x", t.SHA256)] = true
	}
	for _, e := range entries {
		if !wanted[e.Name()] {
			err = errors.Join(err, os.Remove(s.path("downloads", e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("remove downloads that did not end: %w", err)
	}
	return nil
}
