// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// dnsPort is where a name server listens unless told otherwise.
const dnsPort = 53

// maxNameservers is how many the C library reads.
const maxNameservers = 3

// WriteConf replaces the resolv.conf at path in one step, if it differs. Servers on ports of
// their own cannot be written there and are mentioned in a comment.
func WriteConf(path string, servers []netip.AddrPort) error {
	var b strings.Builder
	b.WriteString("# Written by the appliance from its network configuration.\n")
	written := 0
	for _, s := range servers {
		switch {
		case s.Port() != dnsPort:
			fmt.Fprintf(&b, "# nameserver %s (its port cannot be expressed here)\n", s)
		case written < maxNameservers:
			fmt.Fprintf(&b, "nameserver %s\n", s.Addr())
			written++
		}
	}
	if old, err := os.ReadFile(path); err == nil && string(old) == b.String() {
		return nil
	}
	err := renameio.WriteFile(path, []byte(b.String()), 0o644,
		renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write the name servers to %s: %w", path, err)
	}
	return nil
}
