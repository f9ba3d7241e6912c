// SPDX-License-Identifier: Apache-2.0

// Package checkin writes and reads what a box says of itself to the update
// server: who it is and what it has installed, signed by the box's identity
// key, as one line of printable text.
//
// A person carries the line from the Updates page to the server's page as
// Appliance Download Key (guide: Upgrade a Single BeyondTrust Appliance Using
// Manual Updates), or the box sends it with an online check. The purpose is
// signed, so that neither serves as the other.
//
// The line is "USK1-" and base64url (RFC 4648, section 5, no padding) of
//
//	32 bytes  Ed25519 public key of the box
//	64 bytes  Ed25519 signature over "understudy checkin 1", a zero byte, the key and the body
//	the rest  body: JSON in its only valid form
//
// Whether the key is the one that a serial has is not known here: that is the
// server's to remember.
package checkin
