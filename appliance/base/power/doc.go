// SPDX-License-Identifier: Apache-2.0

// Package power restarts the box, shuts it down and returns it to its factory
// state, and knows when that must not happen.
//
// Restart and shutdown are tasks that end after the next start, so that the
// page which asked for them can say how long the box was away. A factory reset
// is none: it destroys the list of tasks with everything else. The doing is the
// supervisor's (package boot); this package decides and records.
package power
