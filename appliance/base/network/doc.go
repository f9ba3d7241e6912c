// SPDX-License-Identifier: Apache-2.0

// Package network is what Networking > IP Configuration manages: host name,
// addresses of each card, gateways, name and time servers.
//
// There is one configuration, a document of the book of revisions, and one
// function that brings it into force: it compares what should be with what the
// kernel has and touches only the difference, so that a connection survives
// every change that does not concern it. A change that can cut people off is
// reverted unless it is confirmed. With no lease, no static address and none by
// router advertisement the box answers at the factory address, 169.254.1.1.
//
// How things reach the kernel is package kernel's subject, leases dhcp's, names
// resolver's, diagnosis tools'. IPv6 addresses and routes from router
// advertisements are left to the Linux kernel; DHCPv6 is not spoken.
package network
