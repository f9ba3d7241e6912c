// SPDX-License-Identifier: Apache-2.0

package naming

import (
	"net/netip"
	"strings"
)

// Limits in bytes: a name in DNS and a part of one (RFC 1123 section 2.1),
// an identifier, a short name.
const (
	maxHostname = 253
	maxLabel    = 63
	maxID       = 64
	maxShort    = 32
)

// Hostname reports whether s is the name of a host (RFC 1123 section 2.1):
// labels of letters, digits and hyphens with dots between, none at the end, and
// no address.
func Hostname(s string) bool {
	_, err := netip.ParseAddr(s)
	return err != nil && dotted(s, letterOrDigit)
}

// Lookup reports whether s can be asked for in DNS: as Hostname, but with
// numbers and underscores, as names of services and of reverse zones have them,
// and with a dot at the end if there is one.
func Lookup(s string) bool {
	return len(s) <= maxHostname && dotted(strings.TrimSuffix(s, "."), func(c byte) bool { return letterOrDigit(c) || c == '_' })
}

// ID reports whether s is an identifier, as a serial number, a build or a
// customer's: 1 to 64 letters, digits, dots, dashes and underscores, a letter or
// digit first.
func ID(s string) bool {
	return s != "" && len(s) <= maxID && letterOrDigit(s[0]) &&
		every(s, func(c byte) bool { return letterOrDigit(c) || c == '.' || c == '-' || c == '_' })
}

// Short reports whether s is a short name, as a product's or a hardware
// profile's: 1 to 32 lower-case letters, digits and dashes, no dash first.
func Short(s string) bool {
	return s != "" && len(s) <= maxShort && s[0] != '-' &&
		every(s, func(c byte) bool { return letterOrDigit(c) && (c < 'A' || c > 'Z') || c == '-' })
}

// dotted reports whether s is labels of what ok accepts with dots between, each
// of 1 to 63 bytes, a hyphen neither first nor last.
func dotted(s string, ok func(c byte) bool) bool {
	if len(s) > maxHostname {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		n := len(label)
		if n == 0 || n > maxLabel || label[0] == '-' || label[n-1] == '-' {
			return false
		}
		if !every(label, func(c byte) bool { return ok(c) || c == '-' }) {
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// every reports whether ok accepts each byte. A byte of a longer character is
// accepted by none of the forms here.
func every(s string, ok func(c byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}
