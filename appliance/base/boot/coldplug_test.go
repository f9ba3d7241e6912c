// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// addDevice puts a device on a bus of a sysfs made of files.
func addDevice(t *testing.T, sys, bus, name, modalias string) {
	t.Helper()
	writeFile(t, filepath.Join(sys, "bus", bus, "devices", name, "modalias"), modalias+"\n")
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	pciDisk   = "pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc00i00"
	pciNIC    = "pci:v00008086d000010D3sv00008086sd0000A01Fbc02sc00i00"
	pciDog    = "pci:v00008086d000025ABsv00001AF4sd00001100bc08sc80i00"
	virtioBlk = "virtio:d00000002v00001AF4"
	virtioRng = "virtio:d00000004v00001AF4"
	plugDep   = someDep + "kernel/drivers/net/e1000e.ko:\nkernel/drivers/watchdog/i6300esb.ko:\nkernel/drivers/firmware/qemu_fw_cfg.ko:\nkernel/drivers/char/hw_random/virtio-rng.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko\n"
)

// plugged is a machine whose disk appears only when the driver of its
// controller is there.
func plugged(t *testing.T) (*coldplug, *inserter) {
	t.Helper()
	sys := t.TempDir()
	addDevice(t, sys, "pci", "0000:00:01.0", pciDisk)
	addDevice(t, sys, "pci", "0000:00:02.0", pciNIC)
	addDevice(t, sys, "pci", "0000:00:03.0", pciDog)
	addDevice(t, sys, "acpi", "QEMU0002:00", "acpi:QEMU0002:")
	in := &inserter{}
	m, err := openModules(moduleDir(t, plugDep, someSoft, someAliases, ""), func(path string) error {
		if moduleName(path) == "virtio_pci" {
			addDevice(t, sys, "virtio", "virtio0", virtioBlk)
		}
		return in.insert(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	return newColdplug(m, sys), in
}

func TestSettle(t *testing.T) {
	c, in := plugged(t)
	c.settle()
	for _, want := range []string{"virtio_pci", "virtio_blk", "e1000e", "i6300esb", "qemu_fw_cfg"} {
		if !slices.Contains(in.names, want) {
			t.Errorf("%s was not loaded: %q", want, in.names)
		}
	}
	n := len(in.names)
	c.settle()
	if len(in.names) != n {
		t.Errorf("loaded again: %q", in.names[n:])
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		name string
		of   class
		want string
	}{
		{"storage", storage, "virtio_ring virtio virtio_pci_legacy_dev virtio_pci virtio_blk"},
		{"network", networks, "e1000e"},
		{"watchdog", watchdogs(watchdogDrivers[0]), "i6300esb"},
	} {
		plug, in := plugged(t)
		plug.settleClass(c.of)
		if got := strings.Join(in.names, " "); got != c.want {
			t.Errorf("%s: loaded %q, want %q", c.name, got, c.want)
		}
	}
	if ide := "pci:v00008086d00007010sv00001AF4sd00001100bc01sc01i80"; isStorage(ide, "ata_piix") || isSATA(ide, "ata_piix") {
		t.Error("an old IDE controller is waited for")
	}
	sata, raid := "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01", "pci:v00001000d0000005Dsv00001000sd00009364bc01sc04i00"
	if isStorage(sata, "ahci") || !isSATA(sata, "ahci") || !isStorage(raid, "megaraid_sas") {
		t.Error("SATA does not come behind what else a disk may be behind")
	}
	for _, source := range []string{virtioRng, "pci:v00001AF4d00001005sv00001AF4sd00000004bc00scFFi00", "pci:v00001AF4d00001044sv00001AF4sd00001100bc00scFFi00"} {
		if !isRandom(source, "") || isRandom(virtioBlk, "") || isRandom(pciDisk, "") {
			t.Errorf("%s is no source of random numbers, or all are", source)
		}
	}
	if disk := "scsi:t-0x00"; !isStorage(disk, "sd_mod") || !isSATA(disk, "sd_mod") {
		t.Error("the disks themselves get no driver")
	}
}

func TestProcessorHas(t *testing.T) {
	c, _ := plugged(t)
	c.mods.aliases = parseAliases([]byte("alias cpu:type:x86,ven*fam*mod*:feature:*0099* aesni_intel\n"))
	if c.processorHas(fastCipher) {
		t.Error("a processor that nobody knows has instructions for AES")
	}
	for modalias, want := range map[string]bool{
		"cpu:type:x86,ven0000fam0006mod005E:feature:,0000,0001,0099,009C": true,
		"cpu:type:x86,ven0002fam000Fmod006B:feature:,0000,0001,00E0":      false,
	} {
		writeFile(t, filepath.Join(c.processor(), "modalias"), modalias+"\n")
		if c.processorHas(fastCipher) != want {
			t.Errorf("%s: %v", modalias, !want)
		}
	}
}

// TestAdded follows devices that appear by themselves: at first only what
// based waits for, later everything.
func TestAdded(t *testing.T) {
	c, in := plugged(t)
	c.added(virtioBlk)
	c.added(virtioRng)
	c.added(pciDog)
	c.wait()
	if got := slices.Sorted(slices.Values(in.names)); strings.Join(got, " ") != "virtio virtio_blk virtio_ring virtio_rng" {
		t.Errorf("before settling: loaded %q", got)
	}
	c.settle()
	c.added("virtio:d00000002v00001AF4") // known
	c.wait()
	if !slices.Contains(in.names, "i6300esb") {
		t.Errorf("settling forgot a device that was put off: %q", in.names)
	}
}

func TestDriverProblems(t *testing.T) {
	c, in := plugged(t)
	in.refuse = map[string]error{"e1000e": unix.ENODEV, "virtio_ring": unix.ENOEXEC}
	c.settle()
	got := c.takeProblems()
	if len(got) != 1 || !strings.Contains(got[0].Error(), "virtio_ring") {
		t.Errorf("problems: %v", got)
	}
	if again := c.takeProblems(); len(again) != 0 {
		t.Errorf("problems again: %v", again)
	}
}

func TestUevent(t *testing.T) {
	got := parseUevent([]byte("add@/devices/pci0000:00/virtio0\x00ACTION=add\x00DEVPATH=/devices/x\x00SUBSYSTEM=virtio\x00MODALIAS=virtio:d00000002v00001AF4\x00SEQNUM=9\x00"))
	if want := (uevent{"add", "virtio", virtioBlk}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func FuzzUevent(f *testing.F) {
	f.Add([]byte("add@/x\x00ACTION=add\x00SUBSYSTEM=block\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { parseUevent(b) })
}
