// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// GUID is a globally unique identifier in the order in which it is written as
// text. On disk GPT stores the first three groups little-endian; see disk and
// guidFromDisk.
type GUID [16]byte

// String writes the GUID in the usual form with upper-case digits.
func (g GUID) String() string {
	h := strings.ToUpper(hex.EncodeToString(g[:]))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// IsZero reports whether the GUID is all zeros, which GPT uses for an unused
// entry.
func (g GUID) IsZero() bool { return g == GUID{} }

// ParseGUID reads the usual 8-4-4-4-12 form, in upper or lower case.
func ParseGUID(s string) (GUID, error) {
	var g GUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, fmt.Errorf("GUID %.40q: want the form 8-4-4-4-12", s)
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(g[:], []byte(digits)); err != nil {
		return GUID{}, fmt.Errorf("GUID %.40q: %w", s, err)
	}
	return g, nil
}

// DeriveGUID makes the GUID that belongs to a name. The same name gives the
// same GUID on every build and every box, which is how the box finds its
// partitions without being told. It is a version 8 (custom) UUID of RFC 9562.
func DeriveGUID(name string) GUID {
	sum := sha256.Sum256([]byte(Product + "/" + name))
	g := GUID(sum[:16])
	g[6] = g[6]&0x0f | 0x80
	g[8] = g[8]&0x3f | 0x80
	return g
}

// disk returns the GUID in GPT's mixed-endian byte order.
func (g GUID) disk() [16]byte {
	d := [16]byte(g)
	binary.LittleEndian.PutUint32(d[0:], binary.BigEndian.Uint32(g[0:]))
	binary.LittleEndian.PutUint16(d[4:], binary.BigEndian.Uint16(g[4:]))
	binary.LittleEndian.PutUint16(d[6:], binary.BigEndian.Uint16(g[6:]))
	return d
}

// guidFromDisk undoes disk: the conversion is its own inverse.
func guidFromDisk(b []byte) GUID {
	return GUID(GUID(b[:16]).disk())
}
