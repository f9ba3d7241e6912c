// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// confirmWithin is how long changes of the network wait for their confirmation
// on the boxes of this package: long enough for a person on an emulated box
// who goes to another address in between, short enough to sit through.
const confirmWithin = 20 * time.Second

// fingerprint is how console and pages show that of a certificate.
var fingerprint = regexp.MustCompile(`(?:[0-9A-F]{2}:){31}[0-9A-F]{2}`)

// TestHardwareByUEFIWithCtl: a B300 on its own bus and network cards, started
// by UEFI, is set up, watched, rebooted and shut down from a terminal.
func TestHardwareByUEFIWithCtl(t *testing.T) {
	t.Parallel()
	const second = "10.0.2.77"
	seed := layout.Seed{Serial: "B300-0042", Profile: "b300", HTTPS: layout.SeedHTTPS{PublicPort: 443}, Test: layout.SeedTest{ConfirmTimeout: confirmWithin.String()}}
	b := box.Start(t, vm.Spec{
		Name: "guide-ctl", Profile: box.Profile(t, "b300"), Firmware: vm.UEFI, CPUs: 2, MemMiB: 1024,
		Seed: seed.Encode(),
	})
	shell := newTerminal(t)
	first := b.Pages(t)
	firstPassword := shell.file(t, "first", box.FirstPassword+"\n")
	password := shell.file(t, "password", box.Password+"\n")

	step(t, "1 sign in with the fingerprint on the console", func(t *testing.T) {
		shown := shownFingerprint(t, b)
		shell.refuse(t, 4, "login", first, "--user", "admin", "--password-file", firstPassword, "--fingerprint", strings.Repeat("00:", 31)+"00")
		shell.refuse(t, 3, "status", "--url", first)
		out := shell.run(t, "login", first, "--user", "admin", "--password-file", firstPassword, "--fingerprint", shown)
		if !strings.Contains(out, "new password") {
			t.Errorf("the forced change is not announced: %s", out)
		}
	})
	step(t, "2 choose a new password before anything else", func(t *testing.T) {
		shell.refuse(t, 3, "status")
		shell.refuse(t, 3, "users", "list")
		shell.refuse(t, 3, "reboot", "--yes", "--detach")
		shell.run(t, "password", "--password-file", firstPassword, "--new-password-file", password)
	})
	step(t, "3 see what Status > Basics shows", func(t *testing.T) {
		s := read[applianceapi.Status](t, shell, "status")
		want := applianceapi.Status{Model: "B300", Serial: "B300-0042", BaseVersion: box.Base, Architecture: "amd64"}
		got := applianceapi.Status{Model: s.Model, Serial: s.Serial, BaseVersion: s.BaseVersion, Architecture: s.Architecture}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("status %+v, want %+v", got, want)
		}
		if s.GUID == "" || !strings.HasPrefix(s.IdentityKey, "SHA256:") || s.Build == "" || s.TimeZone == "" || s.UptimeSeconds <= 0 || len(s.SeedProblems) != 0 || s.Crashes != 0 {
			t.Errorf("status %+v", s)
		}
		if out := shell.run(t, "status"); !strings.Contains(out, "B300-0042") {
			t.Errorf("the serial is not shown:\n%s", out)
		}
	})
	step(t, "4 add a user", func(t *testing.T) {
		fresh := shell.file(t, "carol", "paper boats on a pond\n")
		shell.run(t, "users", "add", "carol", "--role", "read-only", "--display-name", "Carol", "--password-file", password, "--new-password-file", fresh)
		users := read[applianceapi.List[applianceapi.User]](t, shell, "users", "list").Items
		if len(users) != 2 || users[1].Username != "carol" || users[1].Role != "read-only" {
			t.Errorf("users %+v", users)
		}
	})
	card := ""
	step(t, "5 change the network and see it revert", func(t *testing.T) {
		n := read[applianceapi.Network](t, shell, "network", "show")
		if len(n.Links) != 2 {
			t.Fatalf("network cards %+v, want the two of a B300", n.Links)
		}
		for _, l := range n.Links {
			if l.Driver != "e1000e" {
				t.Errorf("%s is driven by %q", l.Name, l.Driver)
			}
			for _, a := range l.Current {
				if a.Source == "dhcp" {
					card = l.Name
				}
			}
		}
		shell.run(t, "network", "set", "--add-address", card+"="+second+"/24", "--reason", "a second address", "--password-file", password)
		pending := read[applianceapi.Network](t, shell, "network", "show")
		if pending.Pending == nil || !strings.Contains(fmt.Sprint(pending.Config), second) {
			t.Fatalf("the change is not pending: %+v", pending)
		}
		b.Until(t, "the change is taken back", func() bool {
			n := read[applianceapi.Network](t, shell, "network", "show")
			return n.Pending == nil && !strings.Contains(fmt.Sprint(n.Config), second)
		})
	})
	step(t, "6 change it again and confirm at the new address", func(t *testing.T) {
		at := b.At(t, second)
		shell.run(t, "network", "set", "--add-address", card+"="+second+"/24", "--confirm", "--at", at, "--password-file", password)
		if n := read[applianceapi.Network](t, shell, "network", "show"); n.Pending != nil || !strings.Contains(fmt.Sprint(n.Config), second) {
			t.Errorf("the change was not kept: %+v", n)
		}
	})
	step(t, "7 follow audit log and revisions", func(t *testing.T) {
		for action, outcome := range map[string]string{"sign-in": "ok", "password.change": "ok", "user.add": "ok", "network.change": "ok", "change.revert": "ok", "change.confirm": "ok"} {
			list := read[applianceapi.List[applianceapi.AuditEvent]](t, shell, "audit", "list", "--action", action).Items
			if len(list) == 0 || list[0].Outcome != outcome {
				t.Errorf("audit of %s: %+v", action, list)
			}
		}
		shell.run(t, "audit", "verify")
		export := shell.run(t, "audit", "export")
		shell.run(t, "audit", "verify", shell.file(t, "audit.jsonl", export))
		tampered := strings.Replace(export, "carol", "karol", 1)
		shell.refuse(t, 1, "audit", "verify", shell.file(t, "tampered.jsonl", tampered))
		if list := read[applianceapi.List[applianceapi.Revision]](t, shell, "revisions", "list", "--area", "network").Items; len(list) < 3 {
			t.Errorf("revisions of the network: %+v", list)
		}
	})
	step(t, "8 reboot and follow the task through the outage", func(t *testing.T) {
		out := shell.run(t, "reboot", "--yes", "--password-file", password)
		tasks := read[applianceapi.List[applianceapi.Task]](t, shell, "tasks", "list").Items
		if len(tasks) != 1 || tasks[0].State != "done" || tasks[0].Ended.Before(tasks[0].Started) {
			t.Errorf("tasks %+v; it printed:\n%s", tasks, out)
		}
		if n := b.Resets(); n != 1 {
			t.Errorf("the machine was reset %d times, want once", n)
		}
		b.Up(t)
		if n := read[applianceapi.Network](t, shell, "network", "show"); !strings.Contains(fmt.Sprint(n.Config), second) {
			t.Errorf("the network is not as confirmed: %+v", n.Config)
		}
	})
	step(t, "9 shut down", func(t *testing.T) {
		shell.run(t, "shutdown", "--yes", "--password-file", password)
		if err := b.WaitExit(b.Within(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
	})
	b.SaysNothingWrong(t)
}
