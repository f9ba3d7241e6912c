// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A device that cannot be set does not keep the others from it. Plain files are
// devices that cannot.
func TestEveryWatchdogIsSet(t *testing.T) {
	w := &watchdog{}
	for _, name := range []string{"first", "second"} {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		w.files, w.names = append(w.files, f), append(w.names, name)
	}
	err := w.setTimeout(time.Minute)
	for _, name := range w.names {
		if err == nil || !strings.Contains(err.Error(), "setting the watchdog "+name+" to 60 seconds") {
			t.Errorf("the %s device was not tried: %v", name, err)
		}
	}
}
