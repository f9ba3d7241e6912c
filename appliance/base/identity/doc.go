// SPDX-License-Identifier: Apache-2.0

// Package identity says what this box is: model, serial, versions, uptime,
// and whether the machine underneath has what its model should have.
//
// Nothing here changes. What can be configured (host name, addresses, clock)
// belongs to its own package; who made the facts is package boot.
package identity
