// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// TestManualUpdateByBIOSWithCtl: the same from a terminal, on a machine that
// starts by BIOS.
func TestManualUpdateByBIOSWithCtl(t *testing.T) {
	t.Parallel()
	vendor := updatestest.NewVendor(t)
	file := box.UpdateFile(t, vendor, newer)
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}}
	b := box.Start(t, vm.Spec{Name: "manual-ctl", Firmware: vm.BIOS, Seed: seed.Encode()})
	shell := newTerminal(t)
	password := shell.file(t, "password", box.Password+"\n")
	b.FirstSignIn(t)
	shell.run(t, "login", b.URL(443), "--user", "admin", "--password-file", password, "--fingerprint", fingerprint.FindString(b.Console.Text()))

	var brought applianceapi.Package
	step(t, "1 bring the file", func(t *testing.T) {
		shell.refuse(t, 1, "updates", "upload", damagedCopy(t, file))
		brought = read[applianceapi.Package](t, shell, "updates", "upload", file)
		if brought.Version != newer || !brought.Restart {
			t.Errorf("brought %+v", brought)
		}
	})
	step(t, "2 install it and follow it over the restart", func(t *testing.T) {
		out, notes, code := shell.try(t, "updates", "install", brought.ID[:12], "--yes", "--password-file", password)
		if all := out + notes; code != 0 || !strings.Contains(all, "does not answer; waiting") || !strings.Contains(all, "has proven itself") {
			t.Fatalf("exit code %d\n%s", code, all)
		}
		b.Expect(t, `^understudy: healthy`)
	})
	step(t, "3 the new version runs", func(t *testing.T) {
		if s := read[applianceapi.Status](t, shell, "status"); s.BaseVersion != newer {
			t.Errorf("version %s runs", s.BaseVersion)
		}
		past := read[applianceapi.List[applianceapi.Update]](t, shell, "updates", "history")
		if len(past.Items) != 1 || past.Items[0].State != "good" || past.Items[0].From != box.Base || past.Items[0].By != "admin" {
			t.Errorf("history %+v", past.Items)
		}
		shell.refuse(t, 1, "updates", "upload", file)
	})
	step(t, "4 it is there after the next start too", func(t *testing.T) {
		shell.run(t, "reboot", "--yes", "--password-file", password, "--patience", (10 * time.Minute).String())
		if s := read[applianceapi.Status](t, shell, "status"); s.BaseVersion != newer {
			t.Errorf("version %s runs", s.BaseVersion)
		}
	})
	b.KernelSays(t)
}
