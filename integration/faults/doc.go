// SPDX-License-Identifier: Apache-2.0

// Package faults gives a box what it must survive: power cuts, damaged disks,
// bad seeds, Base software that does not work, networks and clocks that lie,
// floods of wrong passwords, requests that nobody should send, and programs
// that are killed. There is a file for each kind; what they demand is always
// the same: an answer that says what is wrong, nothing half done, and a box
// that goes on or offers a way out.
//
// Boots cost, so rows that leave the box as it was share one: see
// onebox_test.go. What goes well is for package guide.
package faults
