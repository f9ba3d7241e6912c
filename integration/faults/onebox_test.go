// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"testing"

	"understudy/appliance/client/applianceapi"
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
	var admin *applianceapi.Client
	steps := []struct {
		name string
		do   func(t *testing.T)
	}{
		{"strangers", func(t *testing.T) { strangers(t, b) }},
		{"before the first change of password", func(t *testing.T) { beforeTheChange(t, b) }},
		{"the bad seed is shown", func(t *testing.T) { seedRefused(t, b, tooLarge) }},
		{"nothing of it had an effect", func(t *testing.T) {
			admin = b.API(t, box.Admin, box.Password)
			untouched(t, b, admin)
		}},
		{"wrong passwords", func(t *testing.T) { passwords(t, b, admin) }},
		{"based is killed five times", func(t *testing.T) { killed(t, b, admin) }},
	}
	for _, s := range steps {
		if !t.Run(s.name, s.do) {
			t.FailNow()
		}
	}
}

// untouched checks that nothing of what strangers sent had an effect: there is
// one account, and nobody has changed anything but the first password.
func untouched(t *testing.T, b *box.Box, c *applianceapi.Client) {
	ctx := b.Within(t, answer)
	if users, err := c.Users(ctx); err != nil || len(users.Items) != 1 {
		t.Errorf("users %+v, %v", users, err)
	}
	if tasks, err := c.Tasks(ctx, applianceapi.TaskFilter{}); err != nil || len(tasks.Items) != 0 {
		t.Errorf("tasks %+v, %v", tasks, err)
	}
	changes, err := c.Revisions(ctx, applianceapi.RevisionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range changes.Items {
		if r.By.Name != "system" {
			t.Errorf("%s has changed %s: %s", r.By.Name, r.Area, r.Reason)
		}
	}
}
