// SPDX-License-Identifier: Apache-2.0

package pack

// Limits of the format, in bytes. What is larger is refused before it is read.
const (
	MaxFile     = 256 << 20 // one file, uncompressed
	MaxManifest = 64 << 10
	MaxNotes    = 16 << 10
	MaxEULA     = 256 << 10
	MaxRoots    = 256 << 10
	MaxPackage  = int64(frameSize + MaxManifest + MaxFile + MaxEULA + MaxRoots)

	maxName     = 80
	maxRequires = 8
	maxLicenses = 1_000_000
	maxMinutes  = 24 * 60
	maxTree     = 1 << 30
	maxWindow   = 8 << 20 // of zstd: what a reader needs as memory
)
