// SPDX-License-Identifier: Apache-2.0

// Package signin has the pages by which people come into a half of the product
// and leave it: sign-in and sign-out, the password that has to be changed first,
// the one that is asked for once more before a dangerous act, and the choice of
// colours. /appliance and /login show the same ones, each with its own accounts
// and cookies: see Half.
package signin
