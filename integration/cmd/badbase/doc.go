// SPDX-License-Identifier: Apache-2.0

// Package badbase holds programs that stand in the place of based in a Base
// software which does not work, a directory for each way. Each says on the
// console that it is there, so that its starts can be counted.
//
//	panics   ends at once; with it ends the first process, and the kernel panics
//	hangs    does nothing at all, before a watchdog was opened
//	freezes  boots as the box does; then everything above based stands still
//	dies     boots as the box does; based dies as often as it is started
//
// Base software that works but never gets fit is based itself, with a change
// to its source: see package box.
package badbase
