// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"

	"understudy/bootimg"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// programs are all that can be executed in the image: our own program by its two
// names, and the file system check.
var programs = []string{"init", "bin/based", "sbin/e2fsck"}

// TestImageHasNoShell looks through what the kernel unpacks: nothing can be run
// but the programs above, so there is nothing for an attacker to call.
func TestImageHasNoShell(t *testing.T) {
	image, err := vm.BuildImage(t.Context(), box.Base, nil)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(image.Initrd)
	if err != nil {
		t.Fatal(err)
	}
	files, err := bootimg.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, f := range files {
		data, err := bootimg.Content(f)
		if err != nil {
			t.Fatal(err)
		}
		kind := f.Mode & cpio.S_IFMT
		regular, link := kind == cpio.S_IFREG, kind == cpio.S_IFLNK
		allowed := slices.Contains(programs, name)
		if allowed {
			found++
		}
		module := strings.HasPrefix(name, "lib/modules/") && strings.HasSuffix(name, ".ko")
		switch {
		case link && !allowed && path.Base(name) != "resolv.conf":
			t.Errorf("%s is a link to %s", name, data)
		case regular && f.Mode&0o111 != 0 && !allowed:
			t.Errorf("%s can be executed", name)
		case regular && bytes.HasPrefix(data, []byte("\x7fELF")) && !allowed && !module:
			t.Errorf("%s is a program or library", name)
		case regular && bytes.HasPrefix(data, []byte("#!")):
			t.Errorf("%s is a script", name)
		case regular && f.Mode&0o6000 != 0:
			t.Errorf("%s changes who runs it", name)
		}
	}
	if len(files) < 50 || found < len(programs) {
		t.Errorf("only %d files and %d programs were found: this is not the image", len(files), found)
	}
}
