// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"context"
	"net/netip"
	"regexp"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/confirm"
	"understudy/web/appliance/appliancetest"
)

const newAddress = "/appliance/networking/interfaces/eth0/new-address"

var keepForm = regexp.MustCompile(`action="(/appliance/pending/[^"]+/keep)"`)

func TestNetworkChangeWaitsToBeKept(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	page := browser.Get(newAddress)
	a := browser.Post(newAddress, "revision", page.Revision(), "address", "192.0.2.20/255.255.255.0", "enabled", "on", "reason", "the shared one")
	if a.Location != "/appliance/networking/ip?done=network-changed" {
		t.Fatalf("%d %s %s", a.Status, a.Location, a.Body)
	}
	if !b.Kernel.Has("eth0", "192.0.2.20/24") {
		t.Error("the address is not in use")
	}
	// The banner stands on every page until somebody decides.
	for _, path := range []string{"/appliance/networking/ip", "/appliance/users", "/appliance/status/basics"} {
		if a := browser.Get(path); !a.Shows("Keep these settings") || !a.Shows("Undo now") || !a.Shows("data-until=") || a.Shows(`http-equiv="refresh"`) {
			t.Errorf("%s does not ask", path)
		}
	}
	if a := browser.Post(newAddress, "revision", browser.Get(newAddress).Revision(), "address", "192.0.2.21/24", "enabled", "on"); a.Status != 422 {
		t.Errorf("a second change meanwhile: %d", a.Status)
	}
	keep := keepForm.FindStringSubmatch(browser.Get("/appliance/users").Body)
	if a := browser.Post(keep[1]); a.Location != "/appliance/networking/ip?done=kept" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/users"); a.Shows("Keep these settings") {
		t.Error("the banner stays")
	}
	if a := browser.Post(keep[1]); a.Status != 409 {
		t.Errorf("kept twice: %d", a.Status)
	}
}

