// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/layout"
	"understudy/integration/box"
	"understudy/integration/person"
	"understudy/integration/vm"
)

// TestVirtualByBIOSAtThePages: a small virtual appliance, started by BIOS, is
// set up, watched, rebooted and shut down at its pages.
func TestVirtualByBIOSAtThePages(t *testing.T) {
	t.Parallel()
	const publicPort = 8443
	seed := layout.Seed{Profile: "va-small", HTTPS: layout.SeedHTTPS{PublicPort: publicPort}, Test: layout.SeedTest{ConfirmTimeout: confirmWithin.String()}}
	b := box.Start(t, vm.Spec{Name: "guide-pages", Firmware: vm.BIOS, Seed: seed.Encode(), Forwards: []vm.Forward{{Guest: 80}}})
	p := b.Person(t)
	at := func(name string, f func(t *testing.T)) {
		t.Helper()
		step(t, name, func(t *testing.T) { p.During(t, func() { f(t) }) })
	}

	at("1 find the way to the pages", func(t *testing.T) {
		console(t, b)
		redirected(t, b, fmt.Sprintf("https://127.0.0.1:%d/appliance", publicPort))
		for _, path := range []string{"/", "/login"} {
			p.Open(path)
			if href, err := p.Page.Link("Go to /appliance"); err != nil || href != "/appliance" {
				t.Errorf("%s does not lead to /appliance: %q, %v", path, href, err)
			}
		}
		p.Open("/appliance")
		p.Arrive("/appliance/sign-in")
		if bytes.Contains(p.Page.Body, []byte(box.Base)) {
			t.Error("the version is told before signing in")
		}
	})
	at("2 sign in with the first-login account", func(t *testing.T) {
		box.SignIn(p, box.Admin, "not the password")
		p.See("The user name or the password is wrong.")
		box.SignIn(p, box.Admin, box.FirstPassword)
		p.Arrive("/appliance/change-password")
	})
	at("3 choose a new password before anything else", func(t *testing.T) {
		for _, path := range []string{"/appliance", "/appliance/status/basics", "/appliance/users", "/appliance/networking/ip"} {
			p.Open(path)
			p.Arrive("/appliance/change-password")
		}
		box.ChangePassword(p, box.FirstPassword, "short")
		p.See("Nothing was changed.")
		box.ChangePassword(p, box.FirstPassword, box.FirstPassword)
		p.See("Nothing was changed.")
		box.ChangePassword(p, box.FirstPassword, box.Password)
		p.Arrive("/appliance/status/basics")
	})
	at("4 see Status > Basics", func(t *testing.T) { basics(t, b, p) })
	at("5 add, edit and delete users", func(t *testing.T) { users(t, b, p) })
	const second = "10.0.2.77"
	at("6 change the network and see it revert", func(t *testing.T) {
		p.Open("/appliance")
		addAddress(p, second+"/24")
		p.See(second+"/24", "unless you keep it")
		p.Await("/appliance/networking/ip", "the change being taken back", b.Scale(time.Minute), func(page *person.Page) bool {
			return !page.Shows(second) && !page.Shows("unless you keep it")
		})
	})
	at("7 change it again and keep it, at the new address", func(t *testing.T) {
		addAddress(p, second+"/24")
		p.MoveTo(b.At(t, second))
		p.Open("/appliance/networking/ip")
		p.Press("Keep these settings")
		p.See("The settings are kept.", second+"/24")
		if p.Page.Shows("unless you keep it") {
			t.Error("the change still waits")
		}
	})
	at("8 test the network from the box", func(t *testing.T) { utilities(t, p) })
	at("9 follow sessions, audit log and history", func(t *testing.T) { records(t, p) })
	at("10 reboot and follow the task", func(t *testing.T) {
		p.Open("/appliance/status/basics")
		p.Follow("Reboot")
		p.Fill("Reason", "rehearsal")
		box.Confirm(p, "Reboot", box.Password)
		task := p.Page.URL.Path
		if !strings.HasPrefix(task, "/appliance/status/tasks/") {
			t.Fatalf("the task is not shown but %s", task)
		}
		p.Await(task, "the end of the reboot", b.Scale(time.Minute), func(page *person.Page) bool { return page.Shows("Done") })
		p.See("Restart the appliance", "back in service", "rehearsal")
		if n := b.Resets(); n != 1 {
			t.Errorf("the machine was reset %d times, want once", n)
		}
		p.Open("/appliance/networking/ip")
		p.See(second + "/24")
	})
	at("11 shut down", func(t *testing.T) {
		p.Open("/appliance/status/basics")
		p.Follow("Shut Down This Appliance")
		box.Confirm(p, "Shut Down This Appliance", box.Password)
		if err := b.WaitExit(b.Within(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
	})
	b.SaysNothingWrong(t)
}

// redirected checks that port 80 leads to the port that clients use.
func redirected(t *testing.T, b *box.Box, want string) {
	t.Helper()
	client := b.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := http.NewRequestWithContext(b.Within(t, 10*time.Second), http.MethodGet, b.URL(80)+"/appliance", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Location"); got != want {
		t.Errorf("port 80 answers %d and leads to %q, want %q", res.StatusCode, got, want)
	}
}

// basics reads Status > Basics as somebody does who plans an upgrade.
func basics(t *testing.T, b *box.Box, p *person.Person) {
	for name, want := range map[string]string{
		"Appliance Model":       "Virtual Appliance (Small)",
		"Base Software Version": box.Base,
		"Architecture":          "amd64",
		"Firmware":              "BIOS",
		"Stored State":          "Encrypted, key not protected",
	} {
		if got := p.Fact(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"Serial Number", "Appliance GUID", "Host Name", "Base Software Build", "Uptime", "Health", "Local Time", "UTC"} {
		if p.Fact(name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	p.See("No site package is installed", "Reboot", "Shut Down This Appliance", "Reset Appliance to Factory Defaults")
	p.Fill("Time Zone", "Europe/Berlin")
	p.PressBeside("Time Zone", "Save Changes")
	p.Arrive("/appliance/status/basics")
	if now := p.Fact("Local Time"); !strings.HasSuffix(now, "CET") && !strings.HasSuffix(now, "CEST") {
		t.Errorf("the local time is %q", now)
	}
	for _, tab := range []string{"Status", "Users", "Networking", "Security", "Updates", "Support"} {
		p.Follow(tab)
		if p.Page.Status != http.StatusOK {
			t.Errorf("the tab %s answers %d", tab, p.Page.Status)
		}
	}
}

// users adds somebody who may only look, lets her look, and takes her away.
func users(t *testing.T, b *box.Box, p *person.Person) {
	p.Follow("Users")
	p.Follow("Add User")
	p.Fill("Username", "carol")
	p.Fill("Display Name", "Carol")
	p.Fill("Role", "Read-only")
	p.Fill("Password", "paper boats on a pond")
	p.Tick("Must change the password at the first sign-in", false)
	box.Confirm(p, "Add User", box.Password)
	p.See("The user was added.")
	if row, ok := p.Page.Row("carol"); !ok || !strings.Contains(strings.Join(row, " "), "Read-only") {
		t.Errorf("the row of the new user is %q", row)
	}
	carol := b.Person(t)
	carol.Open("/appliance/status/basics")
	box.SignIn(carol, "carol", "paper boats on a pond")
	carol.Arrive("/appliance/status/basics")
	if carol.Page.Shows("Shut Down This Appliance") {
		t.Error("a read-only account is offered to shut the box down")
	}
	carol.Open("/appliance/users/new")
	if carol.Page.Status != http.StatusForbidden {
		t.Errorf("a read-only account may add users: %d", carol.Page.Status)
	}
	p.Follow("Edit carol")
	p.Fill("Display Name", "Carol of the night shift")
	box.Confirm(p, "Save Changes", box.Password)
	p.See("The user was changed.", "Carol of the night shift")
	p.Follow("Edit admin")
	p.Fill("Role", "Read-only")
	box.Confirm(p, "Save Changes", box.Password)
	p.See("last")
	p.Follow("Users")
	p.Follow("Edit carol")
	p.Follow("Delete User carol")
	box.Confirm(p, "Delete User", box.Password)
	p.See("The user was deleted.")
	carol.Open("/appliance/status/basics")
	carol.Arrive("/appliance/sign-in")
}

// addAddress gives the first card one more address.
func addAddress(p *person.Person, cidr string) {
	p.Follow("Networking")
	p.Follow("Add New IP to eth0")
	p.Fill("IP Address", cidr)
	p.Tick("Enabled", true)
	p.Fill("Reason", "a second way in")
	box.Confirm(p, "Save Changes", box.Password)
	p.Arrive("/appliance/networking/ip")
}

// utilities runs the three tools of Support > Utilities.
func utilities(t *testing.T, p *person.Person) {
	p.Follow("Support")
	here, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	p.FillNth("Host Name or IP Address", 0, "10.0.2.2") // this host, as the guest reaches it
	p.Fill("Port", strconv.Itoa(here.Addr().(*net.TCPAddr).Port))
	p.Press("Test Connection")
	p.See("Connected")
	p.FillNth("Host Name or IP Address", 1, "10.0.2.2")
	p.Fill("Number of Packets", "1")
	p.Press("Ping")
	p.See("Answered")
	p.Fill("Name", "no such name")
	p.Press("Look Up")
	if p.Page.Status != http.StatusUnprocessableEntity || len(p.Page.Alerts()) == 0 {
		t.Errorf("a name that is none is answered by %d", p.Page.Status)
	}
}

// records looks at what the box has written down of the steps before.
func records(t *testing.T, p *person.Person) {
	p.Follow("Security")
	p.See("This session", "person/1")
	p.Follow("Audit")
	for _, action := range []string{"sign-in", "password", "user", "network", "clock"} {
		if !strings.Contains(p.Page.Text(), action) {
			t.Errorf("the audit log does not show %q", action)
		}
	}
	p.Follow("Verify the Log")
	p.See("The audit log is whole")
	p.Follow("Export")
	if r, err := audit.VerifyExport(bytes.NewReader(p.Page.Body)); err != nil || !r.OK || r.Events < 10 {
		t.Errorf("the export does not hold: %+v, %v", r, err)
	}
	p.Open("/appliance/security/configuration-history")
	p.Follow("Revision 1")
	p.See("What changed")
	p.Open("/appliance/status/health")
	p.Press(acknowledge(p))
	p.See("The warning was acknowledged.")
}

// acknowledge is the first button that acknowledges a warning.
func acknowledge(p *person.Person) string {
	for _, b := range p.Page.Buttons() {
		if strings.HasPrefix(b, "Acknowledge") {
			return b
		}
	}
	return "Acknowledge"
}
