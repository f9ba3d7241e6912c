// SPDX-License-Identifier: Apache-2.0

package revision

// Schema1 makes the table. The document in force of an area is the one after
// its last revision.
const Schema1 = `
-- config: the history of the configuration
CREATE TABLE revision (
	id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, also after old ones are removed
	area       TEXT NOT NULL,
	at         INTEGER NOT NULL,
	by_name    TEXT NOT NULL,
	by_address TEXT NOT NULL,
	by_via     TEXT NOT NULL,
	reason     TEXT NOT NULL,
	before     TEXT NOT NULL, -- JSON; null for the first document
	after      TEXT NOT NULL, -- JSON
	reverts    INTEGER NOT NULL -- id, or 0
) STRICT;

CREATE INDEX revision_area ON revision (area, id);
`
