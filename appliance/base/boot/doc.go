// SPDX-License-Identifier: Apache-2.0

// Package boot is what happens on the box between the kernel and based, and
// what stays above based while it runs: the supervisor, which is the first
// process and never returns.
//
// A duty per file. In the order of a boot: mounts, modules and coldplug
// (drivers by modalias), watchdog, disk (finding and growing the partition
// table), meta (the record with the key), seed, firstboot (the table of steps
// that turns a fresh image into a box), dmcrypt, fsck, state (what lies on the
// disk), report (all of it as JSON for based). Then based is run: process,
// crashes, feeder (health feeds the watchdog), link (the conversation over an
// inherited socket), power and powerbutton.
//
// Nothing in a boot is fatal. What cannot be had is said in the report and on
// the console, and based is started all the same, so that there is a page
// that says what is lost.
//
// Not here: what based does (appliance/cmd/based wires it), the bytes on the
// disk (appliance/layout), how the image is made (bootimg).
package boot
