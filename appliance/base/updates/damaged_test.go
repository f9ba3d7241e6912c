// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"os"
	"strings"
	"testing"

	"understudy/appliance/task"
)

// A package that the disk has changed, or lost, is gone for whoever looks for
// it, and makes way for the same one brought again: it was offered for an
// install that could not be, and was what a download said to be there.
func TestAPackageThatTheDiskHasChanged(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"changed": func(path string) error {
			b, err := os.ReadFile(path)
			if err == nil {
				b[len(b)/2] ^= 1
				err = os.WriteFile(path, b, 0o600)
			}
			return err
		},
		"cut short": func(path string) error { return os.Truncate(path, 10) },
		"lost":      os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "uefi")
			file := b.siteFile("12.2.0", "c1", "3.3.2")
			r, err := b.bring(file)
			if err == nil {
				err = spoil(b.path("packages", r.ID))
			}
			if err != nil {
				t.Fatal(err)
			}
			var damaged *DamagedError
			if _, err := b.OnBox(t.Context(), r.ID); !errors.As(err, &damaged) || !errors.Is(err, ErrNotReady) {
				t.Errorf("it is looked at: %v", err)
			}
			if all, err := b.AllReady(t.Context()); err != nil || len(all) != 0 || len(b.left()) != 0 {
				t.Errorf("left are %d, %q (%v)", len(all), b.left(), err)
			}
			if _, err := b.bring(file); err != nil {
				t.Error(err)
			}
			if _, err := b.OnBox(t.Context(), r.ID); err != nil {
				t.Errorf("brought again: %v", err)
			}

			base := b.ready()
			if err := spoil(b.path("packages", base.ID)); err != nil {
				t.Fatal(err)
			}
			given, _, err := b.installID(ada, base.ID, Choice{})
			if err != nil {
				t.Fatal(err)
			}
			if end := b.end(given.ID); end.State != task.Failed || !strings.Contains(end.Error, "upload or download it again") {
				t.Errorf("the install of one: %+v", end)
			}
			if _, err := b.Ready(t.Context(), base.ID); !errors.Is(err, ErrNotReady) {
				t.Errorf("after it: %v", err)
			}
		})
	}
}
