// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/fat32"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
	"understudy/integration/faultdisk"
)

const (
	espOffset = 1 << 20 // something stands before it
	espSize   = 64 << 20
)

var (
	one = slotstest.Release("3.3.2")
	two = slotstest.Release("3.10.0")
)

const loaderPath = layout.ESPLoader

// partition makes a disk with an ESP that holds the files.
func partition(t *testing.T, files map[string][]byte) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, espOffset+espSize); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "mkfs.vfat", "-F", "32", "--offset", strconv.Itoa(espOffset/layout.SectorSize), name, strconv.Itoa(espSize/1024)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	esp, err := fat32.Read(file.New(f, false), espSize, espOffset, layout.SectorSize)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := esp.Mkdir(path.Dir(name)[1:]); err != nil {
			t.Fatal(err)
		}
		w, err := esp.OpenFile(name, os.O_CREATE|os.O_RDWR)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// filesOf are the files of a simulated machine's ESP, and systemd-boot.
func filesOf(t *testing.T, m *slotstest.Machine) map[string][]byte {
	t.Helper()
	files := map[string][]byte{loaderPath: bytes.Repeat([]byte("loader"), 1000)}
	for name := range m.Files() {
		b, err := os.ReadFile(filepath.Join(m.ESP, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	// The factory's script has no parameters in slotstest.
	for _, s := range []layout.Slot{layout.SlotA, layout.SlotB} {
		if files[s.Config()] != nil {
			files[s.Config()] = []byte("linux16 " + s.Kernel() + " " + layout.CmdlineSlot + "=" + string(s) + "\ninitrd16 " + s.Initrd() + "\n")
		}
	}
	return files
}

func checker(t *testing.T) *Checker {
	t.Helper()
	c := &Checker{Offset: espOffset, Size: espSize, Dir: t.TempDir(), Fixed: map[string][32]byte{
		loaderPath: sha256.Sum256(bytes.Repeat([]byte("loader"), 1000)),
	}}
	for _, r := range []layout.Release{one, two} {
		p := filepath.Join(t.TempDir(), "uki")
		if err := os.WriteFile(p, slotstest.UKI(r), 0o644); err != nil {
			t.Fatal(err)
		}
		known, err := ReadRelease(r, p)
		if err != nil || known.ID != r.ID() || known.Linux != sha256.Sum256(slotstest.Kernel(r)) || known.Initrd != sha256.Sum256(slotstest.Initrd(r)) {
			t.Fatalf("%+v, %v", known, err)
		}
		c.Releases = append(c.Releases, known)
	}
	return c
}

func (c *Checker) run(t *testing.T, f *os.File) (Result, error) {
	t.Helper()
	return c.Check(t.Context(), faultdisk.New(f, espOffset+espSize).Replay(0, faultdisk.KeepAll))
}

// armed is a machine with the second release on trial, from the next boot on.
func armed(t *testing.T, firmware string) *slotstest.Machine {
	t.Helper()
	m := slotstest.New(t, firmware, one)
	b := slotstest.UKI(two)
	if err := m.Loader().Stage(t.Context(), two, bytes.NewReader(b), int64(len(b)), nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Loader().Arm(two, 2); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWholeESPs(t *testing.T) {
	factory := slotstest.New(t, "uefi", one)
	blessed := armed(t, "uefi")
	blessed.Boot()
	if err := blessed.Loader().Bless(two); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		m          *slotstest.Machine
		uefi, bios string
	}{
		"factory":       {factory, one.ID(), one.ID()},
		"armed on UEFI": {armed(t, "uefi"), two.ID(), one.ID()},
		"armed on BIOS": {armed(t, "bios"), one.ID(), two.ID()},
		"blessed":       {blessed, two.ID(), two.ID()},
	} {
		got, err := checker(t).run(t, partition(t, filesOf(t, c.m)))
		if err != nil || got.UEFI != c.uefi || got.BIOS != c.bios {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestBrokenESPs(t *testing.T) {
	image := strings.TrimSuffix(layout.UKIPath(two), ".efi") + "+2.efi"
	for name, c := range map[string]struct {
		firmware string
		damage   func(files map[string][]byte)
		want     string
	}{
		"a byte of the image":     {"uefi", func(f map[string][]byte) { f[image][len(f[image])-5000]++ }, "UEFI: " + image},
		"a byte of the kernel":    {"bios", func(f map[string][]byte) { f[layout.SlotB.Kernel()][9]++ }, "BIOS: slot b"},
		"another initramfs":       {"bios", func(f map[string][]byte) { f[layout.SlotB.Initrd()] = slotstest.Initrd(one) }, "BIOS: slot b"},
		"the other slot's script": {"bios", func(f map[string][]byte) { f[layout.SlotB.Config()] = f[layout.SlotA.Config()] }, "script of slot b"},
		"an unknown release": {"uefi", func(f map[string][]byte) {
			f[layout.ESPLinuxDir+"/understudy-9.9-1.efi"] = slotstest.UKI(slotstest.Release("9.9"))
		}, "no whole release"},
		"no images":      {"bios", func(f map[string][]byte) { delete(f, layout.UKIPath(one)) }, "UEFI: nothing"},
		"no slots":       {"uefi", func(f map[string][]byte) { delete(f, layout.SlotA.Config()); delete(f, layout.SlotB.Kernel()) }, "BIOS: nothing"},
		"no loader":      {"uefi", func(f map[string][]byte) { delete(f, loaderPath) }, loaderPath},
		"another loader": {"uefi", func(f map[string][]byte) { f[loaderPath][7]++ }, loaderPath + " has another content"},
	} {
		files := filesOf(t, armed(t, c.firmware))
		c.damage(files)
		if got, err := checker(t).run(t, partition(t, files)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// fat finds the first table, and a cluster by what it begins with.
func fat(t *testing.T, f *os.File, content []byte) (table int64, cluster uint32) {
	t.Helper()
	b := make([]byte, espSize)
	if _, err := f.ReadAt(b, espOffset); err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	table = int64(le.Uint16(b[14:])) * layout.SectorSize
	data := table + int64(b[16])*int64(le.Uint32(b[36:]))*layout.SectorSize
	at := bytes.Index(b, content[:512])
	if at < 0 {
		t.Fatal("the content is not on the disk")
	}
	return espOffset + table, uint32((int64(at)-data)/(int64(b[13])*layout.SectorSize)) + 2
}

// A chain that ends too early: the loader finds a head that is whole and
// chooses the image.
func TestBrokenChain(t *testing.T) {
	f := partition(t, filesOf(t, armed(t, "uefi")))
	table, cluster := fat(t, f, slotstest.UKI(two))
	end := binary.LittleEndian.AppendUint32(nil, 0x0fffffff)
	if _, err := f.WriteAt(end, table+int64(cluster+100)*4); err != nil {
		t.Fatal(err)
	}
	got, err := checker(t).run(t, f)
	if err == nil || !strings.Contains(err.Error(), "UEFI: ") || len(got.FAT) == 0 {
		t.Errorf("a chain that ends too early: %+v, %v", got, err)
	}
}

// What no loader looks at may be damaged, and is told.
func TestDamageElsewhere(t *testing.T) {
	files := filesOf(t, armed(t, "uefi"))
	part := bytes.Repeat([]byte("being written "), 20_000)
	files[layout.ESPLinuxDir+"/understudy-4.0-1.part"] = part
	f := partition(t, files)
	table, cluster := fat(t, f, part)
	if _, err := f.WriteAt(binary.LittleEndian.AppendUint32(nil, 0x0fffffff), table+int64(cluster)*4); err != nil {
		t.Fatal(err)
	}
	got, err := checker(t).run(t, f)
	if err != nil || got.UEFI != two.ID() || !strings.Contains(strings.Join(got.FAT, "\n"), "4.0-1.part") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestComplaints(t *testing.T) {
	c := &Checker{Fixed: map[string][32]byte{loaderPath: {}}}
	boots := []string{"/EFI/Linux/understudy-3.10.0-1+2.efi"}
	for name, x := range map[string]struct {
		lines []string
		bad   bool
	}{
		"none":                   {nil, false},
		"free count":             {[]string{"Free cluster summary wrong (1 vs. really 2)"}, false},
		"another file":           {[]string{"/EFI/Linux/understudy-3.10.0-1.part", "File size is 1 bytes, cluster chain length is 0 bytes."}, false},
		"what boots":             {[]string{"/EFI/Linux/understudy-3.10.0-1+2.efi", "File size is 1 bytes, cluster chain length is 0 bytes."}, true},
		"the loader":             {[]string{"/EFI/BOOT/BOOTX64.EFI", "Contains a free cluster (5). Assuming EOF."}, true},
		"two names":              {[]string{"/EFI/Linux/understudy-3.10.0-1.staged  and", "/EFI/Linux/understudy-3.10.0-1+2.efi", "share clusters.", "Truncating second to 0 bytes."}, false},
		"two names, one emptied": {[]string{"/EFI/Linux/understudy-3.10.0-1.staged  and", "/EFI/Linux/understudy-3.10.0-1+2.efi", "share clusters.", "Truncating second to 0 bytes.", "/EFI/Linux/understudy-3.10.0-1+2.efi", "File size is 9 bytes, cluster chain length is 0 bytes."}, false},
		"shared with":            {[]string{"/EFI/Linux/understudy-3.10.0-1.part  and", "/EFI/Linux/understudy-3.10.0-1+2.efi", "share clusters.", "Truncating second to 0 bytes."}, true},
		"first of them":          {[]string{"/EFI/Linux/understudy-3.10.0-1+2.efi  and", "/slot-b/initrd", "share clusters.", "Truncating second to 0 bytes."}, true},
	} {
		if err := c.blame(x.lines, slices.Clone(boots)); (err != nil) != x.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
}
