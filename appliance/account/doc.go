// SPDX-License-Identifier: Apache-2.0

// Package account keeps who may come in: accounts, passwords, lockout,
// sessions and API tokens. Both halves of the box use it, each over its own
// database.
//
//   - Passwords are argon2id hashes. Few are hashed at once and few may wait,
//     so that a flood of sign-ins ends in ErrBusy, not in a box without memory.
//   - A user name that does not exist behaves like one that does: the same
//     answers, the same work, the same lockout.
//   - A session is a random secret of which only the hash is stored. It ends by
//     idleness, by age, by sign-out, by hand, and with a change of its user's
//     password, a disabled or a deleted account.
//   - There is always an enabled administrator, whatever happens at once.
//   - Changes of the list of users are revisions of the area "users", without
//     passwords. Everything is audited.
//
// Which page or call needs which role is not decided here, and neither are
// limits per address: both belong to the gate in front.
package account
