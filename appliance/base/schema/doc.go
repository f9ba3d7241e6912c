// SPDX-License-Identifier: Apache-2.0

// Package schema lists the tables of the two databases of the base software
// and opens them.
//
// base.db holds the configuration: a roll-back of an update restores it.
// journal.db holds tasks, the audit log and the like: what happened stays
// happened, whatever is rolled back. The tables themselves belong to the
// packages that keep rows in them.
package schema
