// SPDX-License-Identifier: Apache-2.0

// Package layout holds what the image builder and the box must agree on: the
// partitions and their GUIDs, the files of the EFI system partition, the
// sections of a unified kernel image, the release file, the meta record and
// the first-boot seed.
//
// Everything here turns bytes into values and back. The package opens no
// files and runs nothing: where more than a slice is needed it takes an
// io.ReaderAt or a small write interface from its caller. How a disk is
// built is the business of bootimg, what a box does with it that of
// appliance/base/boot.
package layout
