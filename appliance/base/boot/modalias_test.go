// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"slices"
	"strings"
	"testing"
)

const someAliases = `# Aliases extracted from modules themselves.
alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
alias virtio:d00000002v* virtio_blk
alias virtio:d00000001v* virtio_net
alias virtio:d00000004v* virtio-rng
alias pci:v00008086d000025ABsv*sd*bc*sc*i* i6300esb
alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e
alias pci:v*d*sv*sd*bc01sc06i01* ahci
alias pci:v*d*sv*sd*bc0Csc03i30* xhci-pci
alias acpi*:QEMU0002:* qemu_fw_cfg
alias cpu:type:x86,ven*fam*mod*:feature:*0099* aesni-intel
alias usb:v0421p0018d0[0-2]*dc*dsc*dp*ic*isc*ip*in* odd-usb
alias dmi*:svn*Some Maker/Inc*: spaced_dmi
alias fs-ext4 ext4
alias broken
`

func TestAliases(t *testing.T) {
	a := parseAliases([]byte(someAliases))
	for modalias, want := range map[string]string{
		"virtio:d00000002v00001AF4":                             "virtio_blk",
		"virtio:d00000001v00001AF4":                             "virtio_net",
		"pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc00i00": "virtio_pci",
		"pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01": "ahci",
		"pci:v00008086d000025ABsv00001AF4sd00001100bc08sc80i00": "i6300esb",
		"acpi:QEMU0002:": "qemu_fw_cfg",
		"cpu:type:x86,ven0002fam000Fmod006B:feature:,0000,0099,00A1,": "aesni_intel",
		"usb:v0421p0018d0150dc00dsc00dp00ic01isc01ip00in00":           "odd_usb",
		"usb:v0421p0018d0350dc00dsc00dp00ic01isc01ip00in00":           "",
		"dmi:bvnX:bvr1:svnSome Maker/Inc.:":                           "spaced_dmi",
		"pci:v00001234d00001111sv00001AF4sd00001100bc03sc00i00":       "",
		"pci:v0000": "",
		"":          "",
	} {
		if got := strings.Join(a.find(modalias), " "); got != want {
			t.Errorf("%q: %q, want %q", modalias, got, want)
		}
	}
}

func TestMatchAlias(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"*", "", true}, {"**", "abc", true}, {"?", "", false}, {"a*", "", false},
		{"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"*b", "aab", true}, {"*ab", "aaab", true},
		{"a?c", "abc", true}, {"a[bx]c", "abc", true}, {"a[bx]c", "acc", false}, {"[0-9][0-9]", "42", true},
		{"[0-9", "[0-9", true}, {"[0-9", "5", false}, {"[]", "x", false}, {"[-a]", "-", true}, {"[a-]", "-", true},
	} {
		if got := matchAlias(c.pattern, c.s); got != c.want {
			t.Errorf("matchAlias(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

// FuzzMatchAlias compares with a matcher that is slow and obvious.
func FuzzMatchAlias(f *testing.F) {
	f.Add("a*[0-9]?b", "axx5yb")
	f.Add("*a*a*a*b", "aaaaaaaaaaaa")
	f.Add("[", "[")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 12 {
			return
		}
		if got, want := matchAlias(pattern, s), slowMatch(pattern, s); got != want {
			t.Errorf("matchAlias(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	})
}

func slowMatch(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	if pattern[0] == '*' {
		return slowMatch(pattern[1:], s) || s != "" && slowMatch(pattern, s[1:])
	}
	if s == "" {
		return false
	}
	width, ok := matchOne(pattern, s[0])
	return ok && slowMatch(pattern[width:], s[1:])
}

func TestStarsDoNotExplode(t *testing.T) {
	pattern := strings.Repeat("a*", 200) + "b"
	if matchAlias(pattern, strings.Repeat("a", 10000)) {
		t.Error("matched")
	}
}

func TestDevicesAreComparedWithFewPatterns(t *testing.T) {
	a := parseAliases([]byte(someAliases))
	if got := a["pci:v00008086"]; len(got) != 2 {
		t.Errorf("Intel's PCI patterns: %v", got)
	}
	if !slices.ContainsFunc(a["pci"], func(e alias) bool { return e.module == "ahci" }) {
		t.Error("a pattern for every vendor is not found under the bus")
	}
}
