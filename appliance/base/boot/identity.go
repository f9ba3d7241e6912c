// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// placeholders are what boards say instead of a serial number, in lower case.
var placeholders = []string{
	"", "none", "n/a", "na", "not specified", "not available", "not applicable", "unknown", "default string", "default",
	"to be filled by o.e.m.", "to be filled by oem", "system serial number", "serial number", "chassis serial number",
	"invalid", "oem", "o.e.m.", "empty", "0123456789", "123456789", "1234567890", "1234567",
}

// knownSerial takes the serial from SMBIOS, else from the seed. There may be
// none.
func knownSerial(sys, seed string) string {
	b, _ := os.ReadFile(filepath.Join(sys, "class/dmi/id/product_serial"))
	if s := usableSerial(string(b)); s != "" {
		return s
	}
	return seed
}

// newSerial makes a serial for a box that has none.
func newSerial() string {
	var random [6]byte
	rand.Read(random[:])
	return "US" + strings.ToUpper(hex.EncodeToString(random[:]))
}

// usableSerial turns what SMBIOS says into a serial that can stand in a file
// name: letters, digits, dash, dot and underscore, at most 64 of them. It
// returns nothing for a placeholder.
func usableSerial(s string) string {
	s = strings.TrimSpace(s)
	if slices.Contains(placeholders, strings.ToLower(s)) {
		return ""
	}
	if s != "" && strings.Trim(s, s[:1]) == "" { // 00000000, xxxxxxx, .......
		return ""
	}
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
			return r
		case r == ' ' || r == '/':
			return '-'
		}
		return -1
	}, s)
	clean = strings.TrimLeft(clean, "-._")
	return clean[:min(len(clean), 64)]
}

// newGUID makes a random GUID (version 4) in lower case.
func newGUID() string {
	var g [16]byte
	rand.Read(g[:])
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
