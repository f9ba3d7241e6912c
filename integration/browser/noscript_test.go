// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"understudy/integration/box"
	"understudy/integration/chromium"
)

// withoutScripts makes the first sign-in and the main flows in a browser that
// runs no scripts. On a box that was set up before, it begins with its sign-in.
func withoutScripts(t *testing.T, s *target, browser *chromium.Chromium, script string) {
	tab := browser.OpenT(t)
	ctx := t.Context()
	if err := tab.Scripts(ctx, false); err != nil {
		t.Fatal(err)
	}
	if err := tab.Look(ctx, chromium.Desk, chromium.Light); err != nil {
		t.Fatal(err)
	}
	do := func(name string, list ...func() error) {
		t.Helper()
		if err := steps(list...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	open := func(path string) func() error {
		return func() error { _, err := tab.Goto(ctx, s.url+path); return err }
	}
	fill := func(label, value string) func() error { return func() error { return tab.Fill(ctx, label, value) } }
	press := func(words string) func() error { return func() error { return tab.Press(ctx, words) } }
	follow := func(words string) func() error { return func() error { return tab.Follow(ctx, words) } }

	first := s.password
	if s.fresh {
		first = box.FirstPassword
	}
	do("sign in", open("/appliance"), fill("Username", s.user), fill("Password", first), press("Sign In"))
	if s.fresh {
		see(t, ctx, tab, "Choose a new password")
		do("choose a new password", fill("Current Password", first), fill("New Password", s.password),
			fill("New Password Again", s.password), press("Change Password"))
	}
	see(t, ctx, tab, "Appliance Model")
	name := fmt.Sprintf("guest%d", time.Now().Unix())
	do("add a user", follow("Users"), follow("Add User"), fill("Username", name), fill("Password", "ivy around the gate"),
		press("Add User"))
	if yes, _ := tab.Shows(ctx, "Confirm with your password"); yes {
		do("confirm with the password", fill("Your Password", s.password), press("Continue"))
	}
	see(t, ctx, tab, "The user was added.")
	do("delete the user", follow("Edit "+name), follow("Delete User "+name), press("Delete User"))
	see(t, ctx, tab, "The user was deleted.")
	do("change the network", follow("Networking"), follow("Add New IP to eth0"), fill("IP Address", fmt.Sprintf("10.0.2.%d/24", 100+time.Now().Unix()%100)), press("Save Changes"))
	see(t, ctx, tab, "unless you keep it")
	do("keep the change", press("Keep these settings"))
	see(t, ctx, tab, "The settings are kept.")
	do("sign out", func() error { return tab.Open(ctx, ".menu summary") }, press("Sign Out"))
	see(t, ctx, tab, "You are signed out.")
	do("come back", open("/appliance/users"))
	if at, err := tab.Path(ctx); err != nil || at != "/appliance/sign-in" {
		t.Errorf("after signing out, Users leads to %s, %v", at, err)
	}
	tab.Forgive(403) // the page that asks for the password once more
	for _, c := range tab.Complaints() {
		t.Error(c)
	}
}

// see fails the test unless the page shows the words.
func see(t *testing.T, ctx context.Context, tab *chromium.Tab, words string) {
	t.Helper()
	if ok, err := tab.Shows(ctx, words); err != nil || !ok {
		at, _ := tab.Path(ctx)
		t.Fatalf("%s does not show %q, %v", at, words, err)
	}
}
