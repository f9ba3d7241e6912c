// SPDX-License-Identifier: Apache-2.0

// Package tools is Support > Utilities: ping, DNS look-up and the TCP
// connection test, run from the box itself.
//
// Each has a bounded duration, and says what it found in sentences that tell
// the cases apart which look alike from outside: refused, unanswered,
// unreachable, unknown. Bad input is an *InputError; everything the network
// does is part of a result.
package tools
