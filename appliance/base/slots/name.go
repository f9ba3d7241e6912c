// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"understudy/appliance/layout"
)

// Ends of the names in layout.ESPLinuxDir. systemd-boot looks at the first
// alone; the others are ours.
const (
	extUKI    = ".efi"
	extStaged = ".staged" // whole and checked, but not to be booted yet
	extPart   = ".part"   // being written
)

// ukiName is the name of a unified kernel image. Its counters are those of
// systemd-boot (Automatic Boot Assessment): +LEFT-DONE in front of .efi.
type ukiName struct {
	id         string // layout.Release.ID
	ext        string
	counted    bool
	left, done int // tries
}

var ukiPattern = regexp.MustCompile(`^` + layout.Product + `-([0-9]{1,5}(?:\.[0-9]{1,5}){1,3}-[0-9]{1,10})(?:\+([0-9]{1,4})(?:-([0-9]{1,4}))?)?(\.efi|\.staged|\.part)$`)

// parseUKIName reads a file's name. Case does not matter, as on FAT. False
// means that the file is not one of ours.
func parseUKIName(name string) (ukiName, bool) {
	m := ukiPattern.FindStringSubmatch(strings.ToLower(name))
	if m == nil || m[2] != "" && m[4] != extUKI {
		return ukiName{}, false
	}
	n := ukiName{id: m[1], ext: m[4], counted: m[2] != ""}
	n.left, _ = strconv.Atoi(m[2])
	n.done, _ = strconv.Atoi(m[3])
	return n, true
}

// String is the file's name.
func (n ukiName) String() string {
	s := layout.Product + "-" + n.id
	switch {
	case n.counted && n.done > 0:
		s += fmt.Sprintf("+%d-%d", n.left, n.done)
	case n.counted:
		s += fmt.Sprintf("+%d", n.left)
	}
	return s + n.ext
}

// good reports whether systemd-boot boots the image without counting.
func (n ukiName) good() bool { return n.ext == extUKI && !n.counted }

// releaseOf is the release with an ID as it stands in a file's name. Build and
// time of it are not known.
func releaseOf(id string) layout.Release {
	version, tree, _ := strings.Cut(id, "-")
	n, _ := strconv.Atoi(tree)
	return layout.Release{Product: layout.Product, Version: version, Tree: n}
}
