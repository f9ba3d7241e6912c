// SPDX-License-Identifier: Apache-2.0

// Package console shows on screen and serial line what a person in front of
// the box needs: what it is, where to reach it, how to know it is the right
// one, how it is, and what happened last.
//
// Nothing can be typed there: an appliance is managed through its pages. The
// screen is drawn whole, the serial line gets a line per thing that changed, so
// that a serial log stays a log. What to show is handed in as a State; this
// package reads nothing of the box itself.
package console
