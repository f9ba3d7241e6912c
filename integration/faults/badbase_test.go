// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/integration/box"
	"understudy/integration/vm"
	"understudy/pkgstore/pack"
)

// TestABaseThatPanics installs a Base software whose kernel panics at every
// start, on a machine that starts by BIOS: the old one comes back by itself,
// after two tries, with its configuration, and says what happened.
func TestABaseThatPanics(t *testing.T) {
	t.Parallel()
	vendor := updatestest.NewVendor(t)
	bad := badUpdate(t, vendor, "4.2.1")
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}}
	b := box.Start(t, vm.Spec{Name: "badbase", Firmware: vm.BIOS, DiskGiB: 4, Seed: seed.Encode()})
	b.FirstSignIn(t)
	c := b.API(t, box.Admin, box.Password)
	if _, err := c.Reauthenticate(b.Within(t, answer), box.Password); err != nil {
		t.Fatal(err)
	}
	p, err := c.Upload(b.Within(t, time.Minute), bytes.NewReader(bad), false)
	if err != nil {
		t.Fatal(err)
	}
	task, err := c.Install(b.Within(t, answer), p.ID, applianceapi.Install{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.Expect(t, `Kernel panic`)
	}
	b.Up(t)

	c.Close()
	b.Until(t, "the old version says what happened", func() bool {
		x, err := c.Task(b.Within(t, answer), task.ID)
		return err == nil && x.State == "failed" && strings.Contains(x.Error, "did not start") && x.NextStep != ""
	})
	s, err := c.Status(b.Within(t, answer))
	if err != nil || s.BaseVersion != box.Base {
		t.Errorf("it runs %s, %v", s.BaseVersion, err)
	}
	past, err := c.Updates(b.Within(t, answer))
	if err != nil || len(past.Items) != 1 || past.Items[0].State != "rolled back" {
		t.Errorf("history %+v, %v", past.Items, err)
	}
	if n := b.Resets(); n != 3 {
		t.Errorf("the machine was reset %d times, want three: into the new version, and after each panic", n)
	}
	if _, err := c.Install(b.Within(t, answer), p.ID, applianceapi.Install{}); applianceapi.StatusOf(err) != 409 || !strings.Contains(err.Error(), "was tried before") {
		t.Errorf("the same version again: %v", err)
	}
	if r, err := c.VerifyAudit(b.Within(t, answer)); err != nil || !r.OK {
		t.Errorf("the audit log: %+v, %v", r, err)
	}
}

// badUpdate is an update file with a Base software that does not work.
func badUpdate(t *testing.T, vendor *updatestest.Vendor, version string) []byte {
	t.Helper()
	build, err := vm.BuildDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "badbase")
	cmd := exec.Command("go", "build", "-o", program, "understudy/integration/cmd/badbase")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build badbase: %v\n%s", err, out)
	}
	release, err := bootimg.ReleaseFor(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	image, err := bootimg.Build(t.Context(), bootimg.Options{CacheDir: filepath.Join(build, "cache"), OutDir: dir, Release: release, BasedPath: program, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	uki, err := pack.File(image.UKI)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	vendor.Base(&file, release, uki)
	return file.Bytes()
}
