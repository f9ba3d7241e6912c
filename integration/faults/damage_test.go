// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// block is the size of a block of the state's file system, in bytes.
const block = 4096

// TestDamage damages the disk of a box that was set up, and powers it on
// again. What there is a second copy of is repaired; what there is not is told
// on the console and on the page, which offer a new beginning that works. The
// first start has a bad seed besides.
func TestDamage(t *testing.T) {
	t.Parallel()
	spec := vm.Spec{Name: "damage", Firmware: vm.Direct, DiskGiB: 4, DiskPath: filepath.Join(t.TempDir(), "disk.qcow2"), Seed: notText.bytes}
	b := box.Start(t, spec)
	seedRefused(t, b, notText)
	b.PowerCut()
	spec.Seed = nil
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	healthy := disk(spec.DiskPath)
	t.Run("repaired", func(t *testing.T) {
		t.Parallel()
		d := copyOf(t, healthy)
		d.scribble(t, layout.MetaArea, layout.MetaOffset(0), layout.MetaSize)
		d.scribble(t, layout.State, 2*block, block)  // which blocks are used
		d.scribble(t, layout.State, 18*block, block) // which inodes are used
		b := box.Start(t, poweredOnWith(spec, d))
		p := b.Person(t)
		p.Open("/appliance")
		box.SignIn(p, box.Admin, box.Password)
		p.Open("/appliance/status/health")
		p.See("repaired")
		whole(t, b)
	})
	for name, damage := range map[string]func(t *testing.T, d disk){
		"both copies of the record": func(t *testing.T, d disk) {
			d.scribble(t, layout.MetaArea, layout.MetaOffset(0), layout.MetaSize)
			d.scribble(t, layout.MetaArea, layout.MetaOffset(1), layout.MetaSize)
		},
		"the whole state": func(t *testing.T, d disk) {
			d.erase(t, layout.State)
			d.scribble(t, layout.State, 0, 8<<20)
		},
	} {
		t.Run("lost, "+name, func(t *testing.T) {
			t.Parallel()
			d := copyOf(t, healthy)
			damage(t, d)
			lostAndBegunAnew(t, box.Start(t, poweredOnWith(spec, d)))
		})
	}
}

func poweredOnWith(spec vm.Spec, d disk) vm.Spec {
	spec.DiskPath = string(d)
	return spec
}

// lostAndBegunAnew takes the way out that a box without its state offers: the
// first sign-in, whose page says what is lost, and the factory reset.
func lostAndBegunAnew(t *testing.T, b *box.Box) {
	t.Helper()
	if !said(b, "understudy: state lost: ") {
		t.Error("the console does not say that the state is lost")
	}
	if n := b.Resets(); n != 0 {
		t.Errorf("the box restarted %d times by itself", n)
	}
	p := b.Person(t)
	p.Open("/appliance")
	p.See("The stored state of this appliance cannot be used")
	box.SignIn(p, box.Admin, box.FirstPassword)
	box.ChangePassword(p, box.FirstPassword, box.Password)
	p.Open("/appliance/status/basics")
	p.See("The stored state of this appliance cannot be used")
	if state := p.Fact("Stored State"); state != "Lost" {
		t.Errorf("stored state: %s", state)
	}
	p.Follow("Reset Appliance to Factory Defaults")
	p.Fill("Type the word reset", "reset")
	box.Confirm(p, "Reset Appliance to Factory Defaults", box.Password)
	p.See("The appliance is being reset")
	if _, err := b.WaitEvent(b.Within(t, time.Minute), "RESET"); err != nil {
		t.Fatal(err)
	}
	b.Up(t)
	if !said(b, "first-boot template done") || said(b, "state lost") {
		t.Error("the factory reset made no new state")
	}
	b.FirstSignIn(t)
	whole(t, b)
}
