// SPDX-License-Identifier: Apache-2.0

// Package pack writes and reads packages: a manifest and the files it names.
// FORMAT.md is the specification.
//
// A package has no signature of its own. Whoever opens one has made sure
// before, with package trust, that it is the one that was signed for. Files
// are known by their role, out of a closed set for each kind: no name out of a
// package ever becomes a path.
package pack
