// SPDX-License-Identifier: Apache-2.0

package slotstest

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"understudy/appliance/base/slots"
	"understudy/appliance/layout"
)

// Machine is a box that can be booted, as far as its boot partition goes.
type Machine struct {
	Firmware string // "uefi" or "bios"; may be changed between two boots
	ESP      string // directory
	Size     int64  // of the ESP in bytes; 0: no limit

	// Step is slots.Options.Step of the loaders to come.
	Step func(change string) error

	t       testing.TB
	cmdline string
	efivars string
}

// New returns a machine as it leaves the factory: one release in both forms,
// booted once.
func New(t testing.TB, firmware string, r layout.Release) *Machine {
	t.Helper()
	m := &Machine{Firmware: firmware, ESP: t.TempDir(), t: t, efivars: t.TempDir()}
	m.Write(layout.UKIPath(r), UKI(r))
	slot := layout.SlotA
	m.Write(slot.Config(), []byte("linux16 "+slot.Kernel()+"\ninitrd16 "+slot.Initrd()+"\n"))
	m.Write(slot.Kernel(), Kernel(r))
	m.Write(slot.Initrd(), Initrd(r))
	env := []byte("# GRUB Environment Block\n" + layout.SlotVarGood + "=" + string(slot) + "\n")
	m.Write(layout.ESPGrubEnv, append(env, bytes.Repeat([]byte("#"), 1024-len(env))...))
	m.Boot()
	return m
}

// Write puts a file onto the ESP.
func (m *Machine) Write(path string, b []byte) {
	m.t.Helper()
	at := filepath.Join(m.ESP, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(at, b, 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// Files lists what lies on the ESP, as paths with their sizes.
func (m *Machine) Files() map[string]int64 {
	m.t.Helper()
	files := map[string]int64{}
	err := filepath.WalkDir(m.ESP, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		files[path[len(m.ESP):]] = info.Size()
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return files
}

// Loader is the loader of the present boot.
func (m *Machine) Loader() slots.Loader {
	m.t.Helper()
	o := slots.Options{ESP: m.ESP, Firmware: m.Firmware, Cmdline: m.cmdline, EFIVars: m.efivars, Step: m.Step}
	if m.Size > 0 {
		o.Free = func() (int64, error) {
			free := m.Size
			for _, size := range m.Files() {
				free -= size
			}
			return free, nil
		}
	}
	l, err := slots.OpenWith(o)
	if err != nil {
		m.t.Fatal(err)
	}
	return l
}

// Boot starts the machine and returns the ID of the release that runs then.
// What ran before has no say in it, as after a power cut.
func (m *Machine) Boot() string {
	m.t.Helper()
	if id := m.TryBoot(); id != "" {
		return id
	}
	m.t.Fatalf("the machine does not boot from %v", m.Files())
	return ""
}

// TryBoot is Boot, or "" if nothing can be booted.
func (m *Machine) TryBoot() string {
	m.t.Helper()
	choose := slots.ChooseSDBoot
	if m.Firmware == "bios" {
		choose = slots.ChooseGRUB
	}
	c, err := choose(os.DirFS(m.ESP))
	if err != nil {
		return ""
	}
	if c.Env != nil {
		m.Write(layout.ESPGrubEnv, c.Env)
	}
	if c.Renamed != "" {
		if err := os.Rename(filepath.Join(m.ESP, c.Image), filepath.Join(m.ESP, c.Renamed)); err != nil {
			m.t.Fatal(err)
		}
	}
	m.cmdline = layout.KernelCmdline
	if c.Slot != "" {
		m.cmdline += " " + layout.CmdlineSlot + "=" + string(c.Slot)
	} else {
		m.select16(filepath.Base(c.Image))
	}
	e, err := m.Loader().Running()
	if err != nil {
		m.t.Fatal(err)
	}
	return e.Release.ID()
}

// select16 leaves the name of the image in the firmware's variable.
func (m *Machine) select16(name string) {
	m.t.Helper()
	b := []byte{6, 0, 0, 0} // attributes: for the boot and at run time
	for _, u := range append(utf16.Encode([]rune(name)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	path := filepath.Join(m.efivars, "LoaderEntrySelected-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		m.t.Fatal(err)
	}
}
