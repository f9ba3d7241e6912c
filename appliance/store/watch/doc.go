// SPDX-License-Identifier: Apache-2.0

// Package watch tells many readers which things changed, without ever making
// the writer wait: a reader that is slow hears of a thing once, however often
// it changed meanwhile, and then reads its present state from the store.
package watch
