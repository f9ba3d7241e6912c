// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/integration/box"
	"understudy/integration/faultdisk"
	"understudy/integration/faultdisk/espcheck"
	"understudy/integration/vm"
)

// cutDiskSize is that of the disk on which an update is recorded, in bytes.
// Every check goes through the whole state, so it is no larger than the box
// needs.
const cutDiskSize = 2 << 30

// newerBase is the version that the update brings.
const newerBase = "4.2.1"

// recording is an update of the Base software as the disk has seen it.
type recording struct {
	firmware     vm.Firmware
	seed         []byte
	update       string // path of the update file
	disk         *faultdisk.Disk
	from         int    // the point at which the package arrives
	task         string // id
	checker      *espcheck.Checker
	older, newer string // IDs of the releases
}

// newRecording has a disk that remembers every write and the image on it.
func newRecording(t *testing.T, firmware vm.Firmware) *recording {
	t.Helper()
	vendor := updatestest.NewVendor(t)
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}}
	r := &recording{firmware: firmware, seed: seed.Encode(), update: box.UpdateFile(t, vendor, newerBase)}
	image := box.Image(t, box.Base)
	base, err := os.Open(image.Raw)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	r.disk = faultdisk.New(base, cutDiskSize)
	esp, _ := layout.NewGPT().Find(layout.ESP)
	r.checker = &espcheck.Checker{Dir: t.TempDir(), Offset: esp.Offset(), Size: esp.Size()}
	if err := r.checker.Fix(r.disk, layout.ESPLoader, layout.ESPLoaderConf, "/grub/grub.cfg"); err != nil {
		t.Fatal(err)
	}
	r.older, r.newer = r.release(t, image), r.release(t, box.Image(t, newerBase))
	return r
}

// record updates a box up to the end of the update's task.
func record(t *testing.T, firmware vm.Firmware) *recording {
	t.Helper()
	r := newRecording(t, firmware)
	b := r.start(t, r.disk)
	b.FirstSignIn(t)
	c := b.API(t, box.Admin, box.Password)
	r.from = r.disk.Boundaries() - 1
	r.task = install(t, b, c, r.update, applianceapi.Install{})
	b.Up(t) // the new version, after the restart
	c.Close()
	if end := ended(t, b, c, r.task); end.State != "done" {
		t.Fatalf("the update was to succeed: %+v", end)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	r.disk.Close()
	return r
}

// release adds what an image brings to what may boot, and gives its ID.
func (r *recording) release(t *testing.T, image bootimg.Artifacts) string {
	t.Helper()
	m, err := bootimg.ReadManifest(image.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	release, err := espcheck.ReadRelease(m.Release, image.UKI)
	if err != nil {
		t.Fatal(err)
	}
	r.checker.Releases = append(r.checker.Releases, release)
	return release.ID
}

// start starts the box on a disk that this test serves.
func (r *recording) start(t *testing.T, d *faultdisk.Disk) *box.Box {
	t.Helper()
	dir, err := os.MkdirTemp("", "cut") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(); os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	if err := d.Listen(socket); err != nil {
		t.Fatal(err)
	}
	return box.Start(t, vm.Spec{Name: "updatecut-" + string(r.firmware), Firmware: r.firmware, DiskURL: faultdisk.URL(socket), Seed: r.seed})
}

// install uploads an update file and installs it, and gives the task.
func install(t *testing.T, b *box.Box, c *applianceapi.Client, path string, choice applianceapi.Install) (task string) {
	t.Helper()
	if _, err := c.Reauthenticate(b.Within(t, answer), box.Password); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := c.Upload(b.Within(t, time.Minute), file, false)
	if err != nil {
		t.Fatal(err)
	}
	started, err := c.Install(b.Within(t, answer), p.ID, choice)
	if err != nil {
		t.Fatal(err)
	}
	return started.ID
}

// ended waits until a task has ended.
func ended(t *testing.T, b *box.Box, c *applianceapi.Client, id string) (task applianceapi.Task) {
	t.Helper()
	b.Until(t, "the update's task ends", func() bool {
		var err error
		task, err = c.Task(b.Within(t, answer), id)
		return err == nil && !task.Live()
	})
	return task
}
