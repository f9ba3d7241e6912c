// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// coldplug loads the drivers of the devices that are there. What based has to
// wait for comes first, by class; all the rest is settled later.
type coldplug struct {
	mods *modules
	sys  string // where sysfs is mounted

	mu     sync.Mutex
	idle   sync.Cond       // on mu: busy is zero
	busy   int             // lists of modules that are being loaded
	open   bool            // every class is wanted now
	seen   map[string]bool // modaliases
	noted  map[string]bool // errors that were in failed
	failed []error         // not yet taken
}

func newColdplug(mods *modules, sys string) *coldplug {
	c := &coldplug{mods: mods, sys: sys, seen: make(map[string]bool), noted: make(map[string]bool)}
	c.idle.L = &c.mu
	return c
}

// class is a kind of devices that is settled by itself.
type class struct {
	buses []string                           // where they are, and what they are behind
	is    func(modalias, module string) bool // picks by the device or by the driver's name
}

// The classes that are waited for before based begins. Their devices are on few
// buses: looking at all costs an emulated machine a tenth of a second each time.
var (
	storage  = class{[]string{"pci", "virtio", "scsi", "xen"}, isStorage}
	sata     = class{[]string{"pci", "scsi"}, isSATA}
	networks = class{[]string{"pci", "virtio", "xen"}, func(modalias, module string) bool {
		return isNetwork(modalias, module) || isRandom(modalias, module)
	}}
)

// watchdogs is the class of the drivers with those names.
func watchdogs(names []string) class {
	return class{[]string{"pci", "platform"}, func(_, module string) bool { return slices.Contains(names, module) }}
}

// isStorage picks what the disk may be behind, isNetwork what makes interfaces.
// PCI devices say what they are (bc01, bc02), whoever made them.
//
// SATA (bc01sc06) and old IDE controllers (bc01sc01) are on every PC board and
// their drivers take long: SATA is a class of its own, IDE is loaded with the
// others.
func isStorage(modalias, _ string) bool {
	return isPCI(modalias, "bc01sc") && !isPCI(modalias, "bc01sc01") && !isSATAController(modalias) ||
		isOneOf(modalias, "scsi:", "virtio:d00000002", "virtio:d00000008", "xen:vbd")
}

// isSATA picks what a disk behind SATA needs.
func isSATA(modalias, _ string) bool { return isSATAController(modalias) || isOneOf(modalias, "scsi:") }

func isSATAController(modalias string) bool { return isPCI(modalias, "bc01sc06") }

func isNetwork(modalias, _ string) bool {
	return isPCI(modalias, "bc02sc") || isOneOf(modalias, "virtio:d00000001", "xen:vif")
}

// isRandom picks sources of random numbers: what a virtual machine is given, on
// PCI (of both ages) and on virtio. A processor without such instructions would
// keep based waiting for a second until the kernel has gathered enough.
func isRandom(modalias, _ string) bool {
	return isOneOf(modalias, "virtio:d00000004", "pci:v00001AF4d00001005", "pci:v00001AF4d00001044")
}

func isPCI(modalias, class string) bool {
	return strings.HasPrefix(modalias, "pci:") && strings.Contains(modalias, class)
}

func isOneOf(modalias string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(modalias, p) })
}

// everything returns the modaliases that sysfs knows. Every device that has one
// is on a bus, so the lists of the buses are as complete as the whole tree and
// take a tenth of the time to read.
func (c *coldplug) everything() []string {
	return append(c.devices("*"), modalias(c.processor()), modalias(filepath.Join(c.sys, "class/dmi/id")))
}

// devices returns the modaliases of the devices on some buses.
func (c *coldplug) devices(buses ...string) (found []string) {
	for _, bus := range buses {
		dirs, _ := filepath.Glob(filepath.Join(c.sys, "bus", bus, "devices"))
		for _, dir := range dirs {
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				found = append(found, modalias(filepath.Join(dir, e.Name())))
			}
		}
	}
	return found
}

// modalias is empty for a device that has none.
func modalias(device string) string {
	b, _ := os.ReadFile(filepath.Join(device, "modalias"))
	return string(bytes.TrimSpace(b))
}

// processorHas reports whether the processor can do what a driver needs.
func (c *coldplug) processorHas(driver string) bool {
	return slices.Contains(c.mods.aliases.find(modalias(c.processor())), driver)
}

func (c *coldplug) processor() string { return filepath.Join(c.sys, "devices/system/cpu") }

// settleClass loads the drivers of a class until no new device of it appears:
// a controller's driver brings up the devices behind it.
func (c *coldplug) settleClass(k class) {
	done := make(map[string]bool)
	for {
		var names []string
		for _, d := range c.devices(k.buses...) {
			for _, name := range c.mods.aliases.find(d) {
				if !done[name] && k.is(d, name) {
					done[name] = true
					names = append(names, name)
				}
			}
		}
		if len(names) == 0 {
			return
		}
		c.loadList(names)
	}
}

// settle loads the drivers of all devices until no new one appears. What
// others are loading at the time is waited for.
func (c *coldplug) settle() {
	c.mu.Lock()
	c.open = true
	c.mu.Unlock()
	for {
		names := c.wanted(c.everything())
		c.loadAll(names)
		if len(names) == 0 && !c.wait() {
			return
		}
	}
}

// wait waits until nothing is being loaded, and reports whether anything was.
func (c *coldplug) wait() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	waited := c.busy > 0
	for c.busy > 0 {
		c.idle.Wait()
	}
	return waited
}

// added loads the drivers of a device that has appeared since. It returns at
// once. Before settle only what based waits for is loaded; settle will come
// across the others.
func (c *coldplug) added(modalias string) {
	c.mu.Lock()
	now := c.open || isStorage(modalias, "") || isNetwork(modalias, "") || isRandom(modalias, "")
	c.mu.Unlock()
	if now {
		names := c.wanted([]string{modalias})
		go c.loadAll(names)
	}
}

// wanted returns the modules for those devices that were not seen before. The
// caller passes them to loadAll.
func (c *coldplug) wanted(modaliases []string) (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range modaliases {
		if d == "" || c.seen[d] {
			continue
		}
		c.seen[d] = true
		for _, name := range c.mods.aliases.find(d) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	c.busy++
	return names
}

// loadAll loads what wanted has returned.
func (c *coldplug) loadAll(names []string) {
	c.loadList(names)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy--; c.busy == 0 {
		c.idle.Broadcast()
	}
}

// loadList loads modules side by side: much of the time goes into waiting for
// devices.
func (c *coldplug) loadList(names []string) {
	const atOnce = 4
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for _, name := range names {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			c.note(c.mods.load(name))
		})
	}
	all.Wait()
}

// loadInOrder loads modules one after the other.
func (c *coldplug) loadInOrder(names []string) {
	for _, name := range names {
		c.note(c.mods.load(name))
	}
}

// note keeps an error, once however many devices wanted the driver. A driver
// that finds out that it cannot drive the device is nothing to report.
func (c *coldplug) note(err error) {
	if err == nil || errors.Is(err, unix.ENODEV) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.noted[err.Error()] {
		c.noted[err.Error()] = true
		c.failed = append(c.failed, err)
	}
}

// takeProblems returns the errors of drivers since it was last called.
func (c *coldplug) takeProblems() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.failed
	c.failed = nil
	return taken
}
