// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
	"understudy/integration/faultdisk"
)

// A run that writes where nobody looks, then into the image that boots, and
// puts that right again.
func TestSweep(t *testing.T) {
	files := filesOf(t, armed(t, "uefi"))
	part := bytes.Repeat([]byte("being written "), 1000)
	files[layout.ESPLinuxDir+"/understudy-4.0-1.part"] = part
	f := partition(t, files)
	whole, err := io.ReadAll(io.NewSectionReader(f, 0, espOffset+espSize))
	if err != nil {
		t.Fatal(err)
	}
	d := faultdisk.New(f, espOffset+espSize)
	t.Cleanup(d.Close)
	socket := filepath.Join(t.TempDir(), "s")
	if err := d.Listen(socket); err != nil {
		t.Fatal(err)
	}
	// A sector in the middle of the image, so that its head stays whole.
	image := bytes.Index(whole, slotstest.UKI(two)[:512]) + 100*512
	harmless := bytes.Index(whole, part[:512])
	old := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(old, whole[image:image+512], 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "qemu-io", "-f", "raw", "-t", "writeback",
		"-c", fmt.Sprintf("write -P 1 %d 512", harmless), "-c", "flush",
		"-c", fmt.Sprintf("write -P 2 %d 512", image), "-c", "flush",
		"-c", fmt.Sprintf("write -s %s %d 512", old, image), "-c", "flush", faultdisk.URL(socket)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cuts, err := checker(t).Sweep(t.Context(), d, 0, func(int) map[string]faultdisk.Policy {
		return map[string]faultdisk.Policy{"keep": faultdisk.KeepAll, "drop": faultdisk.DropAll}
	})
	if err != nil || len(cuts) != 2*d.Boundaries() {
		t.Fatalf("%d cuts at %d points, %v", len(cuts), d.Boundaries(), err)
	}
	for _, cut := range cuts {
		// The damage is there once it is flushed, until its repair is.
		damaged := cut.Point == 1 && cut.Policy == "keep" || cut.Point == 2 && cut.Policy == "drop"
		if (cut.Err != nil) != damaged || !damaged && (cut.UEFI != two.ID() || cut.BIOS != one.ID()) {
			t.Errorf("point %d, %s: %+v, %v", cut.Point, cut.Policy, cut.Result, cut.Err)
		}
	}
}
