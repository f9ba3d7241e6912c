// SPDX-License-Identifier: Apache-2.0

// Package house holds the rules of the tree as tests: which room may import
// which, that every package says what it is for, that every file names its
// licence. It has no code of its own.
package house
