// SPDX-License-Identifier: Apache-2.0

// Package naming holds the forms of names that more than one room reads:
// host names, identifiers such as serial numbers, short names such as those of
// products. It says whether a text has the form, not whether the thing exists.
//
// The forms are loops and not regular expressions: those with counted
// repetition are compiled at every start of every program, which costs an
// emulated machine milliseconds each.
package naming
