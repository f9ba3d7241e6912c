// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"fmt"
	"path/filepath"
)

// Screenshot writes what the VGA screen shows to a PNG file.
func (m *Machine) Screenshot(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("take a screenshot of %s: %w", m.spec.Name, err)
	}
	if _, err := m.QMP(ctx, "screendump", map[string]string{"filename": path, "format": "png"}); err != nil {
		return fmt.Errorf("take a screenshot of %s: %w", m.spec.Name, err)
	}
	return nil
}

// SendKeys presses and releases keys on the machine's keyboard, each by QEMU's
// name for it ("a", "ret", "f2"); keys joined by a dash are held together
// ("ctrl-alt-delete").
func (m *Machine) SendKeys(ctx context.Context, keys ...string) error {
	for _, combination := range keys {
		if answer, err := m.humanCommand(ctx, "sendkey "+combination); err != nil || answer != "" {
			return fmt.Errorf("press %q on %s: %s %w", combination, m.spec.Name, answer, err)
		}
	}
	return nil
}
