// SPDX-License-Identifier: Apache-2.0

package apitest

import (
	"context"
	"errors"

	"understudy/appliance/base/boot"
)

// machine is what lies below the box: it goes down after the call returned, as
// a machine does, and comes back at once.
type machine struct{ box *Box }

// Power restarts the box, or ends it.
func (m machine) Power(_ context.Context, kind boot.PowerKind, _ string) error {
	go func() {
		m.box.halt()
		if kind == boot.Off {
			close(m.box.ended)
			return
		}
		if err := m.box.boot(); err != nil {
			m.box.t.Errorf("restart the box: %v", err)
		}
	}()
	return nil
}

// FactoryReset is not played: erasing a state is package boot's subject.
func (m machine) FactoryReset(context.Context, string) error {
	return errors.New("this box has no state to erase")
}
