// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
)

// aliases finds the modules for a device by its modalias. The patterns come
// from modules.alias, of which there may be thousands: they are kept by the
// literal text in front of their first wildcard, so that a device is compared
// with the few that can match.
type aliases map[string][]alias

type alias struct{ pattern, module string }

// pciVendor is as much of a PCI modalias as is used as a key:
// "pci:v00008086".
const pciVendor = len("pci:v00000000")

// parseAliases reads modules.alias: lines of "alias <pattern> <module>".
func parseAliases(b []byte) aliases {
	a := make(aliases)
	for line := range bytes.Lines(b) {
		rest, ok := bytes.CutPrefix(line, []byte("alias "))
		if !ok {
			continue
		}
		// A pattern may hold spaces; a module's name may not.
		rest = bytes.TrimSpace(rest)
		at := bytes.LastIndexByte(rest, ' ')
		if at < 0 {
			continue
		}
		pattern, module := string(rest[:at]), moduleName(string(rest[at+1:]))
		key := aliasKey(pattern)
		a[key] = append(a[key], alias{pattern, module})
	}
	return a
}

// aliasKey is the part of a pattern by which it is found: the bus, and for PCI
// the vendor if the pattern names one.
func aliasKey(s string) string {
	n := 0
	for n < len(s) && s[n] != ':' && s[n] != '*' && s[n] != '?' && s[n] != '[' {
		n++
	}
	if s[:n] == "pci" && len(s) >= pciVendor {
		for _, c := range []byte(s[:pciVendor]) {
			if c == '*' || c == '?' || c == '[' {
				return "pci"
			}
		}
		return s[:pciVendor]
	}
	return s[:n]
}

// find returns the modules that want the device, in the order of the file.
func (a aliases) find(modalias string) []string {
	var modules []string
	key := aliasKey(modalias)
	keys := []string{key}
	if len(key) == pciVendor {
		keys = append(keys, "pci")
	}
	for _, k := range keys {
		for _, e := range a[k] {
			if matchAlias(e.pattern, modalias) {
				modules = append(modules, e.module)
			}
		}
	}
	return modules
}

// matchAlias is fnmatch without flags: * is any run, ? any one byte, [a-c] a
// set. It goes back only to the last star, so that no pattern takes more than
// quadratic time.
func matchAlias(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, i
			p++
			continue
		}
		if width, ok := matchOne(pattern[p:], s[i]); ok {
			p += width
			i++
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne compares one byte with the first element of a pattern that is not a
// star, and returns how long that element is.
func matchOne(pattern string, c byte) (width int, ok bool) {
	if pattern == "" {
		return 0, false
	}
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		return matchSet(pattern, c)
	}
	return 1, pattern[0] == c
}

// matchSet compares c with a set like [0-9a]. One that is not closed is a
// plain bracket.
func matchSet(pattern string, c byte) (width int, ok bool) {
	end := 1
	for end < len(pattern) && pattern[end] != ']' {
		end++
	}
	if end == len(pattern) {
		return 1, c == '['
	}
	for set := pattern[1:end]; set != ""; {
		if len(set) >= 3 && set[1] == '-' {
			ok = ok || set[0] <= c && c <= set[2]
			set = set[3:]
			continue
		}
		ok = ok || set[0] == c
		set = set[1:]
	}
	return end + 1, ok
}
