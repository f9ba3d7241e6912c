// SPDX-License-Identifier: Apache-2.0

// Package audit keeps the audit log: who did what, from where, and what came
// of it. Events are only ever appended.
//
// Each event carries the hash of the one before it, and the hash of the last
// one stands apart as the head. Verify therefore notices an event that was
// edited, removed, added or moved, and a log that was cut short without
// rewinding the head. Who can rewrite the whole file can rewrite the chain as
// well: an export kept elsewhere proves what the log said when it was made.
//
// A flood of refusals, as guessing passwords makes it, becomes few events that
// carry a count (flood.go). Texts are shortened and lose control characters
// before they are stored (clean.go). Secrets never enter an entry.
//
// Append after the transaction that it tells of, never inside a write
// transaction of the same database.
package audit
