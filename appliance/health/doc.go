// SPDX-License-Identifier: Apache-2.0

// Package health holds what is wrong with the box right now: one list for the
// pages, the API, the console and metrics.
//
// A warning stands under its code until it is cleared. Checks look at one
// thing each, again and again; what heals goes away by itself. Acknowledging a
// warning says that somebody knows; it stays on the list, and the word lasts
// until the warning clears, also over a restart. So does the moment since when
// it holds, where the board has a journal.
//
// What to look at is the business of the packages that register checks.
package health
