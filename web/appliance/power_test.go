// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"strings"
	"testing"

	"understudy/web/appliance/appliancetest"
)

func TestRebootIsATaskThatIsFollowed(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	a := browser.Get("/appliance/status/reboot")
	if !a.Shows("1 session of these pages") || !a.Shows(`name="confirm-password"`) {
		t.Errorf("the page before: %s", a.Body)
	}
	if a := browser.Post("/appliance/status/reboot", "reason", "new memory"); a.Status != 403 || len(b.Machine.Asked()) != 0 {
		t.Fatalf("without the password: %d", a.Status)
	}
	a = browser.Post("/appliance/status/reboot", again("reason", "new memory")...)
	if a.Status != 303 || !strings.HasPrefix(a.Location, "/appliance/status/tasks/") {
		t.Fatalf("%d %s %s", a.Status, a.Location, a.Body)
	}
	if again := browser.Post("/appliance/status/reboot"); again.Location != a.Location {
		t.Errorf("asked twice: %s and %s", a.Location, again.Location)
	}
	if asked := b.Machine.Await(); len(asked) != 1 || !strings.Contains(asked[0], "asked for by admin") {
		t.Errorf("the machine was asked %q", asked)
	}
	page := browser.Get(a.Location)
	if page.Status != 200 || !page.Shows("The connection will be lost") || !page.Shows("new memory") || !page.Shows(`http-equiv="refresh" content="5"`) {
		t.Errorf("the task's page: %d %s", page.Status, page.Body)
	}
}

func TestShutDownAndHold(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	release := b.Power.Hold("An update is being installed.")
	if a := browser.Get("/appliance/status/shut-down"); !a.Shows("An update is being installed.") {
		t.Error("the page does not say what holds the box")
	}
	for _, path := range []string{"/appliance/status/shut-down", "/appliance/status/reboot"} {
		if a := browser.Post(path, again()...); a.Status != 409 || !a.Shows("An update is being installed.") {
			t.Errorf("%s while held: %d", path, a.Status)
		}
	}
	if a := browser.Post("/appliance/status/factory-reset", again("typed", "reset")...); a.Status != 409 {
		t.Errorf("reset while held: %d", a.Status)
	}
	if len(b.Machine.Asked()) != 0 {
		t.Errorf("the machine was asked %q", b.Machine.Asked())
	}
	release()
	if a := browser.Post("/appliance/status/shut-down"); a.Status != 303 {
		t.Errorf("released: %d", a.Status)
	}
}

// Whoever asks for a task while the software ends is told when to ask again.
func TestNoTasksAreTakenAtTheEnd(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	b.Tasks.Close()
	if a := browser.Post("/appliance/status/reboot", again()...); a.Status != 503 || a.Header.Get("Retry-After") != "5" || !a.Shows("is stopping: try again when it is back") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestFactoryResetWantsTheWord(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	for _, typed := range []string{"", "yes", "reset it"} {
		if a := browser.Post("/appliance/status/factory-reset", again("typed", typed)...); a.Status != 422 || !a.Shows(`id="typed-error"`) {
			t.Errorf("%q: %d", typed, a.Status)
		}
	}
	if len(b.Machine.Asked()) != 0 {
		t.Fatalf("the machine was asked %q", b.Machine.Asked())
	}
	if a := browser.Post("/appliance/status/factory-reset", "typed", " Reset "); a.Status != 200 || !a.Shows("is being reset") || browser.Secret() != "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if asked := b.Machine.Asked(); len(asked) != 1 || !strings.HasPrefix(asked[0], "reset") {
		t.Errorf("the machine was asked %q", asked)
	}
}
