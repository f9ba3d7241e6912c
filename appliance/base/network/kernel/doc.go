// SPDX-License-Identifier: Apache-2.0

// Package kernel is how the network configuration reaches the Linux kernel:
// links, addresses and default routes by netlink, switches by sysctl, and the
// question whether anybody on a link answers for an address, by ARP and by
// neighbour discovery.
//
// It acts on the network namespace of the process and decides nothing: what
// the configuration should be is package network's subject.
package kernel
