// SPDX-License-Identifier: Apache-2.0

// Package updateserver is a box's side of the update server's HTTP API: it
// checks in, and fetches metadata and packages.
//
// Nothing it brings is trusted for having come from there: that is decided by
// package trust. TLS keeps what is asked and answered from others; the server's
// certificate is taken as it is at the first contact and held on to, since a
// box has no list of authorities.
package updateserver
