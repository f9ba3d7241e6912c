// SPDX-License-Identifier: Apache-2.0

// Package vm starts the appliance in QEMU and lets a test do to it what a
// person at the machine could do: read the console, type, press the power
// button, pull the plug, swap disks, look at the screen, and speak to it over
// the network.
//
// A machine is described by a Spec; hardware comes from a profile. Waiting is
// always for an event: a console line, a QMP event, the end of the process.
// The accelerator is proved before it is used, because a /dev/kvm that opens
// may still hang every kernel. How many guests run at once on this host is
// agreed on between processes by file locks. No guest outlives the process
// that started it.
//
// What the appliance should do is not decided here; package guide and its
// neighbours hold those tests. Frames between guests travel through package
// netlab.
package vm
