// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"testing"

	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// TestOneBox takes one box through everything that it should shrug off, from
// what a stranger sends to what kills its programs. The kernel's command line
// allows the magic keys, for the last part.
func TestOneBox(t *testing.T) {
	t.Parallel()
	b := box.Start(t, vm.Spec{
		Name: "onebox", Firmware: vm.Direct, DiskGiB: 4, Append: layout.KernelCmdline + " sysrq_always_enabled", Seed: tooLarge.bytes,
	})
	steps := []struct {
		name string
		do   func(t *testing.T)
	}{
		{"strangers", func(t *testing.T) { strangers(t, b) }},
		{"before the first change of password", func(t *testing.T) { beforeTheChange(t, b) }},
		{"the bad seed is shown", func(t *testing.T) { seedRefused(t, b, tooLarge) }},
		{"nothing of it had an effect", func(t *testing.T) { untouched(t, b) }},
		{"wrong passwords", func(t *testing.T) { passwords(t, b, b.API(t, box.Admin, box.Password)) }},
		{"based is killed five times", func(t *testing.T) { killed(t, b) }},
	}
	for _, s := range steps {
		if !t.Run(s.name, s.do) {
			t.FailNow()
		}
	}
}

// untouched checks that nothing of what strangers sent had an effect.
func untouched(t *testing.T, b *box.Box) {
	c := b.API(t, box.Admin, box.Password)
	ctx := b.Within(t, answer)
	if users, err := c.Users(ctx); err != nil || len(users.Items) != 1 {
		t.Errorf("users %+v, %v", users, err)
	}
}
