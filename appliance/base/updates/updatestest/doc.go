// SPDX-License-Identifier: Apache-2.0

// Package updatestest makes update files for tests, as a vendor would: signed,
// for boxes that trust its root.
package updatestest
