// SPDX-License-Identifier: Apache-2.0

package apitest

import (
	"strings"
	"testing"
)

// TestKeepsOffTheMachinesNetwork: outside the namespaces of package nettest,
// where this test runs, a box would reconfigure the machine it is tested on.
func TestKeepsOffTheMachinesNetwork(t *testing.T) {
	b := &Box{t: t, dir: t.TempDir()}
	if err := b.boot(); err == nil || !strings.Contains(err.Error(), "nettest") {
		t.Errorf("the box started: %v", err)
	}
}
