// SPDX-License-Identifier: Apache-2.0

package appliancetest

import "testing"

func TestBoxIsAnAppliance(t *testing.T) {
	b := New(t, Options{Changed: true})
	if a := b.SignIn(t, "admin", Password).Get("/appliance/status/basics"); a.Status != 200 || !a.Shows(serial) {
		t.Errorf("%d", a.Status)
	}
	if !b.Kernel.Has("eth0", "192.0.2.10/24") || b.Kernel.Has("eth1", "192.0.2.10/24") {
		t.Error("the seed's address is not where it belongs")
	}
}
