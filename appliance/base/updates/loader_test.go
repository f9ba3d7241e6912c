// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/base/slots"
)

// blind is a loader before the firmware's variables can be read.
type blind struct{ slots.Loader }

func (blind) Running() (slots.Entry, error) { return slots.Entry{}, slots.ErrUnknown }

// A version that has refused itself, and was cut off before the loader knew,
// goes at its next start: as soon as the loader can be asked, for which drivers
// are needed that come later than this program, and while nobody reads there.
func TestARefusedVersionGoesOnceTheLoaderCanBeAsked(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.mark("before")
			id := b.install(Choice{})
			b.fit = errors.New("its pages do not answer")
			asked := make(chan struct{}, 1000)
			b.early = func(slots.Loader) (slots.Loader, func() error, error) {
				asked <- struct{}{}
				return nil, nil, unix.ENODEV
			}
			if got := b.reboot(); got != "4.2.1" {
				t.Fatalf("it boots %s", got)
			}
			<-asked
			b.stop()
			var times, left atomic.Int32
			b.early = func(l slots.Loader) (slots.Loader, func() error, error) {
				switch times.Add(1) {
				case 1:
					return nil, nil, unix.EBUSY // somebody looks at it
				case 2:
					left.Add(1)
					return blind{l}, func() error { left.Add(-1); return nil }, nil
				}
				return l, closed, nil
			}
			if got := b.boot(); got != "4.2.1" {
				t.Fatalf("the second try is of %s", got)
			}
			if u := b.state(); u.State != Refused {
				t.Errorf("it is %s", u.State)
			}
			if why := b.restart(); !strings.Contains(why, "not fit") {
				t.Errorf("restart for %q", why)
			}
			if left.Load() != 0 {
				t.Error("the boot partition was left open")
			}
			if got := b.reboot(); got != "3.3.2" {
				t.Fatalf("then it boots %s", got)
			}
			b.rolledBack(id, "Its pages do not answer.")
		})
	}
}
