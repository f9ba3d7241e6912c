// SPDX-License-Identifier: Apache-2.0

package pack

// Role says what a file is for. It is the only name that a file has.
type Role string

// The roles of files.
const (
	UKI     Role = "uki"     // base: the boot image
	EULA    Role = "eula"    // site: the licence agreement, UTF-8 text
	Roots   Role = "roots"   // site: certificates that clients trust, PEM; may be absent
	Program Role = "program" // site: the site software, a static ELF program
)

// roleRule is what FORMAT.md says of a role.
type roleRule struct {
	role     Role
	max      int64 // uncompressed, bytes
	encoding encoding
	optional bool
}

// rolesOf lists the roles of each kind in the order that files have. Files that
// a person may want to read before an install come first; boot images hold
// compressed parts, so that compressing them again gains nothing.
var rolesOf = map[Kind][]roleRule{
	Base: {{role: UKI, max: MaxFile, encoding: plain}},
	Site: {
		{role: EULA, max: MaxEULA, encoding: plain},
		{role: Roots, max: MaxRoots, encoding: plain, optional: true},
		{role: Program, max: MaxFile, encoding: zstandard},
	},
	License: {},
}
