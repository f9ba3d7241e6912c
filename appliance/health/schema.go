// SPDX-License-Identifier: Apache-2.0

package health

// Schema1 makes the table. Warnings themselves are not stored: after a start
// they are found again, or are not there any more.
const Schema1 = `
-- local: another box has other troubles
CREATE TABLE health_ack (
	code    TEXT PRIMARY KEY,
	by_name TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;
`
