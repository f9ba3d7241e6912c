// SPDX-License-Identifier: Apache-2.0

package health

// Schema1 makes the table of acknowledgements. Warnings themselves are not
// stored: after a start they are found again, or are not there any more.
const Schema1 = `
-- local: another box has other troubles
CREATE TABLE health_ack (
	code    TEXT PRIMARY KEY,
	by_name TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;
`

// JournalSchema1 makes the table of the moments since when warnings hold, which
// no roll-back changes.
const JournalSchema1 = `
-- local: another box has other troubles
CREATE TABLE health_since (
	code TEXT PRIMARY KEY,
	at   INTEGER NOT NULL
) STRICT;
`
