// SPDX-License-Identifier: Apache-2.0

package naming

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

// The forms as regular expressions, which are easier to compare with the RFC
// and with FORMAT.md than loops are.
var (
	hostname = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	lookup   = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$`)
	id       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	short    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
)

func compare(t *testing.T, s string) {
	for form, row := range map[string]struct{ got, want bool }{
		"Hostname": {Hostname(s), len(s) <= maxHostname && hostname.MatchString(s) && !address(s)},
		"Lookup":   {Lookup(s), len(s) <= maxHostname && lookup.MatchString(s)},
		"ID":       {ID(s), id.MatchString(s)},
		"Short":    {Short(s), short.MatchString(s)},
	} {
		if row.got != row.want {
			t.Errorf("%s(%q) is %v, want %v", form, s, row.got, row.want)
		}
	}
}

func address(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// examples are at the edges of the forms.
func examples() []string {
	label := strings.Repeat("a", 63)
	longest := strings.Join([]string{label, label, label, label[:61]}, ".")
	return []string{
		"", ".", "-", "_", "a", "A", "7", "a.", "a..b", ".a", "support.example.com", "1.example.com", "a.1", "192.0.2.1", "192.0.2.256", "1.2.3",
		"2001:db8::1", "xn--bcher-kva.example.com", "-a", "a-", "a-.b", "a.-b", "a_b", "_ldap._tcp.example.com.", "a b", "a\x00",
		"bücher", "a\n", "US-4711", "3.3.2_x", "va-small", label, label + "a", label + "ab", label[:32], label[:33],
		longest, longest + ".", longest + "a", "a" + longest,
	}
}

func TestForms(t *testing.T) {
	for _, s := range examples() {
		compare(t, s)
	}
	for s, want := range map[string]bool{"support.example.com": true, "rack.12": true, "192.0.2.1": false, "a.": false} {
		if Hostname(s) != want {
			t.Errorf("Hostname(%q) is %v", s, !want)
		}
	}
}

func FuzzForms(f *testing.F) {
	for _, s := range examples() {
		f.Add(s)
	}
	f.Fuzz(compare)
}
