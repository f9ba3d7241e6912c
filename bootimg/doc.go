// SPDX-License-Identifier: Apache-2.0

// Package bootimg builds the disk image of an appliance: kernel and modules
// from Debian's packages, initramfs, unified kernel image, loaders, file
// systems, partition table.
//
// It runs at build time only. Each step turns files in a cache into files in
// the cache, keyed by the hash of what went in, and needs neither root nor
// mounts nor loop devices; the same inputs give the same bytes. What a box
// does with the image is the business of appliance/base/boot, and what both
// must agree on that of appliance/layout.
//
// Programs that are run: apt-cache, apt-get and dpkg-deb (fetching Debian's
// packages), xz (the kernel), grub-mkimage, mkfs.ext4, qemu-img, go and git.
package bootimg
