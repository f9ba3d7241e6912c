// SPDX-License-Identifier: Apache-2.0

package server

import "understudy/appliance/store"

// migrations is the schema of the update server's database.
var migrations = []store.Migration{
	{Name: "customers, appliances, downloads", SQL: schema1},
	{Name: "which bytes of a download went out", SQL: schema2},
	{Name: "trust stores of customers", SQL: schema3},
	{Name: "when an appliance moved", SQL: schema4},
}

// Waves of an offer and mails to customers will have tables of their own that
// refer to these.
const schema1 = `
CREATE TABLE customer (
	id              TEXT PRIMARY KEY,
	name            TEXT NOT NULL,
	hostname        TEXT NOT NULL,
	licenses        INTEGER NOT NULL,
	license_expires INTEGER NOT NULL, -- 0: never
	license_changes INTEGER NOT NULL, -- version of the newest add-on, 0: none
	license_changed INTEGER NOT NULL,
	maintenance     INTEGER NOT NULL  -- last moment of maintenance
) STRICT;

CREATE TABLE appliance (
	serial    TEXT PRIMARY KEY,
	customer  TEXT NOT NULL REFERENCES customer (id),
	key       BLOB CHECK (length(key) = 32), -- Ed25519; NULL: not enrolled yet
	hostname  TEXT NOT NULL,
	installed TEXT NOT NULL,     -- JSON list of releases, as last heard
	seen      INTEGER NOT NULL,  -- first, 0: never
	checked   INTEGER NOT NULL,  -- last
	view      TEXT NOT NULL,     -- the customer whose view it saw last
	note      TEXT NOT NULL
) STRICT;
CREATE INDEX appliance_customer ON appliance (customer);

-- Exceptions: by default a customer may have what was built in maintenance.
CREATE TABLE entitlement (
	customer TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
	kind     TEXT NOT NULL,
	version  TEXT NOT NULL,
	allowed  INTEGER NOT NULL,
	PRIMARY KEY (customer, kind, version)
) STRICT;

-- Site packages and add-ons that were built for a customer.
CREATE TABLE built (
	customer TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
	name     TEXT NOT NULL,
	recipe   BLOB NOT NULL, -- SHA-256 of what it was built from
	sha256   BLOB NOT NULL,
	length   INTEGER NOT NULL,
	PRIMARY KEY (customer, name)
) STRICT;

CREATE TABLE download (
	serial   TEXT NOT NULL REFERENCES appliance (serial) ON DELETE CASCADE,
	package  TEXT NOT NULL,
	sha256   BLOB NOT NULL, -- of the package
	state    TEXT NOT NULL CHECK (state IN ('offered', 'running', 'done')),
	file     TEXT NOT NULL, -- offline file, as it was when the download began
	size     INTEGER NOT NULL, -- of that file
	served   INTEGER NOT NULL, -- bytes from its beginning that went out
	first    INTEGER NOT NULL, -- when the first byte went out, 0: never
	last     INTEGER NOT NULL,
	reissues INTEGER NOT NULL,
	PRIMARY KEY (serial, package, sha256)
) STRICT;

CREATE TABLE session (
	secret  BLOB PRIMARY KEY, -- SHA-256
	serial  TEXT NOT NULL REFERENCES appliance (serial) ON DELETE CASCADE,
	purpose TEXT NOT NULL CHECK (purpose IN ('check', 'download')),
	expires INTEGER NOT NULL
) STRICT;

-- Statements that were used, for as long as they would be valid.
CREATE TABLE used (
	nonce   BLOB PRIMARY KEY,
	expires INTEGER NOT NULL
) STRICT;

-- Download keys made here, for boxes that cannot make one.
CREATE TABLE support_key (
	secret  BLOB PRIMARY KEY, -- SHA-256
	serial  TEXT NOT NULL REFERENCES appliance (serial) ON DELETE CASCADE,
	expires INTEGER NOT NULL
) STRICT;
`

// schema2: served is the number of these bytes from now on.
const schema2 = `
ALTER TABLE download ADD COLUMN parts TEXT NOT NULL DEFAULT '[]'; -- JSON list of [from, to)
UPDATE download SET parts = '[[0,' || served || ']]' WHERE served > 0;
`

const schema3 = `
ALTER TABLE customer ADD COLUMN roots BLOB; -- certificates in PEM; NULL: those of the site's version
`

const schema4 = `
ALTER TABLE appliance ADD COLUMN moved INTEGER NOT NULL DEFAULT 0; -- last, to its present customer; 0: never
`
