// SPDX-License-Identifier: Apache-2.0

// Package dhcp gets an IPv4 address for a link from a DHCP server and keeps
// it: RFC 2131 as a table of states and events. What is done with the lease
// (addresses, routes, name servers) is package network's subject, as is what
// happens without one.
package dhcp
