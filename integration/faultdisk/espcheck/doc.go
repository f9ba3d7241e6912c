// SPDX-License-Identifier: Apache-2.0

// Package espcheck judges an EFI system partition after a power cut, without
// booting it: the FAT is looked at by fsck.vfat, the files are read by a reader
// that is not the appliance's, and the models of both loaders (package slots)
// say what they would boot. That must be whole and one of the releases which
// the test expects. The models themselves are held to the truth by tests that
// boot.
package espcheck
