// SPDX-License-Identifier: Apache-2.0

// Package statecheck judges the encrypted state of an appliance after a power
// cut, without booting it: the record in the meta partition must still give the
// key, and the file system must be whole after what every start does before it
// mounts it, which is e2fsck -p: the journal is replayed and inodes that were
// open when they were deleted are let go. After that e2fsck -fn, which believes
// nothing, must find nothing. A superblock that was torn is put back from a spare
// one, as a start does it, and no file may be lost by that.
package statecheck
