// SPDX-License-Identifier: Apache-2.0

package confirm

// Schema1 makes the table. A row is a change that waits; an area has one at
// most.
const Schema1 = `
-- local: another box did not make the change
CREATE TABLE confirm_pending (
	id         TEXT PRIMARY KEY,
	area       TEXT NOT NULL UNIQUE,
	summary    TEXT NOT NULL,
	revision   INTEGER NOT NULL,
	by_name    TEXT NOT NULL,
	by_address TEXT NOT NULL,
	by_via     TEXT NOT NULL,
	at         INTEGER NOT NULL,
	deadline   INTEGER NOT NULL,
	run        TEXT NOT NULL -- of the program that made the change
) STRICT;
`