func TestNetworkChangeIsUndone(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	a := browser.Post("/appliance/networking/addresses/a1", "revision", browser.Get(newAddress).Revision(), "address", "192.0.2.11/24", "enabled", "on")
	if a.Status != 303 || !b.Kernel.Has("eth0", "192.0.2.11/24") || b.Kernel.Has("eth0", "192.0.2.10/24") {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	undo := regexp.MustCompile(`action="(/appliance/pending/[^"]+/undo)"`).FindStringSubmatch(browser.Get("/appliance/users").Body)
	if a := browser.Post(undo[1]); a.Location != "/appliance/networking/ip?done=undone" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if b.Kernel.Has("eth0", "192.0.2.11/24") || !b.Kernel.Has("eth0", "192.0.2.10/24") {
		t.Error("the address from before is not back")
	}
}

// The page that a change leads to may be loaded again when nothing waits any
// more: it says what became of the change, and asks for nothing.
func TestAChangeThatDoesNotWaitAnyMore(t *testing.T) {
	for name, end := range map[string]struct {
		settle func(ctx context.Context, g *confirm.Guard, id string) error
		says   string
	}{
		"out of time": {func(ctx context.Context, g *confirm.Guard, id string) error { return g.Undo(ctx, audit.System, id) }, "The change was taken back, since nobody kept it in time."},
		"undone":      {func(ctx context.Context, g *confirm.Guard, id string) error { return g.Undo(ctx, adminActor, id) }, "The settings from before are back."},
		"kept":        {func(ctx context.Context, g *confirm.Guard, id string) error { return g.Confirm(ctx, adminActor, id) }, "The settings are kept."},
	} {
		t.Run(name, func(t *testing.T) {
			b := appliancetest.New(t, appliancetest.Options{Changed: true})
			browser := b.SignIn(t, "admin", appliancetest.Password)
			changed := browser.Post(newAddress, "revision", browser.Get(newAddress).Revision(), "address", "192.0.2.20/24", "enabled", "on")
			const asks = "Keep the settings before the time above runs out."
			if a := browser.Get(changed.Location); !a.Shows(asks) || !a.Shows("data-settled hidden") {
				t.Fatalf("the page does not ask: %s", a.Body)
			}
			waiting, err := b.Guard.Pending(t.Context())
			if err != nil || len(waiting) != 1 {
				t.Fatalf("%v waits, %v", waiting, err)
			}
			if err := end.settle(t.Context(), b.Guard, waiting[0].ID); err != nil {
				t.Fatal(err)
			}
			if a := browser.Get(changed.Location); a.Shows(asks) || a.Shows("data-settled") || !a.Shows(end.says) {
				t.Errorf("the page does not say how it ended: %s", a.Body)
			}
		})
	}
}

func TestAddressIsDisabledAndDeleted(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	revision := browser.Get(newAddress).Revision()
	if a := browser.Post("/appliance/networking/addresses/a2", "revision", revision, "address", "2001:db8::10/64"); a.Status != 303 || b.Kernel.Has("eth0", "2001:db8::10/64") {
		t.Fatalf("disabling: %d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/networking/ip"); !a.Shows("Disabled") {
		t.Error("it is not shown as disabled")
	}
	browser.Post(keepForm.FindStringSubmatch(browser.Get("/appliance/users").Body)[1])
	a := browser.Post("/appliance/networking/addresses/a2/delete", "revision", browser.Get(newAddress).Revision())
	if a.Status != 303 || browser.Get("/appliance/networking/ip").Shows("2001:db8::10/64</a>") {
		t.Errorf("deleting: %d %s", a.Status, a.Body)
	}
	if a := browser.Get("/appliance/networking/addresses/nothing"); a.Status != 404 {
		t.Errorf("no such address: %d", a.Status)
	}
	if a := browser.Get("/appliance/networking/interfaces/eth9"); a.Status != 404 {
		t.Errorf("no such card: %d", a.Status)
	}
}

func TestBadAddressesAreRefusedAtTheField(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	b.Kernel.Take(netip.MustParseAddr("192.0.2.66"))
	browser := b.SignIn(t, "admin", appliancetest.Password)
	revision := browser.Get(newAddress).Revision()
	for _, address := range []string{"", "nonsense", "192.0.2.20", "192.0.2.20/33", "192.0.2.20/255.0.255.0", "192.0.2.255/24", "127.0.0.1/8", "224.0.0.1/4", "192.0.2.10/24", "192.0.2.66/24"} {
		a := browser.Post(newAddress, "revision", revision, "address", address, "enabled", "on")
		if a.Status != 422 || !a.Shows(`id="address-error"`) {
			t.Errorf("%q: %d", address, a.Status)
		}
	}
	if links, _ := b.Kernel.Links(); len(links[0].Addresses) != 2 {
		t.Errorf("the card has %v", links[0].Addresses)
	}
	a := browser.Post("/appliance/networking/ip/global", "revision", revision, "hostname", "a b", "gateway4", "10.9.9.9", "gateway6", "x", "dns", "y z", "ntp", "-", "public-port", "x")
	for _, field := range []string{"hostname", "gateway4", "gateway6", "dns", "ntp", "public-port"} {
		if a.Status != 422 || !a.Shows(`id="`+field+`-error"`) {
			t.Errorf("%s is not refused: %d", field, a.Status)
		}
	}
}

func TestStaleFormsMeetAConflict(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	revision := browser.Get(newAddress).Revision()
	global := []string{"hostname", "other.example.com", "gateway4", "192.0.2.1", "dns", "192.0.2.53", "ntp", "ntp.example.com"}
	if a := browser.Post("/appliance/networking/ip/global", append(global, "revision", revision)...); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for path, form := range map[string][]string{
		"/appliance/networking/ip/global":    {"hostname", "third.example.com", "revision", revision},
		"/appliance/networking/addresses/a1": {"address", "192.0.2.12/24", "revision", revision},
		newAddress:                           {"address", "192.0.2.13/24"},
		"/appliance/status/clock":            {"zone", "Europe/Vienna", "max-step", "900", "revision", "999"},
	} {
		if a := browser.Post(path, form...); a.Status != 409 || !a.Shows("Look at It Again") {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

func TestSavingTheSameChangesNothing(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	a := browser.Post("/appliance/networking/ip/global", "revision", browser.Get(newAddress).Revision(),
		"hostname", "support.example.com", "gateway4", "192.0.2.1", "dns", "192.0.2.53", "ntp", "ntp.example.com")
	if a.Location != "/appliance/networking/ip?done=network-same" {
		t.Errorf("%d %s", a.Status, a.Location)
	}
}

func TestPreviewChangesNothing(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	before := browser.Get(newAddress).Revision()
	a := browser.Post(newAddress+"/preview", "revision", before, "address", "192.0.2.20/24", "enabled", "on")
	if a.Status != 200 || !a.Shows("192.0.2.20/24 is added") || !a.Shows(`action="`+newAddress+`"`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if after := browser.Get(newAddress).Revision(); after != before || b.Kernel.Has("eth0", "192.0.2.20/24") {
		t.Error("the preview changed something")
	}
}

func TestUtilities(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	if a := browser.Post("/appliance/support/utilities/tcp", "tcp-host", "127.0.0.1", "tcp-port", "1"); a.Status != 200 && a.Status != 422 {
		t.Errorf("TCP: %d %s", a.Status, a.Body)
	}
	for path, form := range map[string][]string{
		"tcp": {"tcp-host", "a b", "tcp-port", "443"}, "dns": {"dns-name", "", "dns-type", "A"}, "ping": {"ping-host", "", "ping-count", "4"},
	} {
		if a := browser.Post("/appliance/support/utilities/"+path, form...); a.Status != 422 || !a.Shows("field-error") {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	if a := browser.Post("/appliance/support/utilities/ping", "ping-host", "192.0.2.1", "ping-count", "x"); a.Status != 422 {
		t.Errorf("count: %d", a.Status)
	}
}
