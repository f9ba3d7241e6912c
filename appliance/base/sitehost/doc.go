// SPDX-License-Identifier: Apache-2.0

// Package sitehost keeps the site software on the box: where it is installed,
// how it is started at boot, and how one version follows another.
//
// A site lives in one of two generations, "a" and "b", which take turns. The
// file installed.json in the site's directory says which one counts and what
// its program hashes to; it is replaced atomically, so a power cut leaves
// either the old site or the new one. The program is verified at every start
// while it is copied to a tmpfs, since the state partition runs nothing.
//
// An installation is the table in steps.go: what fails before the switch is
// taken back, and the old site gets its writes back. Whether a package may be
// installed is decided before, in packages trust and plan; the supervisor runs
// the program; the database belongs to it alone and is never opened here.
package sitehost
