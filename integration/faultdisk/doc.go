// SPDX-License-Identifier: Apache-2.0

// Package faultdisk is a disk for QEMU that remembers in which order it was
// written and flushed, and can therefore tell what would be left of it after a
// power cut: at any point, with the writes that were not flushed yet dropped,
// kept in part, or torn. Killing QEMU is no such cut, since what reached the
// host stays.
//
// The disk is served over NBD on a unix socket. What it was made from is never
// changed; the writes are kept in memory. What should be on the disk after a
// cut is for others to say.
package faultdisk
