// SPDX-License-Identifier: Apache-2.0

// Package slots knows where the box's boot images lie on the EFI system
// partition and which of them boots next. It stages a release, puts it on trial,
// and makes it the good one or gives it up. The loaders do the counting and the
// falling back: systemd-boot by counters in file names, GRUB by variables in
// its environment block. ChooseSDBoot and ChooseGRUB say what they would boot.
//
// A release lies on the partition in both forms, so that a disk may move between
// UEFI and BIOS machines: as a unified kernel image, and as kernel and
// initramfs in one of two slots. The form in which this box does not boot follows
// when a release is blessed. It is left out, or goes, only where there is no
// room.
//
// Names in /EFI/Linux: x.part is being written, x.staged is whole, x+2.efi is
// on trial with two boots left, x+0-2.efi is bad, x.efi is good. A slot is whole
// if it has its script boot.cfg, which is deleted first and written last.
//
// # Power cuts
//
// Each step is on the disk before the next begins. What the loaders pick after a
// cut behind it; a release that was armed before x was staged boots in place of
// the good one until the step that deletes it or clears trial:
//
//	step                                   systemd-boot   GRUB
//	Stage  write x.part and the slot's     good           good
//	       parts, read them back
//	       UEFI: delete images that were   good           good
//	       staged, on trial or bad
//	       grubenv: trial=                 good           good
//	       empty the slot that is not      good           good
//	       good: boot.cfg, then the rest
//	       rename parts, write boot.cfg    good           good
//	       BIOS: delete those images       good           good
//	       rename x.part to x.staged       good           good
//	       delete old good images          good           good
//	Arm    UEFI: x.staged to x+2.efi       x              good
//	       BIOS: grubenv: trial, tries=2   good           x
//	boot   x+2.efi to x+1-1.efi, tries=1   x, then good   good, or x, then good
//	Bless  UEFI: x+1-1.efi to x.efi        x              good
//	       UEFI: grubenv: good, trial=     x              x
//	       BIOS: grubenv: good, trial=     good           x
//	       BIOS: x.staged to x.efi         x              x
//	       (the next Stage does the second step if a cut kept Bless from it)
//	Reject x+0-1.efi, or tries=0           good           good
//	Drop   delete boot.cfg, then the rest  good           good
//
// GRUB's variables lie in one sector, which the disk writes as a whole. A
// rename on FAT is two writes: a cut between them may leave both names for one
// file (the loader picks either, it is the same; the next change makes one of
// them) or, if the disk has changed their order, none (the loader picks the
// good release, which no step touches).
//
// What a signature says is not known here, nor when to do what: that is the
// update engine's. Mount is for a box; everything else takes a directory.
package slots
