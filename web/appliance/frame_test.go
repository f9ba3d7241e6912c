// SPDX-License-Identifier: Apache-2.0

package appliance

import "testing"

func TestPageOf(t *testing.T) {
	for path, want := range map[string]string{
		"/appliance/users/2/delete": pathUsers, "/appliance/users": pathUsers, "/appliance/my-account/tokens": pathAccount,
		"/appliance/networking/addresses/a1": pathNetwork, "/appliance/networking/ip/global": pathNetwork,
		"/appliance/status/reboot": pathBasics, "/appliance/status/health/x/acknowledge": pathHealth, "/appliance/status/tasks/x": pathTasks,
		"/appliance/security/audit/export": pathAudit, "/appliance/pending/x/keep": pathRoot, "/appliance/usersX": pathRoot, "/": pathRoot,
	} {
		if got := pageOf(path); got != want {
			t.Errorf("%s belongs to %s, want %s", path, got, want)
		}
	}
}
