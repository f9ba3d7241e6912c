// SPDX-License-Identifier: Apache-2.0

// Package netlab is an Ethernet switch that lives in the test process. QEMU
// guests plug into its ports over socket pairs, and a test may plug in itself,
// so that two guests share a LAN that loses, delays, doubles or cuts frames
// exactly as the test says. It needs no root, no bridge and no tap device.
//
// Every accident is drawn from a seed: the fate of the n-th frame at a port
// depends on the seed, the port and n alone. All frames are kept, up to a
// bound, and can be written as a pcap file when a test fails.
//
// What the guests do with the frames is not decided here, and nothing here
// starts a guest: that is package vm.
package netlab
