// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/base/slots"
	"understudy/appliance/task"
)

// Somebody presses the power button while the site that came with the box is
// installed: this program ends in an orderly way, and the next start does it.
func TestAFactoryInstallThatTheProgramsEndCutsOff(t *testing.T) {
	b := newBox(t, "uefi")
	b.comesWith(b.siteFile("12.1.4", "c1", "3.3.2"))
	b.site.hangs = make(chan struct{})
	if _, begun, err := b.InstallFactorySite(t.Context()); err != nil || !begun {
		t.Fatal(begun, err)
	}
	<-b.site.hangs
	b.site.hangs = nil
	b.reboot()
	past, err := b.History(t.Context())
	if err != nil || len(past) != 1 || past[0].Reason != interrupted {
		t.Errorf("history %+v, %v", past, err)
	}
	b.comesWith(b.siteFile("12.1.4", "c1", "3.3.2"))
	x, begun, err := b.InstallFactorySite(t.Context())
	if err != nil || !begun {
		t.Fatalf("at the next start: %v, %v", begun, err)
	}
	if end := b.end(x.ID); end.State != task.Done {
		t.Errorf("%+v", end)
	}
}

// The same of the Base software says what has happened.
func TestABaseUpdateThatTheProgramsEndCutsOff(t *testing.T) {
	b := newBox(t, "uefi")
	opening := make(chan struct{}, 100)
	b.early = func(slots.Loader) (slots.Loader, func() error, error) {
		opening <- struct{}{}
		return nil, nil, unix.ENODEV
	}
	given, _, err := b.installID(ada, b.ready().ID, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	<-opening
	b.reboot()
	if u := b.state(); u.State != Failed || u.Reason != notInPlace {
		t.Errorf("it is %s: %s", u.State, u.Reason)
	}
	if end := b.end(given.ID); end.State != task.Failed || end.Error != notInPlace {
		t.Errorf("its task: %+v", end)
	}
}

// An install that could not write down that it has failed leaves the
// configuration frozen: what is said then leads out.
func TestWhatIsSaidOfAFrozenConfigurationLeadsOut(t *testing.T) {
	for _, s := range []State{Staged, Saved, Arming, Armed, Proving, Refused} {
		if text := (&TrialError{Name: "Base Software 4.2.1", State: s}).Error(); !strings.Contains(text, "restart the appliance") {
			t.Errorf("%s: %s", s, text)
		}
	}
}
