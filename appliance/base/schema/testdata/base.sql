-- version 4

CREATE TABLE account_failure (
	username     TEXT PRIMARY KEY,
	failed       INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	locked_until INTEGER NOT NULL
) STRICT;

CREATE TABLE account_session (
	id           TEXT PRIMARY KEY, -- public
	secret       BLOB NOT NULL UNIQUE CHECK (length(secret) = 32), -- SHA-256
	user         INTEGER NOT NULL REFERENCES account_user (id) ON DELETE CASCADE,
	created      INTEGER NOT NULL,
	last_seen    INTEGER NOT NULL,
	reauth_until INTEGER NOT NULL,
	address      TEXT NOT NULL,
	agent        TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('web', 'api'))
) STRICT;

CREATE TABLE account_token (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	secret    BLOB NOT NULL UNIQUE CHECK (length(secret) = 32), -- SHA-256
	user      INTEGER NOT NULL REFERENCES account_user (id) ON DELETE CASCADE,
	name      TEXT NOT NULL,
	scopes    TEXT NOT NULL, -- JSON array
	created   INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	last_used INTEGER NOT NULL
) STRICT;

CREATE TABLE account_user (
	id               INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
	username         TEXT NOT NULL UNIQUE,
	display_name     TEXT NOT NULL,
	role             TEXT NOT NULL CHECK (role IN ('administrator', 'read-only')),
	password         TEXT NOT NULL, -- argon2id as a PHC string; empty: no sign-in
	must_change      INTEGER NOT NULL,
	disabled         INTEGER NOT NULL,
	created          INTEGER NOT NULL,
	last_sign_in     INTEGER NOT NULL,
	password_changed INTEGER NOT NULL,
	CHECK (disabled OR password <> '')
) STRICT;

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

CREATE TABLE health_ack (
	code    TEXT PRIMARY KEY,
	by_name TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;

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

CREATE TABLE sqlite_sequence(name,seq);

CREATE INDEX account_failure_last ON account_failure (last);

CREATE INDEX account_session_user ON account_session (user);

CREATE INDEX account_token_user ON account_token (user);

CREATE INDEX revision_area ON revision (area, id);
