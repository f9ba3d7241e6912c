// SPDX-License-Identifier: Apache-2.0

// Package schema lists the tables of site.db, opens it, and declares for each
// table what leaves the box: backup, failover and cluster read that one
// declaration. The tables themselves belong to the packages that keep rows in
// them.
package schema
