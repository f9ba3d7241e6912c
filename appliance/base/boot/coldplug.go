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

// class picks drivers by the device or by the driver's name.
type class func(modalias, module string) bool

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

// oneOf picks drivers by name.
func oneOf(names []string) class {
	return func(_, module string) bool { return slices.Contains(names, module) }
}

// devices returns the modaliases that sysfs knows. Every device that has one
// is on a bus, so the lists of the buses are as complete as the whole tree and
// take a tenth of the time to read.
func (c *coldplug) devices() []string {
	files, _ := filepath.Glob(filepath.Join(c.sys, "bus/*/devices/*/modalias"))
	files = append(files,
		filepath.Join(c.sys, "devices/system/cpu/modalias"),
		filepath.Join(c.sys, "class/dmi/id/modalias"))
	var found []string
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil {
			found = append(found, string(bytes.TrimSpace(b)))
		}
	}
	return found
}

// settleClass loads the drivers of a class until no new device of it appears:
// a controller's driver brings up the devices behind it.
func (c *coldplug) settleClass(is class) {
	done := make(map[string]bool)
	for {
		var names []string
		for _, d := range c.devices() {
			for _, name := range c.mods.aliases.find(d) {
				if !done[name] && is(d, name) {
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
		names := c.wanted(c.devices())
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
