// SPDX-License-Identifier: Apache-2.0

package updates

// Schema1 makes the tables of this package, in the database that no roll-back
// restores. Times are those of store.Time.
const Schema1 = `
CREATE TABLE update_base (
	n         INTEGER PRIMARY KEY,
	task      TEXT NOT NULL,
	name      TEXT NOT NULL,
	from_ver  TEXT NOT NULL,
	from_tree INTEGER NOT NULL,
	to_ver    TEXT NOT NULL,
	to_tree   INTEGER NOT NULL,
	state     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	by_name   TEXT NOT NULL,
	boot      TEXT NOT NULL,
	started   INTEGER NOT NULL,
	changed   INTEGER NOT NULL
) STRICT;

CREATE TABLE update_bad (
	version TEXT NOT NULL,
	tree    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	reason  TEXT NOT NULL,
	PRIMARY KEY (version, tree)
) STRICT;

CREATE TABLE update_ready (
	sha256  TEXT PRIMARY KEY,
	length  INTEGER NOT NULL,
	summary TEXT NOT NULL,
	origin  TEXT NOT NULL,
	by_name TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;

CREATE TABLE update_offer (
	name    TEXT PRIMARY KEY,
	length  INTEGER NOT NULL,
	sha256  TEXT NOT NULL,
	summary TEXT NOT NULL
) STRICT;

CREATE TABLE update_checked (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at  INTEGER NOT NULL
) STRICT;

CREATE TABLE update_agreement (
	n       INTEGER PRIMARY KEY,
	package TEXT NOT NULL,
	version TEXT NOT NULL,
	sha256  TEXT NOT NULL,
	text    TEXT NOT NULL,
	by_name TEXT NOT NULL,
	by_addr TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;
`

// Schema2 keeps what came later: licence agreements that can be read before a
// package is fetched, and updates that are not of the Base software. person is
// 1 if somebody asked for the update, 0 if the appliance did.
const Schema2 = `
ALTER TABLE update_offer ADD COLUMN eula TEXT NOT NULL DEFAULT '';

CREATE TABLE update_other (
	n        INTEGER PRIMARY KEY,
	task     TEXT NOT NULL,
	kind     TEXT NOT NULL,
	name     TEXT NOT NULL,
	from_ver TEXT NOT NULL,
	to_ver   TEXT NOT NULL,
	to_tree  INTEGER NOT NULL,
	state    TEXT NOT NULL,
	reason   TEXT NOT NULL,
	by_name  TEXT NOT NULL,
	person   INTEGER NOT NULL,
	started  INTEGER NOT NULL,
	changed  INTEGER NOT NULL
) STRICT;
`
