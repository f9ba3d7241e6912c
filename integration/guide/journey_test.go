// SPDX-License-Identifier: Apache-2.0

package guide

import "testing"

// step is one numbered step of a journey.
func step(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	if !t.Run(name, f) {
		t.FailNow()
	}
}
